// SPDX-License-Identifier: Apache-2.0

package ordercheck

import (
	"context"
	"errors"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Mark records what holds now. Call it before and after each change of the world.
func (c *Checker) Mark() {
	view := c.view()
	for _, waits := range c.Edges {
		for name, condition := range waits {
			if view.holds(name, condition) {
				c.lastHeld[heldKey{name, condition}] = c.World.Now()
			}
		}
	}
	if !view.complete() {
		c.completeSince = time.Time{}
	} else if c.completeSince.IsZero() {
		c.completeSince = c.World.Now()
	}
}

// Changes makes a change of the world.
func (c *Checker) Changes(change func()) {
	c.Mark()
	change()
	c.Mark()
}

// Calls checks a call that a process makes now. The ID is that of the container; a call that creates one has none.
func (c *Checker) Calls(k *Process, call Call, id string) {
	c.Mark()
	if c.calls++; c.calls == MaxCalls {
		c.Report("B: %d calls that change state", c.calls)
	}
	c.killBegins(k, call, id)
	c.check(k, call, id)
	switch call.Verb {
	case "postStart":
		c.hook[id] = k
	case "stop":
		if c.Signalled[id].IsZero() {
			c.Signalled[id] = c.World.Now()
		}
	}
}

// CallsInVain notes a call that a process makes while the runtime is down.
func (c *Checker) CallsInVain(k *Process, call Call, id string) {
	c.killBegins(k, call, id)
	if (call.Verb == "stop" || call.Verb == "preStop") && c.isStopped(id) {
		// What exits after a kubelet has tried to kill it has not Succeeded.
		c.endedBy[id] = k
	}
}

// killBegins records when a process first tried to stop the containers of a sandbox. A stop that is tried again keeps its deadline.
func (c *Checker) killBegins(k *Process, call Call, id string) {
	if call.Verb != "stop" && call.Verb != "preStop" || c.killedAlone[id] {
		return
	}
	for _, r := range c.World.Records() {
		if r.ID != id || k.Killing == r.Sandbox {
			continue
		}
		k.Killing, k.KillBegan = r.Sandbox, c.World.Now().Add(-c.Tolerance.Stop)
		if c.Tolerance.Stop > 0 {
			// A stop may wait for starts that are under way before it makes its first call.
			for _, began := range c.startingSince {
				if early := began.Add(-c.Tolerance.Stop); early.Before(k.KillBegan) {
					k.KillBegan = early
				}
			}
			// A sandbox that is in use is stopped only because the pod ends.
			if r.Sandbox == c.World.Sandbox() && k.KillBegan.Before(k.StopBegan) {
				k.KillBegan = k.StopBegan
			}
		}
	}
}

// check checks a call at the moment when it is made.
func (c *Checker) check(k *Process, call Call, id string) {
	view := c.view()
	switch call.Verb {
	case "run":
		c.checkNotComplete(k, call)
	case "create":
		// A container that is killed to be restarted has not finished, even if it exits by itself meanwhile.
		if last, known := view.newest[call.Target]; !known || !c.killedAlone[last.ID] || c.told[last.ID] != k {
			c.checkNotComplete(k, call)
		}
		c.checkStart(k, view, call)
		if c.Regular(call.Target) != nil {
			c.checkCreate(k, view, call.Target)
		}
		c.starting[call.Target], c.startingSince[call.Target] = k, c.World.Now()
	case "start":
		c.startedBy[id] = k
		c.checkStart(k, view, call)
	case "stop", "preStop":
		if c.isStopped(id) {
			c.endedBy[id] = k
		}
		if call.Verb == "stop" {
			c.checkSignal(k, view, call, id)
		} else {
			c.checkHook(k, view, call, id)
		}
	case "halt":
		c.checkHalt(call, id)
	}
}

// Called notes the end of a call. The ID is that of the container, also of one that the call has created.
func (c *Checker) Called(call Call, id string, err error) {
	defer c.Mark()
	switch call.Verb {
	case "create":
		if err != nil {
			c.startIsOver(call.Target)
		}
	case "start":
		c.startIsOver(call.Target)
		if k, view := c.startedBy[id], c.view(); err != nil && k != nil && !k.Dead.Load() && view.active[call.Target] {
			c.attempted[call.Target] = view.sandbox
		}
		if err != nil {
			// The kubelet kills a container that runs although its start has failed.
			c.killedAlone[id] = true
		}
	case "postStart":
		c.hookDone[id] = err == nil
		if view := c.view(); view.sandboxOf(id) == view.sandbox {
			c.attempted[call.Target] = view.sandbox
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			// The kubelet kills a container whose hook has failed.
			c.killedAlone[id] = true
		}
	case "preStop":
		c.hookEnds(id, err)
	case "stop":
		if err != nil {
			c.stopFailed[id] = c.World.Now()
			return
		}
		c.stopped[call.Target] = c.World.Now()
	}
}

func (c *Checker) startIsOver(name string) {
	delete(c.starting, name)
	delete(c.startingSince, name)
}

// StartEnds notes that a start has ended in the active sandbox, which leaves no other trace if no container was created.
func (c *Checker) StartEnds(name string) { c.attempted[name] = c.World.Sandbox() }

// StartupPasses notes that the startup probe of a container has passed, HasStartedUp reports whether it has.
func (c *Checker) StartupPasses(id string) { c.startupPassed[id] = true }

// HasStartedUp reports whether the startup probe of a container has passed.
func (c *Checker) HasStartedUp(id string) bool { return c.startupPassed[id] }

// MustBeKilled notes that a kubelet must kill a container independently of the pod's stop: a probe has failed, say.
func (c *Checker) MustBeKilled(id string) { c.killedAlone[id] = true }

// unanswered reports whether a call failed because the runtime did not answer.
func unanswered(err error) bool { return status.Code(err) == codes.Unavailable }
