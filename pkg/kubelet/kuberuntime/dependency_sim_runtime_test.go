// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	apitest "k8s.io/cri-api/pkg/apis/testing"

	"k8s.io/kubernetes/test/utils/ordercheck"
)

var errRuntimeDown = status.Error(codes.Unavailable, "the runtime is down")

// outage is the time during which the runtime answers no call. Containers run on.
type outage struct {
	// begins is closed when the next outage begins.
	begins chan struct{}
}

// down reports whether the runtime is down.
func (s *simulation) down() bool { return time.Now().Before(s.RuntimeBack) }

// restartRuntime begins an outage. The caller must hold the lock.
func (s *simulation) restartRuntime(lasts time.Duration) {
	s.RuntimeBack = time.Now().Add(lasts)
	close(s.outage.begins)
	s.outage.begins = make(chan struct{})
}

// canRead returns the runtime's answer to calls that read.
func (s *simulation) canRead() error {
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.down() {
		return errRuntimeDown
	}
	return nil
}

// jumpClock lets the node's wall clock jump forward: to the kubelet, all that the runtime has recorded is older by that
// much. It never jumps back, because upstream takes the record that was created last for the newest one: after a jump back, that
// is not the one that was in fact created last. The caller must hold the lock.
func (s *simulation) jumpClock(by time.Duration) {
	for _, k := range s.processes {
		// These are compared with what the runtime has recorded.
		k.records.ifKnown(s.UID, func(p *podRecord) {
			for _, i := range p.instances {
				if i.kill != nil {
					i.kill.began = i.kill.began.Add(-by)
				}
			}
			for _, c := range p.containers {
				c.attempt.began = c.attempt.began.Add(-by)
				if c.failure != nil {
					c.failure.attempt.began = c.failure.attempt.began.Add(-by)
				}
			}
		})
		if k.stale != nil {
			for _, sandbox := range k.stale.SandboxStatuses {
				sandbox.CreatedAt -= int64(by)
			}
			for _, c := range k.stale.ContainerStatuses {
				c.CreatedAt, c.StartedAt, c.FinishedAt = c.CreatedAt.Add(-by), c.StartedAt.Add(-by), c.FinishedAt.Add(-by)
			}
		}
	}
	s.runtime.FakeRuntimeService.Lock()
	defer s.runtime.FakeRuntimeService.Unlock()
	for _, sandbox := range s.runtime.Sandboxes {
		sandbox.CreatedAt -= int64(by)
	}
	for id, c := range s.runtime.Containers {
		if c.StartedAt > 0 {
			s.jumped[id] += by
		}
		for _, at := range []*int64{&c.CreatedAt, &c.StartedAt, &c.FinishedAt} {
			if *at > 0 {
				*at -= int64(by)
			}
		}
	}
}

