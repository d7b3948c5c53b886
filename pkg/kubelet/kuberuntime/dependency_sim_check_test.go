// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"errors"
	"slices"
	"time"

	v1 "k8s.io/api/core/v1"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	apitest "k8s.io/cri-api/pkg/apis/testing"

	podutil "k8s.io/kubernetes/pkg/api/v1/pod"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	proberesults "k8s.io/kubernetes/pkg/kubelet/prober/results"
)

// simFacts are the facts of a simulation that the runtime does not know, by container ID.
type simFacts struct {
	// startupPassed are the containers whose startup probe has passed.
	startupPassed map[string]bool
	// hook is the kubelet process that runs, or ran, the postStart hook; hookDone is whether the hook succeeded.
	hook     map[string]*simProcess
	hookDone map[string]bool
	// killedAlone are containers that a kubelet must kill independently of the pod's stop.
	killedAlone map[string]bool
	// stopFailed is when the runtime last failed to stop a container.
	stopFailed map[string]time.Time
	// starting are the containers, by name, from the beginning of their creation to the end of their start.
	starting map[string]*simProcess
	// lastHeld is when a condition last held.
	lastHeld map[heldKey]time.Time
	// completeSince is the time since which all Standard containers have finished.
	completeSince time.Time
	// stopBegan is when a kubelet first began to terminate the pod.
	stopBegan time.Time
	// stopped is when a container was last stopped, by name.
	stopped map[string]time.Time
	// told is the process that first told a container to stop, by container ID.
	told map[string]*simProcess
	// preStop are the runs of a container's preStop hook, by container ID.
	preStop map[string][]*simHook
	// startedBy is the process that has sent the start of a container, by container ID.
	startedBy map[string]*simProcess
	// attempted is the sandbox in which a start has last ended, well or not, by name.
	attempted map[string]string
	// endedBy is the process that has last told a running container to stop, by container ID.
	endedBy map[string]*simProcess
}

type heldKey struct {
	name      string
	condition dependency.Condition
}

func newSimFacts() simFacts {
	return simFacts{
		startupPassed: map[string]bool{}, hook: map[string]*simProcess{}, hookDone: map[string]bool{}, killedAlone: map[string]bool{},
		stopFailed: map[string]time.Time{}, starting: map[string]*simProcess{}, lastHeld: map[heldKey]time.Time{},
		told: map[string]*simProcess{}, stopped: map[string]time.Time{}, preStop: map[string][]*simHook{},
		startedBy: map[string]*simProcess{},
		attempted: map[string]string{}, endedBy: map[string]*simProcess{},
	}
}

// simView is the state of the pod's containers at one moment.
type simView struct {
	*simulation
	// sandbox is the ID of the active sandbox, or "".
	sandbox string
	// newest is the newest record of each name, in any sandbox.
	newest map[string]*apitest.FakeContainer
	// active are the names with a record in the active sandbox, running those with a running record in any.
	active, running map[string]bool
}

func (s *simulation) view() simView {
	v := simView{simulation: s, newest: map[string]*apitest.FakeContainer{}, active: map[string]bool{}, running: map[string]bool{}}
	s.runtime.FakeRuntimeService.Lock()
	var newest *apitest.FakePodSandbox
	for _, sandbox := range s.runtime.Sandboxes {
		if newest == nil || sandbox.CreatedAt > newest.CreatedAt {
			newest = sandbox
		}
	}
	if newest != nil && newest.State == runtimeapi.PodSandboxState_SANDBOX_READY {
		v.sandbox = newest.Id
	}
	s.runtime.FakeRuntimeService.Unlock()
	for _, c := range s.runtime.records() {
		if _, known := v.newest[c.Metadata.Name]; !known {
			v.newest[c.Metadata.Name] = c
		}
		v.active[c.Metadata.Name] = v.active[c.Metadata.Name] || (v.sandbox != "" && c.SandboxID == v.sandbox)
		v.running[c.Metadata.Name] = v.running[c.Metadata.Name] || c.State == runtimeapi.ContainerState_CONTAINER_RUNNING
	}
	return v
}

// finished reports whether a regular container has exited for good.
func (v simView) finished(name string) bool {
	c, known := v.newest[name]
	spec := v.regular(name)
	if !known || spec == nil || c.State != runtimeapi.ContainerState_CONTAINER_EXITED || v.runsAgain(c) {
		return false
	}
	switch policyOf(v.Pod, spec) {
	case v1.RestartPolicyNever:
		return true
	case v1.RestartPolicyOnFailure:
		return c.ExitCode == 0
	}
	return false
}

