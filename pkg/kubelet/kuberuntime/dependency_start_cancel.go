// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"errors"
	"time"

	kubetypes "k8s.io/apimachinery/pkg/types"
	"k8s.io/klog/v2"

	"k8s.io/kubernetes/pkg/kubelet/ordering"
)

// errStartCancelled is the error of everything that a cancelled start does not do any more.
var errStartCancelled = errors.New("the start of the container is cancelled")

// startJoinTimeout bounds how long a stop waits for the last calls of cancelled starts to the runtime.
const startJoinTimeout = 2 * time.Second

// startFrom returns the start that the call belongs to, or nil.
func startFrom(ctx context.Context) *containerStart {
	start, _ := ordering.StartFrom(ctx).(*containerStart)
	return start
}

// isCancelled reports whether the start is cancelled. A nil start never is.
func (s *containerStart) isCancelled() bool { return s != nil && s.life.Err() != nil }

// UntilCancelled implements ContainerStart.
func (s *containerStart) UntilCancelled(ctx context.Context) (limited context.Context, done context.CancelFunc) {
	limited, cancel := context.WithCancel(ctx)
	if s.isCancelled() {
		cancel()
	}
	stop := context.AfterFunc(s.life, cancel)
	return limited, func() {
		stop()
		cancel()
	}
}

// startCall is a StartContainer call.
type startCall struct {
	containerID string
	// done is closed when the runtime has answered.
	done chan struct{}
}

// sends records that the container is being started, and refuses if the start is cancelled.
func (s *containerStart) sends(containerID string) (call *startCall, err error) {
	call = &startCall{containerID: containerID, done: make(chan struct{})}
	if s == nil {
		return call, nil
	}
	if s.refused() {
		return nil, errStartCancelled
	}
	s.records.locked(func() {
		if s.isCancelled() {
			err = errStartCancelled
			return
		}
		s.call = call
	})
	return call, err
}

func (c *startCall) answered() { close(c.done) }

// unanswered reports whether the runtime may be starting the container.
func (c *startCall) unanswered() bool { return c != nil && !isClosed(c.done) }

// killAfterHook kills the container because its postStart hook has failed. If the start is cancelled, that is left to the
// stop; a kill that has begun goes on.
func (s *containerStart) killAfterHook(ctx context.Context, do func(context.Context) error) error {
	var kill *containerKill
	s.records.locked(func() {
		if !s.isCancelled() {
			kill = &containerKill{done: make(chan struct{})}
			s.kill = kill
		}
	})
	if kill == nil {
		return nil
	}
	err := do(ordering.WithStart(ctx, nil))
	s.records.locked(func() { kill.ends(err) })
	return err
}

// cancelledStarts are the starts of a pod that were in flight when it began to stop. They create and start nothing more.
type cancelledStarts struct {
	// calls are the StartContainer calls that the runtime has not answered, by container name: those containers may run.
	calls map[string]*startCall
	// kills are the kills in flight, by container name. They go on.
	kills map[string]*containerKill
	// ends are closed when the starts have returned, except those with a kill in flight.
	ends []<-chan struct{}
	// deadline ends the wait for them.
	deadline time.Time
}

// cancelStarts cancels all starts in flight of a pod that is about to stop.
func (m *kubeGenericRuntimeManager) cancelStarts(uid kubetypes.UID) cancelledStarts {
	starts := cancelledStarts{calls: map[string]*startCall{}, kills: map[string]*containerKill{}, deadline: time.Now().Add(startJoinTimeout)}
	m.records.ifKnown(uid, func(p *podRecord) {
		for name, c := range p.containers {
			start := c.cancelStart()
			switch {
			case start == nil:
				continue
			case start.kill.inFlight():
				starts.kills[name] = start.kill
				continue
			case start.call.unanswered():
				starts.calls[name] = start.call
			}
			starts.ends = append(starts.ends, start.done)
		}
	})
	return starts
}

// await waits for one of their ends, and reports whether it came in time.
func (s cancelledStarts) await(end <-chan struct{}) bool {
	timer := time.NewTimer(time.Until(s.deadline))
	defer timer.Stop()
	select {
	case <-end:
		return true
	case <-timer.C:
		return isClosed(end)
	}
}

// join waits for the starts to return, and reports whether they all did.
func (s cancelledStarts) join(ctx context.Context, uid kubetypes.UID) bool {
	for _, end := range s.ends {
		if !s.await(end) {
			klog.FromContext(ctx).V(2).Info("Cancelled container start has not returned yet", "podUID", uid)
			return false
		}
	}
	return true
}
