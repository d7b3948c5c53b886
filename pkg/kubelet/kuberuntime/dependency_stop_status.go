// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"

	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
)

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
				s.helper().ShowStop(ctx, s.pod)
			}
		}
	}()
	return status
}

// changes requests an update of the status, and does not wait for it.
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