// runsAgain reports whether the current process knows that it has ended the container with its sandbox: it runs again in the next
// one, as upstream runs it, except under policy Never.
func (v simView) runsAgain(c *apitest.FakeContainer) bool {
	return c.SandboxID != v.sandbox && v.process != nil && v.facts.endedBy[c.Id] == v.process && !v.facts.killedAlone[c.Id] &&
		v.Spec.RestartPolicy != v1.RestartPolicyNever && policyOf(v.Pod, v.regular(c.Metadata.Name)) != v1.RestartPolicyNever
}

func (v simView) complete() bool {
	for i := range v.Spec.Containers {
		if name := v.Spec.Containers[i].Name; v.isStandard(name) && (!v.finished(name) || v.facts.starting[name] != nil || v.hookRuns(name)) {
			return false
		}
	}
	return true
}

// hookRuns reports whether the postStart hook of a container still runs: its start is in flight until then.
func (v simView) hookRuns(name string) bool {
	c, known := v.newest[name]
	if !known {
		return false
	}
	k := v.facts.hook[c.Id]
	_, done := v.facts.hookDone[c.Id]
	return k != nil && !done && !k.dead.Load()
}

func (v simView) holds(name string, condition dependency.Condition) bool {
	switch condition {
	case dependency.None:
		return true
	case byList:
		return v.startEnded(name) || v.lost(name)
	}
	c, known := v.newest[name]
	if !known {
		return false
	}
	switch condition {
	case dependency.Completed:
		return v.finished(name)
	case dependency.Succeeded:
		return v.succeeded(name)
	case dependency.Started:
		return v.succeeded(name) || v.started(c)
	default:
		return v.succeeded(name) || c.State == runtimeapi.ContainerState_CONTAINER_RUNNING && v.started(c) && v.ready(c)
	}
}

// succeeded reports whether a regular container has exited for good with code 0, in whatever sandbox, and no kubelet has ended it.
func (v simView) succeeded(name string) bool {
	return v.finished(name) && v.newest[name].ExitCode == 0 && !v.ended(v.newest[name])
}

// ended reports whether a kubelet has ended the container, as far as the current process can know. What another one did it knows
// from the pod's status alone.
func (v simView) ended(c *apitest.FakeContainer) bool {
	by := v.facts.endedBy[c.Id]
	return by != nil && (by == v.process || v.process.lastEnded(c.Id))
}

// startEnded reports whether a start of a regular container in the active sandbox has ended, or it will not be run again.
func (v simView) startEnded(name string) bool {
	if v.finished(name) || v.sandbox != "" && v.facts.attempted[name] == v.sandbox {
		return true
	}
	c, known := v.newest[name]
	if !known || c.SandboxID != v.sandbox || c.State == runtimeapi.ContainerState_CONTAINER_CREATED {
		return false
	}
	// The process that started it may have been restarted meanwhile.
	_, done := v.facts.hookDone[c.Id]
	return done || v.facts.startedBy[c.Id].dead.Load()
}

// unreachable reports whether a container can never start.
func (v simView) unreachable(name string) bool {
	return v.lost(name) || v.Spec.RestartPolicy == v1.RestartPolicyNever && v.sandbox == "" && len(v.newest) > 0 && !v.running[name]
}

// mayFail reports whether a Standard container can never start, so that the pod fails.
func (v simView) mayFail() bool {
	for i := range v.Spec.Containers {
		if name := v.Spec.Containers[i].Name; v.isStandard(name) && v.unreachable(name) {
			return true
		}
	}
	return false
}

// lost reports whether a container that has not been started in the active sandbox can never start.
func (v simView) lost(name string) bool {
	if c, known := v.newest[name]; known && (v.active[name] || c.State == runtimeapi.ContainerState_CONTAINER_RUNNING) {
		return false
	}
	for target, condition := range v.edges[name] {
		switch condition {
		case byList, dependency.None:
			continue
		}
		if !v.holds(target, condition) && (v.finished(target) || v.lost(target)) {
			return true
		}
	}
	return false
}

