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
)

// maxCalls is far above what any pod needs in its simulated minutes, and far below what a loop without a pause makes.
const maxCalls = 3000

var errRuntimeDown = status.Error(codes.Unavailable, "the runtime is down")

// outage is the time during which the runtime answers no call. Containers run on.
type outage struct {
	// until is its end.
	until time.Time
	// begins is closed when the next outage begins.
	begins chan struct{}
}

func (o *outage) down() bool { return time.Now().Before(o.until) }

// restartRuntime begins an outage. The caller must hold the lock.
func (s *simulation) restartRuntime(lasts time.Duration) {
	s.outage.until = time.Now().Add(lasts)
	close(s.outage.begins)
	s.outage.begins = make(chan struct{})
}

// canRead returns the runtime's answer to calls that read.
func (s *simulation) canRead() error {
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.outage.down() {
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
		s.violation("%s: not called by a kubelet process", call)
		k = s.process
	}
	switch {
	case k.dead.Load():
		s.lock.Unlock()
		return errKubeletGone
	case s.outage.down():
		s.killBegins(k, call, id)
		if (call.Verb == "stop" || call.Verb == "preStop") && s.isStopped(id) {
			// What exits after a kubelet has tried to kill it has not Succeeded.
			s.facts.endedBy[id] = k
		}
		s.noteLocked("  %s(%d) %s: the runtime is down", call, call.Timeout, id)
		s.lock.Unlock()
		return errRuntimeDown
	case strings.HasPrefix(call.Target, "?"):
		// The container has been removed.
		s.noteLocked("  %s(%d) %s: not found", call, call.Timeout, id)
		s.lock.Unlock()
		return status.Error(codes.NotFound, "no such container")
	}
	s.mark()
	s.noteLocked("  %s(%d) %s", call, call.Timeout, id)
	if s.calls++; s.calls == maxCalls {
		s.violation("B: %d calls that change state", s.calls)
	}
	s.killBegins(k, call, id)
	s.checkCall(k, call, id)
	dice, habits := s.dice(call.String()), s.habits[call.Target]
	fails, slow := s.chaos && dice.IntN(100) < 7, s.chaos && dice.IntN(100) < 25
	took, takesEffect := time.Duration(dice.IntN(4000))*time.Millisecond, dice.IntN(2) == 0
	switch call.Verb {
	case "run", "create", "start":
		if slow {
			s.happened["slow "+call.Verb]++
		} else {
			took = 0
		}
	case "postStart":
		took = habits.postStart
		s.facts.hook[id] = k
	case "preStop":
		switch took = habits.preStop; {
		case fails:
			took = 0
		case took == time.Hour:
			s.happened["hook hangs"]++
		}
	default:
		took = 0
	}
	if call.Verb == "stop" && s.signalled[id].IsZero() {
		s.signalled[id] = time.Now()
	}
	outage := s.outage.begins
	s.lock.Unlock()

	var interrupted error
	switch {
	case call.Verb == "stop" && !fails:
		interrupted = s.waitFor(ctx, k, id, time.Duration(call.Timeout)*time.Second, func() bool {
			return time.Since(s.signalled[id]) >= habits.stopsIn
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
	s.mark()
	if interrupted == nil && k.dead.Load() {
		interrupted = errKubeletGone
	}
	if interrupted == nil && call.Verb == "postStart" && !s.isRunning(id) {
		s.happened["postStart in a container that exits"]++
		return fmt.Errorf("cannot %s: the container does not run", call)
	}
	if interrupted != nil {
		if errors.Is(interrupted, errRuntimeDown) {
			s.happened["runtime restarts in a call"]++
		}
		if takesEffect && (call.Verb == "run" || call.Verb == "create" || call.Verb == "start") {
			s.happened["call took effect without an answer"]++
			return &lostAnswer{interrupted}
		}
		return interrupted
	}
	if fails && call.Verb != "halt" && call.Verb != "remove" {
		s.happened[call.Verb+" fails"]++
		return fmt.Errorf("cannot %s", call)
	}
	return nil
}

// killBegins records when a process first tried to stop the containers of a sandbox. A stop that is tried again keeps its deadline.
// The caller must hold the lock.
func (s *simulation) killBegins(k *simProcess, call criCall, id string) {
	if call.Verb != "stop" && call.Verb != "preStop" || s.facts.killedAlone[id] {
		return
	}
	s.runtime.FakeRuntimeService.Lock()
	c, known := s.runtime.Containers[id]
	s.runtime.FakeRuntimeService.Unlock()
	if known && k.killing != c.SandboxID {
		k.killing, k.killBegan = c.SandboxID, time.Now()
	}
}

// waitFor returns once the container has stopped, done returns true, or the limit is over. It calls done with the lock held. The
// error is why the runtime does not answer.
func (s *simulation) waitFor(ctx context.Context, k *simProcess, id string, limit time.Duration, done func() bool) error {
	for began := time.Now(); time.Since(began) < limit; {
		s.lock.Lock()
		isDone, down := done(), s.outage.down()
		s.lock.Unlock()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case k.dead.Load():
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
	h := s.habits[name]
	if time.Since(s.signalled[id]) < h.stopsIn {
		return 137
	}
	if h.stopCode == 0 {
		s.happened["stopped with code 0"]++
	}
	return h.stopCode
}

// serveDone records what a call has changed.
func (s *simulation) serveDone(call criCall, id string, err error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.factsOf(call, id, err)
	s.mark()
	if err != nil {
		s.noteLocked("    %s %s: %v", call, id, err)
	} else if call.Verb == "stop" || call.Verb == "postStart" {
		s.noteLocked("    %s %s: done", call, id)
	}
}

// pull is the runtime's side of an image pull by a kubelet process.
func (s *simulation) pull(ctx context.Context, k *simProcess, image string) error {
	s.lock.Lock()
	if k.dead.Load() {
		s.lock.Unlock()
		return errKubeletGone
	}
	if s.outage.down() {
		s.lock.Unlock()
		return errRuntimeDown
	}
	s.happened["image pulled"]++
	dice := s.dice("pull " + image)
	fails, took := s.chaos && dice.IntN(100) < 15, time.Duration(0)
	if s.chaos && dice.IntN(100) < 50 {
		took = time.Duration(dice.IntN(8000)) * time.Millisecond
		s.happened["slow pull"]++
	}
	s.noteLocked("  pull %s", image)
	// B: beside the pulls of its starts and of an init container, a pod has at most one pull at a time.
	k.pulling++
	if most := k.pullsOfStarts(s.UID) + 2; k.pulling > most {
		s.violation("B: %d pulls at a time", k.pulling)
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
	h, age := s.habits[c.Metadata.Name], time.Since(time.Unix(0, c.StartedAt))-s.jumped[c.Id]
	code := h.code
	if !s.chaos {
		code = 0
	}
	switch signalled := s.signalled[c.Id]; {
	case !signalled.IsZero() && time.Since(signalled) >= h.stopsIn:
		s.changes(func() { s.runtime.exit(c.Id, h.stopCode) })
		return
	case h.runs > 0 && age >= h.runs:
		s.changes(func() { s.runtime.exit(c.Id, code) })
		return
	}
	if k := s.process; k != nil && !k.dead.Load() && s.container(c.Metadata.Name) != nil {
		k.probe(c, age)
	}
}
