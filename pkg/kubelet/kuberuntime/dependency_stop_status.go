// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"time"

	utilruntime "k8s.io/apimachinery/pkg/util/runtime"

	"k8s.io/kubernetes/pkg/kubelet/ordering"
)

// stopStatusDelay is how long a change waits to be shown, together with all that come meanwhile. Each update of the status reads all
// containers of the pod from the runtime and patches the status, and each container of a long chain changes it twice. Most containers
// exit at once: the end of their pod is all that is to be shown, and the stop of a hundred pods makes no more patches than upstream's.
const stopStatusDelay = time.Second

// stopStatus lets the kubelet show the progress of a stop. The pod worker, which usually updates the status, waits for
// the end of the stop.
type stopStatus struct {
	changed chan struct{}
	cancel  context.CancelFunc
	ended   chan struct{}
}

// showStatus shows the progress of the stop until end is called. It returns nil for an orphan, which has no status.
func (s *podStop) showStatus(ctx context.Context) *stopStatus {
	if s.pod == nil {
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	status := &stopStatus{changed: make(chan struct{}, 1), cancel: cancel, ended: make(chan struct{})}
	go func() {
		defer close(status.ended)
		defer utilruntime.HandleCrashWithContext(ctx)
		for {
			select {
			case <-ctx.Done():
				return
			case <-status.changed:
			}
			if !ordering.Sleep(ctx, stopStatusDelay) {
				return
			}
			select {
			case <-status.changed:
			default:
			}
			s.helper().ShowStop(ctx, s.pod)
		}
	}()
	return status
}

// changes requests an update of the status, and does not wait for it. The update shows all changes until it is made.
func (s *stopStatus) changes() {
	if s == nil {
		return
	}
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// end returns once the last update is done. From then on the pod worker updates the status.
func (s *stopStatus) end() {
	if s == nil {
		return
	}
	s.cancel()
	<-s.ended
}
