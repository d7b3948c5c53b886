// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"

	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
)

// stopStatus lets the kubelet show how far a stop is: the pod's worker, which does so otherwise, waits for the end of the
// stop.
type stopStatus struct {
	changed chan struct{}
	cancel  context.CancelFunc
	ended   chan struct{}
}

// showStatus shows the stop until its end. An orphan has no status.
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

// changes lets the status be shown anew. It does not wait for that.
func (s *stopStatus) changes() {
	if s == nil {
		return
	}
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// end returns when the status is not shown any more: from now on it is the pod worker's to show.
func (s *stopStatus) end() {
	if s == nil {
		return
	}
	s.cancel()
	<-s.ended
}
