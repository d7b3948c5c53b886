// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"errors"
	"io"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	kubetypes "k8s.io/apimachinery/pkg/types"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/klog/v2"

	"k8s.io/kubernetes/pkg/kubelet/ordering"
)

const (
	// The pause before a broken watch is restarted doubles from minExitWatchPause to maxExitWatchPause. Meanwhile relists
	// detect exits.
	minExitWatchPause = time.Second
	maxExitWatchPause = 5 * time.Minute
	// exitWatchLife is how long a stream lasts after which the next pause is the shortest again.
	exitWatchLife = 10 * time.Second
	// maxEmptyStreams is how many streams in a row may end at once without an error. CRI-O ends them so if pod events are
	// off.
	maxEmptyStreams = 3
	// exitEvents is the capacity of the channel of runtime events.
	exitEvents = 1000
	// exitRelistPause is the least time between two relists of a pod because of exits. A container that exits all the time
	// must not take the relists of other pods.
	exitRelistPause = 100 * time.Millisecond
)

// watchExits watches the runtime's events for container exits, because others may wait for them and the periodic relist
// is up to a second late. It watches while there are pods with an order, and requests relists of those pods only.
// Upstream does the same for all pods under the gate EventedPLEG.
func (m *kubeGenericRuntimeManager) watchExits(ctx context.Context) {
	helper := m.helper()
	if helper == (noHelp{}) {
		return
	}
	r := &m.records
	r.lock.Lock()
	defer r.lock.Unlock()
	if r.stopWatching != nil {
		return
	}
	ctx, r.stopWatching = context.WithCancel(context.WithoutCancel(ctx))
	events := make(chan *runtimeapi.ContainerEventResponse, exitEvents)
	go m.streamEvents(ctx, events)
	go m.relistOnExit(ctx, helper, events)
}

// streamEvents receives events until the context ends, or the runtime shows that it does not support them.
func (m *kubeGenericRuntimeManager) streamEvents(ctx context.Context, events chan *runtimeapi.ContainerEventResponse) {
	defer utilruntime.HandleCrashWithContext(ctx)
	defer close(events)
	logger := klog.FromContext(ctx)
	pause, empty := minExitWatchPause, 0
	for ctx.Err() == nil {
		began := time.Now()
		err := m.runtimeService.GetContainerEvents(ctx, events, nil)
		switch lived := time.Since(began) >= exitWatchLife; {
		case lived:
			pause, empty = minExitWatchPause, 0
		case err == nil || errors.Is(err, io.EOF):
			empty++
		default:
			empty = 0
		}
		if status.Code(err) == codes.Unimplemented || empty == maxEmptyStreams {
			logger.V(2).Info("The container runtime has no stream of events: exits of containers are noticed by relists", "err", err)
			return
		}
		logger.V(4).Info("The stream of the container runtime's events has ended", "err", err)
		ordering.Sleep(ctx, pause)
		pause = min(2*pause, maxExitWatchPause)
	}
}

// relistOnExit requests a relist of the pod for each exit, but merges those that follow each other quickly. A pod that is being stopped
// needs none.
func (m *kubeGenericRuntimeManager) relistOnExit(
	ctx context.Context, helper OrderingHelper, events <-chan *runtimeapi.ContainerEventResponse,
) {
	defer utilruntime.HandleCrashWithContext(ctx)
	logger := klog.FromContext(ctx)
	for event := range events {
		if event.ContainerEventType != runtimeapi.ContainerEventType_CONTAINER_STOPPED_EVENT {
			continue
		}
		uid := kubetypes.UID(event.GetPodSandboxStatus().GetMetadata().GetUid())
		if m.podStateProvider.IsPodTerminationRequested(uid) {
			// Its stop hears of each end from the runtime itself.
			continue
		}
		var pause time.Duration
		var isNew bool
		m.records.ifKnown(uid, func(p *podRecord) { pause, isNew = p.beginRelist() })
		switch {
		case !isNew:
		case pause <= 0:
			m.relist(logger, helper, uid)
		default:
			time.AfterFunc(pause, func() { m.relist(logger, helper, uid) })
		}
	}
}

func (m *kubeGenericRuntimeManager) relist(logger klog.Logger, helper OrderingHelper, uid kubetypes.UID) {
	m.records.ifKnown(uid, func(p *podRecord) { p.relisted, p.relistPending = time.Now(), false })
	helper.RequestRelist(logger, uid)
}

// beginRelist returns when to relist the pod because of an exit, and whether that is not about to happen anyway.
func (p *podRecord) beginRelist() (pause time.Duration, isNew bool) {
	p.changed = time.Now()
	isNew, p.relistPending = !p.relistPending, true
	return exitRelistPause - time.Since(p.relisted), isNew
}
