// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"slices"
	"time"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
)

// hookDelay is the longest time after which a preStop hook that runs when the pod begins to stop has begun.
const hookDelay = 3 * time.Second

// simHook is a run of a preStop hook.
type simHook struct {
	process *simProcess
	runs    bool
}

// simStop is the stop that a call is part of.
type simStop struct {
	// alone means that the call is part of the kill of one container.
	alone bool
	// began is when the stop began, and grace its grace period in seconds.
	began time.Time
	grace int64
}

// T: no sandbox is stopped while one of its containers runs that has not been told to stop.
func (s *simulation) checkHalt(call criCall, sandbox string) {
	for _, c := range s.running() {
		if c.SandboxID == sandbox && s.signalled[c.Id].IsZero() && s.facts.stopFailed[c.Id].IsZero() {
			s.violation("T: %s while %s runs, which has not been told to stop", call, c.Metadata.Name)
		}
	}
}

// stopOf returns the stop that a call for a container is part of.
func (s *simulation) stopOf(k *simProcess, view simView, id string) simStop {
	stop := simStop{began: k.stopBegan, grace: *s.Spec.TerminationGracePeriodSeconds}
	switch {
	case s.facts.killedAlone[id] && (stop.began.IsZero() || s.facts.told[id] == k):
		// The kill of one container is upstream's, and goes on when the pod begins to stop.
		stop.alone = true
	case stop.began.IsZero():
		// A stop may wait for a container that is being started before it makes its first call.
		if stop.began = k.killBegan; k.syncBegan.Before(stop.began) {
			stop.began = k.syncBegan
		}
	case k.killing == view.sandboxOf(id) && k.killBegan.Before(stop.began):
		// The stop of a sandbox goes on with its clock when the pod is deleted.
		stop.began = k.killBegan
	case s.deleted:
		stop.grace = s.graceOfDeletion()
	}
	if s.deleted {
		stop.grace = min(stop.grace, s.graceOfDeletion())
	}
	return stop
}

// T: a container gets its signal in its turn, and its preStop hook has run before.
func (s *simulation) checkSignal(k *simProcess, view simView, call criCall, id string) {
	stop := s.stopOf(k, view, id)
	if stop.alone {
		s.facts.told[id] = k
		return
	}
	if stop.grace <= 1 {
		return
	}
	s.checkTurn(k, view, stop, call)
	if slices.ContainsFunc(s.facts.preStop[id], func(h *simHook) bool { return h.runs && h.process == k }) {
		s.happened["signal beside a hook that hangs"]++
	}
	// The kill of a container that has no time left has no timeout. A runtime that was down may not have run the hook in time.
	if s.hasPreStop(call.Target) && len(s.facts.preStop[id]) == 0 && call.Timeout > 0 && s.isRunning(id) && s.outage.until.Before(stop.began) {
		s.violation("T: %s without its preStop hook", call)
	}
}

// T: a preStop hook runs once per container and kubelet process, either in the container's turn or as soon as the pod begins
// to stop.
func (s *simulation) checkHook(k *simProcess, view simView, call criCall, id string) {
	stop := s.stopOf(k, view, id)
	if !s.facts.killedAlone[id] && slices.ContainsFunc(s.facts.preStop[id], func(h *simHook) bool { return h.process == k }) {
		s.violation("T: %s again", call)
	}
	s.facts.preStop[id] = append(s.facts.preStop[id], &simHook{process: k, runs: true})
	switch {
	case stop.alone:
		s.facts.told[id] = k
	case stop.grace <= 1:
	case !s.hookAtTermination(call.Target):
		s.happened["hook in its turn"]++
		s.checkTurn(k, view, stop, call)
	default:
		s.happened["hook at termination"]++
		due := stop.began
		for _, later := range []time.Time{k.lastStop, s.startedAt(id), s.outage.until} {
			if later.After(due) {
				due = later
			}
		}
		if late := time.Since(due); late > hookDelay && !s.facts.killedAlone[id] {
			s.violation("T: %s %s after the pod began to stop", call, late)
		}
		for other := range s.mustStopBefore(call.Target) {
			if view.running[other] {
				s.happened["hook beside a dependent"]++
				return
			}
		}
	}
}

// hookEnds records the end of a preStop hook. One that the runtime did not answer is run again.
func (s *simulation) hookEnds(id string, err error) {
	hooks := s.facts.preStop[id]
	if len(hooks) == 0 {
		return
	}
	if hooks[len(hooks)-1].runs = false; unanswered(err) {
		s.facts.preStop[id] = hooks[:len(hooks)-1]
	}
}

// startedAt returns when a container was started, by the clock of the test.
func (s *simulation) startedAt(id string) time.Time {
	for _, c := range s.running() {
		if c.Id == id {
			return time.Unix(0, c.StartedAt).Add(s.jumped[id])
		}
	}
	return time.Time{}
}

// checkTurn checks that no dependent runs within its limit.
func (s *simulation) checkTurn(k *simProcess, view simView, stop simStop, call criCall) {
	before := s.mustStopBefore(call.Target)
	if len(before) > 0 {
		s.happened["stop checked"]++
		if !k.stopBegan.IsZero() && time.Since(stop.began) > 0 {
			s.happened["stop waited for others"]++
		}
	}
	for other := range before {
		if !view.running[other] || !s.facts.stopFailed[view.newest[other].Id].Before(stop.began) {
			continue
		}
		if patience := s.patience(other, stop.grace); time.Since(stop.began) < patience {
			s.violation("T: %s %s after the stop began, but %s runs and has %s", call, time.Since(stop.began), other, patience)
		}
	}
}

// hasPreStop reports whether a container has a preStop hook.
func (p *simPod) hasPreStop(name string) bool {
	c := p.container(name)
	return c.Lifecycle != nil && c.Lifecycle.PreStop != nil
}

// hookAtTermination reports whether the preStop hook of a container runs when the pod begins to stop.
func (p *simPod) hookAtTermination(name string) bool {
	if said := p.said[name]; said != nil && said.PreStopTiming != "" {
		return said.PreStopTiming == dependency.AtTermination
	}
	// It is the default of native sidecars.
	return p.regular(name) == nil && p.container(name).RestartPolicy != nil
}

// graceOfDeletion returns the grace period with which the pod was deleted or evicted, in seconds.
func (s *simulation) graceOfDeletion() int64 {
	if s.override != nil {
		return *s.override
	}
	return s.grace
}

// sandboxOf returns the sandbox of a container.
func (v simView) sandboxOf(id string) string {
	for _, c := range v.newest {
		if c.Id == id {
			return c.SandboxID
		}
	}
	return ""
}

// patience returns the least time that a container gets when the pod stops: the grace period less a floor of 2 s for
// each later stage, or less an equal share per stage if the period is shorter.
func (s *simulation) patience(name string, grace int64) time.Duration {
	var chain func(name string) int64
	chain = func(name string) (n int64) {
		for target := range s.stopEdges[name] {
			n = max(n, 1+chain(target))
		}
		return n
	}
	n := chain(name) + int64(len(s.Spec.InitContainers))
	floors := min(time.Duration(2*n)*time.Second, time.Duration(grace)*time.Second*time.Duration(n)/time.Duration(n+1))
	least := time.Duration(grace)*time.Second - floors
	if said := s.said[name]; said != nil && said.StopTimeoutSeconds != nil {
		least = min(least, time.Duration(*said.StopTimeoutSeconds)*time.Second)
	}
	return least
}
