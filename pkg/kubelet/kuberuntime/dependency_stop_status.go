// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
)

// Each update of the status during a stop reads all containers of the pod from the runtime and patches the status, and each
// container of a long chain changes it twice. Most containers exit at once: the end of their pod is all that is to be shown.
const (
	// stopStatusDelay is how long nothing must have changed before the status is updated: it says what the stop waits for.
	stopStatusDelay = time.Second
	// stopStatusLimit is after how long a change is shown even if others go on to follow it.
	stopStatusLimit = 5 * time.Second
	// stopStatusesPerSecond is how many updates all stops on the node may make, and stopStatusesAtOnce how many if there were few
	// before. In a drain the updates would delay the stops that they tell of, and those of most pods end before their turn.
	stopStatusesPerSecond = 2
	stopStatusesAtOnce    = 10
)

// stopStatusTurns lets the stops of the node take turns at updating their statuses. The zero value is ready for use.
type stopStatusTurns struct {
	once sync.Once
	// next is full while a stop waits for the limit. The others queue for it, so that those that end meanwhile take no turn.
	next  chan struct{}
	limit *rate.Limiter
}

// wait waits for a turn. It returns false if the context ends first.
func (t *stopStatusTurns) wait(ctx context.Context) bool {
	t.once.Do(func() {
		t.next, t.limit = make(chan struct{}, 1), rate.NewLimiter(stopStatusesPerSecond, stopStatusesAtOnce)
	})
	select {
	case t.next <- struct{}{}:
	case <-ctx.Done():
		return false
	}
	defer func() { <-t.next }()
	return t.limit.Wait(ctx) == nil
}

// stopStatus lets the kubelet show the progress of a stop. The pod worker, which usually updates the status, waits for
// the end of the stop.
type stopStatus struct {
	changed chan struct{}
	cancel  context.CancelFunc
	ended   chan struct{}
	turns   *stopStatusTurns
}

// showStatus shows the progress of the stop until end is called. It returns nil for an orphan, which has no status.
func (s *podStop) showStatus(ctx context.Context) *stopStatus {
	if s.pod == nil {
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	status := &stopStatus{changed: make(chan struct{}, 1), cancel: cancel, ended: make(chan struct{}),
		turns: &s.stopStatuses}
	go func() {
		defer close(status.ended)
		defer utilruntime.HandleCrashWithContext(ctx)
		for status.due(ctx) {
			s.helper().ShowStop(ctx, s.pod)
		}
	}()
	return status
}

// due waits until the status is to be updated. It returns false if the context ends first.
func (s *stopStatus) due(ctx context.Context) bool {
	if !s.settles(ctx) || !s.turns.wait(ctx) {
		return false
	}
	// The update shows what has changed during the wait, too.
	select {
	case <-s.changed:
	default:
	}
	return true
}

// settles waits for a change, and until no other has followed for stopStatusDelay, or stopStatusLimit is over. It returns false if
// the context ends first.
func (s *stopStatus) settles(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return false
	case <-s.changed:
	}
	for limit := time.Now().Add(stopStatusLimit); ; {
		timer := time.NewTimer(min(stopStatusDelay, time.Until(limit)))
		select {
		case <-ctx.Done():
			timer.Stop()
			return false
		case <-s.changed:
			timer.Stop()
		case <-timer.C:
			return true
		}
	}
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