func (v simView) started(c *apitest.FakeContainer) bool {
	if c.SandboxID != v.sandbox || c.StartedAt == 0 || c.State == runtimeapi.ContainerState_CONTAINER_CREATED {
		return false
	}
	// No pod fails, or waits for ever, for what a kubelet process cannot know.
	if v.process != nil && v.process.unseen[c.Id] && v.regular(c.Metadata.Name) != nil && v.finished(c.Metadata.Name) {
		return true
	}
	spec := v.container(c.Metadata.Name)
	if spec.StartupProbe != nil && !v.facts.startupPassed[c.Id] {
		return false
	}
	if spec.Lifecycle == nil || spec.Lifecycle.PostStart == nil || v.facts.hookDone[c.Id] {
		return true
	}
	// Upstream starts native sidecars, and leaves one alone that it failed to kill after its hook failed.
	if done, known := v.facts.hookDone[c.Id]; known && !done && v.regular(c.Metadata.Name) == nil && !v.facts.stopFailed[c.Id].IsZero() {
		return true
	}
	// A hook counts as done once the kubelet process that ran it is gone.
	if k := v.facts.hook[c.Id]; k != nil {
		return k.dead.Load()
	}
	k := v.facts.starting[c.Metadata.Name]
	return k == nil || k.dead.Load()
}

func (v simView) ready(c *apitest.FakeContainer) bool {
	if v.container(c.Metadata.Name).ReadinessProbe == nil {
		return true
	}
	if v.process == nil {
		return false
	}
	result, found := v.process.readyNow.Get(probeID(c.Id))
	return found && result == proberesults.Success
}

// mark records the conditions that hold now. The caller must hold the lock.
func (s *simulation) mark() {
	view := s.view()
	for _, waits := range s.edges {
		for name, condition := range waits {
			if view.holds(name, condition) {
				s.facts.lastHeld[heldKey{name, condition}] = time.Now()
			}
		}
	}
	if !view.complete() {
		s.facts.completeSince = time.Time{}
	} else if s.facts.completeSince.IsZero() {
		s.facts.completeSince = time.Now()
	}
}

// factsOf updates the facts after a call.
func (s *simulation) factsOf(call criCall, id string, err error) {
	switch call.Verb {
	case "create":
		if err != nil {
			delete(s.facts.starting, call.Target)
		}
	case "start":
		delete(s.facts.starting, call.Target)
		if k, view := s.facts.startedBy[id], s.view(); err != nil && k != nil && !k.dead.Load() && view.active[call.Target] {
			s.facts.attempted[call.Target] = view.sandbox
		}
		if err != nil {
			// The kubelet kills a container that runs although its start has failed.
			s.facts.killedAlone[id] = true
		}
	case "postStart":
		s.facts.hookDone[id] = err == nil
		if view := s.view(); view.sandboxOf(id) == view.sandbox {
			s.facts.attempted[call.Target] = view.sandbox
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			// The kubelet kills a container whose hook has failed.
			s.facts.killedAlone[id] = true
		}
	case "preStop":
		s.hookEnds(id, err)
	case "stop":
		if err != nil {
			s.facts.stopFailed[id] = time.Now()
			return
		}
		s.facts.stopped[call.Target] = time.Now()
	}
}

// checkCall checks a call at the moment when it is made.
func (s *simulation) checkCall(k *simProcess, call criCall, id string) {
	view := s.view()
	switch call.Verb {
	case "run":
		s.checkNotComplete(k, call)
	case "create":
		// A container that is killed to be restarted has not finished, even if it exits by itself meanwhile.
		if last, known := view.newest[call.Target]; !known || !s.facts.killedAlone[last.Id] || s.facts.told[last.Id] != k {
			s.checkNotComplete(k, call)
		}
		s.checkStart(k, view, call)
		if s.regular(call.Target) != nil {
			s.checkCreate(k, view, call.Target)
		}
		s.facts.starting[call.Target] = k
	case "start":
		s.facts.startedBy[id] = k
		s.checkStart(k, view, call)
	case "stop", "preStop":
		if s.isStopped(id) {
			s.facts.endedBy[id] = k
		}
		if call.Verb == "stop" {
			s.checkSignal(k, view, call, id)
		} else {
			s.checkHook(k, view, call, id)
		}
	case "halt":
		s.checkHalt(call, id)
	}
}

