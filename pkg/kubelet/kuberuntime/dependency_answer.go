// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"math"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/apimachinery/pkg/util/wait"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	crierror "k8s.io/cri-api/pkg/errors"

	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/ordering"
)

const (
	// askTimeout bounds the time in which the runtime may say whether a container runs.
	askTimeout = time.Second
	// exitPollPause and maxExitPollPause are the first and the longest pause between two questions whether a container still
	// runs.
	exitPollPause, maxExitPollPause = 250 * time.Millisecond, time.Second
	// askAgainPause and maxAskAgainPause are the first and the longest pause before a runtime that did not answer is asked
	// again.
	askAgainPause, maxAskAgainPause = 200 * time.Millisecond, 2 * time.Second
)

// pauses returns pauses that grow from first to longest.
func pauses(first, longest time.Duration) *wait.Backoff {
	return &wait.Backoff{Duration: first, Factor: 1.5, Cap: longest, Steps: math.MaxInt32}
}

// unanswered reports whether the error of a call means that the runtime did not answer it.
func unanswered(err error) bool { return status.Code(err) == codes.Unavailable }

// runs asks the runtime whether a container runs. Unless the runtime says that it has exited or is gone, it runs; answered
// is false if the runtime says nothing.
func (m *kubeGenericRuntimeManager) runs(ctx context.Context, id kubecontainer.ContainerID) (runs, answered bool) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	resp, err := m.runtimeService.ContainerStatus(ctx, id.ID, false)
	switch {
	case crierror.IsNotFound(err):
		return false, true
	case err != nil:
		return true, !unanswered(err) && ctx.Err() == nil
	}
	return resp.GetStatus().GetState() != runtimeapi.ContainerState_CONTAINER_EXITED, true
}

// exitOf returns a channel that is closed when the container has exited. It asks the runtime until the context ends.
func (m *kubeGenericRuntimeManager) exitOf(ctx context.Context, id kubecontainer.ContainerID) <-chan struct{} {
	exited := make(chan struct{})
	go func() {
		defer utilruntime.HandleCrashWithContext(ctx)
		for pause := pauses(exitPollPause, maxExitPollPause); ordering.Sleep(ctx, pause.Step()); {
			if runs, _ := m.runs(ctx, id); !runs {
				close(exited)
				return
			}
		}
	}()
	return exited
}

// untilAnswers returns when the runtime answers again, and whether the container still runs. answered is false if the
// context ends first.
func (m *kubeGenericRuntimeManager) untilAnswers(
	ctx context.Context, id kubecontainer.ContainerID, pause *wait.Backoff,
) (runs, answered bool) {
	for ordering.Sleep(ctx, pause.Step()) {
		if runs, answered := m.runs(ctx, id); answered {
			return runs, true
		}
	}
	return true, false
}
