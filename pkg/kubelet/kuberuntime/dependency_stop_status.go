// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"time"

	utilruntime "k8s.io/apimachinery/pkg/util/runtime"

	"k8s.io/kubernetes/pkg/kubelet/ordering"
)

// Each update of the status during a stop reads all containers of the pod from the runtime and patches the status, and each
// container of a long chain changes it twice.
const (
	// stopStatusDelay is how long a change waits to be shown. Most containers exit at once: the end of their pod is all that is
	// to be shown, and the stop of a hundred pods makes no more patches than upstream's.
	stopStatusDelay = 250 * time.Millisecond
	// stopStatusPause is the least time between two updates.
	stopStatusPause = time.Second
)

// stopStatus lets the kubelet show the progress of a stop. The pod worker, which usually updates the status, waits for
// the end of the stop.
type stopStatus struct {
	changed chan struct{}
	cancel  context.CancelFunc
	ended   chan struct{}
}

// showStatus shows the progress of the stop until end is called: a change after a moment, and later ones after a pause, all that
// have come meanwhile in one update. It returns nil for an orphan, which has no status.
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
			if !ordering.Sleep(ctx, stopStatusPause-stopStatusDelay) {
				return
			}
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
