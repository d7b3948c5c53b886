// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"maps"
	"time"

	v1 "k8s.io/api/core/v1"
	kubetypes "k8s.io/apimachinery/pkg/types"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
)

// stopShower is what the kubelet can do beyond upstream's interface.
type stopShower interface {
	// ShowStop shows in the pod's status how far its stop is.
	ShowStop(ctx context.Context, pod *v1.Pod)
}

// stopStatus lets the kubelet show how far a stop is: the pod's worker, which does so otherwise, waits for the end of the
// stop.
type stopStatus struct {
	changed chan struct{}
	cancel  context.CancelFunc
	ended   chan struct{}
}

// showStatus shows the stop until its end. An orphan has no status.
func (s *podStop) showStatus(ctx context.Context) *stopStatus {
	shower, ok := s.runtimeHelper.(stopShower)
	if !ok || s.pod == nil {
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
				shower.ShowStop(ctx, s.pod)
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

// stopProceeds takes note of how to learn how far the pod's stop is; nil when it has ended.
func (d *dependencyManager) stopProceeds(uid kubetypes.UID, message func() string) {
	d.lock.Lock()
	defer d.lock.Unlock()
	d.pod(uid).stopMessage = message
}

// exceedsLimit takes note that a container is killed because it has not stopped within its limit.
func (d *dependencyManager) exceedsLimit(uid kubetypes.UID, containerID string, limit time.Duration) {
	d.lock.Lock()
	defer d.lock.Unlock()
	d.pod(uid).exceeded[containerID] = limit
}

// stopProgress returns how far the pod's stop is, and the limits of the containers that have been killed for them.
func (d *dependencyManager) stopProgress(uid kubetypes.UID) (message string, exceeded map[string]time.Duration) {
	d.lock.Lock()
	p, known := d.pods[uid]
	if !known {
		d.lock.Unlock()
		return "", nil
	}
	say := p.stopMessage
	exceeded = maps.Clone(p.exceeded)
	d.lock.Unlock()
	if say != nil {
		message = say()
	}
	return message, exceeded
}
