// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	v1 "k8s.io/api/core/v1"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	"k8s.io/kubernetes/pkg/kubelet/ordering"
)

// errNotStarted is the status of a wait that ended without a start.
var errNotStarted = errors.New("the container was not started")

// traceWait adds a wait that ends now to the trace of the pod.
func traceWait(ctx context.Context, pod *v1.Pod, container string, wait endedWait, err error) {
	ordering.RecordSpan(ctx, wait.since, time.Now(), ordering.WaitSpan, pod, container, err, ordering.WaitedForAttribute.String(wait.last))
}

// endedWait is a wait that has just ended.
type endedWait struct {
	since time.Time
	// last names what the container waited for at last.
	last string
}

// endedWaits are the waits of a pod that ended at once, by container.
type endedWaits map[string]endedWait

// trace adds the waits to the trace of the pod, which is nil if its object is gone.
func (w endedWaits) trace(ctx context.Context, pod *v1.Pod) {
	for _, name := range slices.Sorted(maps.Keys(w)) {
		traceWait(ctx, pod, name, w[name], errNotStarted)
	}
}

// ended returns what a trace says of the wait.
func (w *containerWait) ended() endedWait {
	names := slices.Sorted(maps.Keys(w.pending))
	if len(names) > dependency.MaxTextNames {
		names = append(names[:dependency.MaxTextNames], "...")
	}
	return endedWait{since: w.since, last: strings.Join(names, ",")}
}