// J: nothing starts in a pod whose Standard containers have all finished.
func (s *simulation) checkNotComplete(k *simProcess, call criCall) {
	// The kubelet knows once a sync has begun with a status that is new enough.
	if since := s.facts.completeSince; !since.IsZero() && since.Before(k.reads[k.syncBegan]) && k.syncBegan.Before(time.Now()) {
		s.violation("J: %s, but all Standard containers finished %s ago", call, time.Since(since))
	}
}

// S: nothing starts in a terminating pod, except containers whose start was in flight when the termination was
// requested.
func (s *simulation) checkStart(k *simProcess, view simView, call criCall) {
	if view.running[call.Target] {
		s.violation("S: %s while the container runs", call)
	}
	if s.regular(call.Target) == nil || !k.states.terminating.Load() {
		return
	}
	// A call that was under way at that moment may still arrive.
	if !slices.Contains(k.inFlight, call.Target) || time.Since(k.terminatedAt) > 0 {
		s.violation("S: %s in a terminating pod", call)
	}
}

func (s *simulation) checkCreate(k *simProcess, view simView, name string) {
	if other := s.facts.starting[name]; other != nil && !other.dead.Load() {
		s.violation("S: %s is created while its start is in flight", name)
	}
	// Upstream restarts a container that it killed, even if the container meanwhile exited by itself.
	if view.finished(name) && !s.facts.killedAlone[view.newest[name].Id] {
		s.violation("S: %s is started again after it has finished", name)
	}
	if view.active[name] || view.sandbox == "" {
		// The gate opens once per sandbox; without an active sandbox the call has no effect.
		return
	}
	s.happened["gate checked"]++
	for target, condition := range s.edges[name] {
		s.happened["gate checked: "+string(condition)]++
		if c := view.newest[target]; condition != byList && view.succeeded(target) && c.SandboxID != view.sandbox {
			s.happened["gate open by a former sandbox"]++
		}
		held := s.facts.lastHeld[heldKey{target, condition}]
		// The kubelet knows that a container which it killed is gone, however old its view of the pod.
		known := held.Before(k.oldestRead()) || !held.After(s.facts.stopped[target])
		if !view.holds(target, condition) && known && time.Since(held) >= gateAge {
			s.violation("S: %s starts, but %s is not %s (last was %s ago, status read %s ago)", name, target, condition, time.Since(held),
				time.Since(k.readAt))
		}
	}
}

// initFailed reports whether an init container has failed for good.
func (s *simulation) initFailed(view simView) bool {
	for i := range s.Spec.InitContainers {
		c := &s.Spec.InitContainers[i]
		if record, known := view.newest[c.Name]; known && record.State == runtimeapi.ContainerState_CONTAINER_EXITED &&
			!podutil.IsRestartableInitContainer(c) && record.ExitCode != 0 && s.Spec.RestartPolicy == v1.RestartPolicyNever {
			return true
		}
	}
	return false
}

// checkRest checks L after a long time without incidents: the pod has ended, or each of its containers runs, has
// finished, or shows why it does not run.
func (s *simulation) checkRest() {
	status := s.process.status(s.T, s.Pod)
	order := s.process.PodOrder(s.process.ctx, s.process.podNow(), status)
	s.lock.Lock()
	defer s.lock.Unlock()
	view := s.view()
	if s.ended != "" {
		if running := s.running(); len(running) > 0 {
			s.violation("L: the pod has ended, but %s runs", running[0].Metadata.Name)
		}
		return
	}
	if s.deleted || view.complete() || order.Decisions.Failed != "" {
		s.violation("L: the pod must end but has not: deleted %t, complete %t, failed %q", s.deleted, view.complete(), order.Decisions.Failed)
		return
	}
	s.happened["pod lives"]++
	for i := range s.Spec.Containers {
		name := s.Spec.Containers[i].Name
		d := order.Decisions.Containers[name]
		switch {
		case view.running[name] || view.finished(name):
		case d.Gate == dependency.Unreachable && d.Message != "" && view.unreachable(name):
			s.happened["container can never start"]++
		case d.Gate == dependency.Waiting && d.Message != "" && !s.open(view, name):
			s.happened["container waits"]++
		default:
			s.violation("L: %s does not run, and nothing shows why: %+v", name, d)
		}
	}
}

// open reports whether all edges of a container hold.
func (s *simulation) open(view simView, name string) bool {
	for target, condition := range s.edges[name] {
		if !view.holds(target, condition) {
			return false
		}
	}
	return true
}