// serve is the runtime's side of each call that changes state.
func (s *simulation) serve(ctx context.Context, call criCall, id string) error {
	k, _ := ctx.Value(simProcessKey{}).(*simProcess)
	s.lock.Lock()
	if k == nil {
		s.Report("%s: not called by a kubelet process", call)
		k = s.process
	}
	switch {
	case k.Dead.Load():
		s.lock.Unlock()
		return errKubeletGone
	case s.down():
		s.CallsInVain(&k.Process, checked(call), id)
		s.noteLocked("  %s(%d) %s: the runtime is down", call, call.Timeout, id)
		s.lock.Unlock()
		return errRuntimeDown
	case strings.HasPrefix(call.Target, "?"):
		// The container has been removed.
		s.noteLocked("  %s(%d) %s: not found", call, call.Timeout, id)
		s.lock.Unlock()
		return status.Error(codes.NotFound, "no such container")
	}
	s.noteLocked("  %s(%d) %s", call, call.Timeout, id)
	s.Calls(&k.Process, checked(call), id)
	dice, habits := s.dice(call.String()), s.Habits[call.Target]
	fails, slow := s.chaos && dice.IntN(100) < 7, s.chaos && dice.IntN(100) < 25
	took, takesEffect := time.Duration(dice.IntN(4000))*time.Millisecond, dice.IntN(2) == 0
	switch call.Verb {
	case "run", "create", "start":
		if slow {
			s.Happened["slow "+call.Verb]++
		} else {
			took = 0
		}
	case "postStart":
		took = habits.PostStart
	case "preStop":
		switch took = habits.PreStop; {
		case fails:
			took = 0
		case took == time.Hour:
			s.Happened["hook hangs"]++
		}
	default:
		took = 0
	}
	outage := s.outage.begins
	s.lock.Unlock()

	var interrupted error
	switch {
	case call.Verb == "stop" && !fails:
		interrupted = s.waitFor(ctx, k, id, time.Duration(call.Timeout)*time.Second, func() bool {
			return time.Since(s.Signalled[id]) >= habits.StopsIn
		})
	case call.Verb == "preStop":
		// The end of the container ends the command.
		interrupted = s.waitFor(ctx, k, id, took, func() bool { return false })
	default:
		select {
		case <-ctx.Done():
			interrupted = ctx.Err()
		case <-k.died:
			interrupted = errKubeletGone
		case <-outage:
			interrupted = errRuntimeDown
		case <-time.After(took):
		}
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	s.Mark()
	if interrupted == nil && k.Dead.Load() {
		interrupted = errKubeletGone
	}
	if interrupted == nil && call.Verb == "postStart" && !s.isRunning(id) {
		s.Happened["postStart in a container that exits"]++
		return fmt.Errorf("cannot %s: the container does not run", call)
	}
	if interrupted != nil {
		if errors.Is(interrupted, errRuntimeDown) {
			s.Happened["runtime restarts in a call"]++
		}
		if takesEffect && (call.Verb == "run" || call.Verb == "create" || call.Verb == "start") {
			s.Happened["call took effect without an answer"]++
			return &lostAnswer{interrupted}
		}
		return interrupted
	}
	if fails && call.Verb != "halt" && call.Verb != "remove" {
		s.Happened[call.Verb+" fails"]++
		return fmt.Errorf("cannot %s", call)
	}
	return nil
}

// checked returns the call as the checker sees it.
func checked(call criCall) ordercheck.Call {
	return ordercheck.Call{Verb: call.Verb, Target: call.Target, Timeout: call.Timeout}
}

// waitFor returns once the container has stopped, done returns true, or the limit is over. It calls done with the lock held. The
// error is why the runtime does not answer.
func (s *simulation) waitFor(ctx context.Context, k *simProcess, id string, limit time.Duration, done func() bool) error {
	for began := time.Now(); time.Since(began) < limit; {
		s.lock.Lock()
		isDone, down := done(), s.down()
		s.lock.Unlock()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case k.Dead.Load():
			return errKubeletGone
		case down:
			return errRuntimeDown
		case isDone || !s.isRunning(id):
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return nil
}

// stopCode returns the exit code of a container that a call has just stopped.
func (s *simulation) stopCode(id, name string) int32 {
	s.lock.Lock()
	defer s.lock.Unlock()
	h := s.Habits[name]
	if time.Since(s.Signalled[id]) < h.StopsIn {
		return 137
	}
	if h.StopCode == 0 {
		s.Happened["stopped with code 0"]++
	}
	return h.StopCode
}

// serveDone records what a call has changed.
func (s *simulation) serveDone(call criCall, id string, err error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.Called(checked(call), id, err)
	if err != nil {
		s.noteLocked("    %s %s: %v", call, id, err)
	} else if call.Verb == "stop" || call.Verb == "postStart" {
		s.noteLocked("    %s %s: done", call, id)
	}
}

// pull is the runtime's side of an image pull by a kubelet process.
func (s *simulation) pull(ctx context.Context, k *simProcess, image string) error {
	s.lock.Lock()
	if k.Dead.Load() {
		s.lock.Unlock()
		return errKubeletGone
	}
	if s.down() {
		s.lock.Unlock()
		return errRuntimeDown
	}
	s.Happened["image pulled"]++
	dice := s.dice("pull " + image)
	fails, took := s.chaos && dice.IntN(100) < 15, time.Duration(0)
	if s.chaos && dice.IntN(100) < 50 {
		took = time.Duration(dice.IntN(8000)) * time.Millisecond
		s.Happened["slow pull"]++
	}
	s.noteLocked("  pull %s", image)
	// B: beside the pulls of its starts and of an init container, a pod has at most one pull at a time.
	k.pulling++
	if most := k.pullsOfStarts(s.UID) + 2; k.pulling > most {
		s.Report("B: %d pulls at a time", k.pulling)
	}
	outage := s.outage.begins
	s.lock.Unlock()
	defer func() {
		s.lock.Lock()
		defer s.lock.Unlock()
		k.pulling--
	}()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-k.died:
		return errKubeletGone
	case <-outage:
		return errRuntimeDown
	case <-time.After(took):
	}
	if fails {
		s.count("pull fails")
		return fmt.Errorf("cannot pull %s", image)
	}
	return nil
}

// tick simulates the passing of time: containers exit, probes run, the kubelet relists, dead containers are collected.
func (s *simulation) tick() {
	last := ""
	for {
		time.Sleep(s.pace(500*time.Millisecond, 2*time.Second))
		s.lock.Lock()
		if s.over {
			s.lock.Unlock()
			return
		}
		for _, c := range s.running() {
			s.live(c)
		}
		if now := s.collectGarbage(); now != last && s.process != nil {
			last = now
			s.process.wakeUp()
		}
		s.lock.Unlock()
	}
}

// pace returns how long to wait for the next look at the pod: longer once there are no more incidents.
func (s *simulation) pace(chaos, calm time.Duration) time.Duration {
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.chaos {
		return chaos
	}
	return calm
}

// collectGarbage removes all but the two newest dead records of each container, and returns the state of all records as a text.
func (s *simulation) collectGarbage() string {
	var now strings.Builder
	seen := map[string]int{}
	for _, c := range s.runtime.records() {
		now.WriteString(c.Id)
		now.WriteByte('0' + byte(c.State))
		if c.State == runtimeapi.ContainerState_CONTAINER_RUNNING {
			continue
		}
		if seen[c.Metadata.Name]++; seen[c.Metadata.Name] > 2 {
			s.runtime.FakeRuntimeService.Lock()
			delete(s.runtime.Containers, c.Id)
			s.runtime.FakeRuntimeService.Unlock()
		}
	}
	return now.String()
}

// live simulates a running container until now.
func (s *simulation) live(c *apitest.FakeContainer) {
	h, age := s.Habits[c.Metadata.Name], time.Since(time.Unix(0, c.StartedAt))-s.jumped[c.Id]
	code := h.Code
	if !s.chaos {
		code = 0
	}
	switch signalled := s.Signalled[c.Id]; {
	case !signalled.IsZero() && time.Since(signalled) >= h.StopsIn:
		s.Changes(func() { s.runtime.exit(c.Id, h.StopCode) })
		return
	case h.Runs > 0 && age >= h.Runs:
		s.Changes(func() { s.runtime.exit(c.Id, code) })
		return
	}
	if k := s.process; k != nil && !k.Dead.Load() && s.Container(c.Metadata.Name) != nil {
		k.probe(c, age)
	}
}
