// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"slices"
	"time"

	v1 "k8s.io/api/core/v1"
)

// oracle is a reference implementation of the package. It follows the text of KEP.md literally, without regard to running
// time: edges are a table of pairs, and transitive relations are computed by iteration to a fixpoint.
type oracle struct {
	plan  *Plan
	edges map[[2]string]Condition // from the dependent to its dependency
}

func newOracle(plan *Plan) *oracle { return &oracle{plan: plan, edges: oracleEdges(plan)} }

func oracleLifecycle(c PlannedContainer) Lifecycle {
	if c.Lifecycle == nil {
		return Lifecycle{}
	}
	return *c.Lifecycle
}

func (o *oracle) regular(name string) (PlannedContainer, bool) {
	for _, c := range o.plan.Containers {
		if c.Name == name {
			return c, true
		}
	}
	return PlannedContainer{}, false
}

func (o *oracle) native(name string) bool {
	for _, c := range o.plan.InitContainers {
		if c.Name == name {
			return c.Native
		}
	}
	return false
}

func (o *oracle) init(name string) bool {
	for _, c := range o.plan.InitContainers {
		if c.Name == name {
			return !c.Native
		}
	}
	return false
}

func (o *oracle) sidecar(name string) bool {
	c, regular := o.regular(name)
	return regular && oracleLifecycle(c).Type == Sidecar
}

func (o *oracle) standard(name string) bool {
	_, regular := o.regular(name)
	return regular && !o.sidecar(name)
}

// explicit returns the explicit edges: every dependsOn entry, and every name in before, with condition Ready. dependsOn takes
// precedence over before.
func (o *oracle) explicit() map[[2]string]Condition {
	edges := map[[2]string]Condition{}
	for _, c := range o.plan.Containers {
		for _, name := range oracleLifecycle(c).Before {
			if _, regular := o.regular(name); regular {
				edges[[2]string{name, c.Name}] = Ready
			}
		}
	}
	for _, c := range o.plan.Containers {
		for _, d := range oracleLifecycle(c).DependsOn {
			if _, regular := o.regular(d.Container); !regular && !o.native(d.Container) {
				continue
			}
			condition := d.Condition
			if condition == "" {
				condition = Ready
			}
			edges[[2]string{c.Name, d.Container}] = condition
		}
	}
	return edges
}

func oracleWildcard(c PlannedContainer) bool {
	for _, name := range oracleLifecycle(c).Before {
		if name == "*" {
			return true
		}
	}
	return false
}

// oracleEdges returns the explicit edges, and the candidate edges whose ends are not in the same strongly connected component.
func oracleEdges(plan *Plan) map[[2]string]Condition {
	o := &oracle{plan: plan}
	explicit := o.explicit()
	candidates := map[[2]string]bool{}
	for _, from := range plan.Containers {
		for _, to := range plan.Containers {
			if o.standard(from.Name) && o.sidecar(to.Name) {
				candidates[[2]string{from.Name, to.Name}] = true
			}
			if from.Name != to.Name && o.standard(from.Name) && oracleWildcard(to) && !oracleWildcard(from) {
				candidates[[2]string{from.Name, to.Name}] = true
			}
		}
	}
	all := map[[2]string]bool{}
	for pair := range explicit {
		all[pair] = true
	}
	for pair := range candidates {
		all[pair] = true
	}
	reach := closure(all)
	for pair := range candidates {
		_, taken := explicit[pair]
		if !taken && !reach[[2]string{pair[1], pair[0]}] {
			explicit[pair] = Ready
		}
	}
	return explicit
}

// closure returns the transitive closure of the pairs.
func closure(pairs map[[2]string]bool) map[[2]string]bool {
	reach := map[[2]string]bool{}
	for pair := range pairs {
		reach[pair] = true
	}
	for grown := true; grown; {
		grown = false
		for a := range reach {
			for b := range pairs {
				if joined := [2]string{a[0], b[1]}; a[1] == b[0] && !reach[joined] {
					reach[joined] = true
					grown = true
				}
			}
		}
	}
	return reach
}

func (o *oracle) reach() map[[2]string]bool {
	pairs := map[[2]string]bool{}
	for pair := range o.edges {
		pairs[pair] = true
	}
	return closure(pairs)
}

// valid reports whether the pod is valid by the rules of KEP.md.
func (o *oracle) valid() bool {
	sidecars := 0
	for _, c := range o.plan.Containers {
		l := oracleLifecycle(c)
		if l.Type == Sidecar {
			sidecars++
		} else if l.Type != "" && l.Type != Standard {
			return false
		}
		twice := map[string]bool{}
		for _, d := range l.DependsOn {
			_, regular := o.regular(d.Container)
			switch {
			case d.Container == c.Name, d.Container == "", twice[d.Container]:
				return false
			case d.Condition != "" && d.Condition != Started && d.Condition != Ready &&
				d.Condition != Completed && d.Condition != Succeeded:
				return false
			case !regular && !o.native(d.Container) && !d.Optional:
				return false
			}
			twice[d.Container] = true
			if !regular && !o.native(d.Container) {
				continue
			}
			if d.Condition == Completed || d.Condition == Succeeded {
				if o.native(d.Container) || o.alwaysRestarts(d.Container) {
					return false
				}
				if l.Type == Sidecar && o.standard(d.Container) {
					return false
				}
			}
		}
		twice = map[string]bool{}
		for _, name := range l.Before {
			if name == c.Name || name == "" || twice[name] || o.native(name) || o.init(name) {
				return false
			}
			twice[name] = true
		}
		if l.StopTimeoutSeconds != nil && (*l.StopTimeoutSeconds < 1 || *l.StopTimeoutSeconds > o.plan.GracePeriodSeconds) {
			return false
		}
	}
	if sidecars > 0 && sidecars == len(o.plan.Containers) {
		return false
	}
	for pair := range o.reach() {
		if pair[0] == pair[1] {
			return false
		}
	}
	return true
}

func (o *oracle) alwaysRestarts(name string) bool {
	c, _ := o.regular(name)
	if c.RestartPolicy != "" {
		return c.RestartPolicy == v1.ContainerRestartPolicyAlways
	}
	return o.plan.RestartPolicy == "" || o.plan.RestartPolicy == v1.RestartPolicyAlways
}

func oracleFinished(x Observation) bool { return x.State == Exited && !x.Restarts && !x.Starting }

func oracleHolds(c Condition, x Observation) bool {
	if x.Starting {
		return false
	}
	switch c {
	case Started:
		return x.Active && x.Started && (x.State == Running || x.State == Exited)
	case Ready:
		return x.Active && x.Started && x.Ready && x.State == Running
	case Completed:
		return x.State == Exited && !x.Restarts
	default:
		return x.State == Exited && !x.Restarts && x.ExitCode == 0
	}
}

// everStarts reports whether the container needs no more decision: it has a record in this sandbox, a start in flight or a
// process, or it has finished.
func everStarts(x Observation) bool {
	return x.Starting || x.State == Running || (x.Active && x.State != NoRecord) || oracleFinished(x)
}

// dead returns the set of containers that can never start, computed by iteration to a fixpoint.
func (o *oracle) dead(pod PodObservation) map[string]bool {
	dead := map[string]bool{}
	for _, c := range o.plan.InitContainers {
		x := pod.Containers[c.Name]
		if c.Native && pod.SandboxLost && x.State != Running && !x.Starting {
			dead[c.Name] = true
		}
	}
	for grown := true; grown; {
		grown = false
		for _, c := range o.plan.Containers {
			if dead[c.Name] || everStarts(pod.Containers[c.Name]) {
				continue
			}
			lost := pod.SandboxLost
			for pair, condition := range o.edges {
				if pair[0] == c.Name && o.neverHolds(condition, pair[1], pod, dead) {
					lost = true
				}
			}
			if lost {
				dead[c.Name] = true
				grown = true
			}
		}
	}
	return dead
}

func (o *oracle) neverHolds(condition Condition, target string, pod PodObservation, dead map[string]bool) bool {
	x := pod.Containers[target]
	return !oracleHolds(condition, x) && (dead[target] || oracleFinished(x))
}

// ended reports whether nothing of the pod starts any more, because it is complete or has failed.
func (o *oracle) ended(pod PodObservation, dead map[string]bool) bool {
	return o.complete(pod) || o.fails(pod, dead)
}

// finished reports whether the container has exited for good: by its restart policy, or because it is a Sidecar of a pod that
// has ended.
func (o *oracle) finished(name string, pod PodObservation, dead map[string]bool) bool {
	x := pod.Containers[name]
	return oracleFinished(x) || o.sidecar(name) && x.State == Exited && !x.Starting && o.ended(pod, dead)
}

func (o *oracle) gate(name string, pod PodObservation, dead map[string]bool) Gate {
	x := pod.Containers[name]
	if o.finished(name, pod, dead) {
		return Open
	}
	if dead[name] && o.complete(pod) {
		return Waiting
	}
	if dead[name] {
		return Unreachable
	}
	if x.Starting || (x.Active && x.State != NoRecord) {
		return Open
	}
	if pod.SandboxLost {
		return Waiting
	}
	for pair, condition := range o.edges {
		if pair[0] == name && !oracleHolds(condition, pod.Containers[pair[1]]) {
			return Waiting
		}
	}
	return Open
}

// complete reports whether the pod is complete, for good.
func (o *oracle) complete(pod PodObservation) bool { return o.final(pod) && o.allDone(pod) }

// fails reports whether the pod has failed, for good.
func (o *oracle) fails(pod PodObservation, dead map[string]bool) bool {
	return o.final(pod) && o.stuck(dead)
}

// final reports whether the end of the pod can be told from the observation: it is not outdated, and the exits in it are not
// those of a restart of all containers.
func (o *oracle) final(pod PodObservation) bool { return !pod.Outdated && !o.restarting(pod) }

// allDone reports whether every Standard container has exited for good.
func (o *oracle) allDone(pod PodObservation) bool {
	for _, c := range o.plan.Containers {
		if o.standard(c.Name) && !oracleFinished(pod.Containers[c.Name]) {
			return false
		}
	}
	return true
}

// stuck reports whether a Standard container can never start, under a policy by which the pod fails then.
func (o *oracle) stuck(dead map[string]bool) bool {
	if o.plan.RestartPolicy != v1.RestartPolicyNever && o.plan.RestartPolicy != v1.RestartPolicyOnFailure {
		return false
	}
	for _, c := range o.plan.Containers {
		if o.standard(c.Name) && dead[c.Name] {
			return true
		}
	}
	return false
}

// restarting reports whether a container exited, its exit restarts all containers, and the pod had not ended by then: what
// exited later still ran. A Sidecar's exit does not revive what has succeeded later.
func (o *oracle) restarting(pod PodObservation) bool {
	for name, x := range pod.Containers {
		if x.State != Exited || !x.RestartsAll {
			continue
		}
		then := PodObservation{Containers: map[string]Observation{}}
		for other, y := range pod.Containers {
			if y.State == Exited && y.Since.After(x.Since) && (o.standard(name) || y.ExitCode != 0) {
				y.State = Running
			}
			then.Containers[other] = y
		}
		if !o.allDone(then) && !o.stuck(o.dead(then)) {
			return true
		}
	}
	return false
}

// stopsAfter returns the set of containers that must have stopped before the named one is told to stop.
func (o *oracle) stopsAfter(name string) map[string]bool {
	before := map[string]bool{}
	if !o.native(name) {
		for pair := range o.reach() {
			if pair[1] == name {
				before[pair[0]] = true
			}
		}
		return before
	}
	for _, c := range o.plan.Containers {
		before[c.Name] = true
	}
	later := false
	for _, c := range o.plan.InitContainers {
		if later && c.Native {
			before[c.Name] = true
		}
		later = later || c.Name == name
	}
	return before
}

// stopTimeout returns the container's own stop timeout, or 0.
func (o *oracle) stopTimeout(name string) time.Duration {
	c, _ := o.regular(name)
	if own := oracleLifecycle(c).StopTimeoutSeconds; own != nil {
		return time.Duration(*own) * time.Second
	}
	return 0
}

// runningBefore returns, by container, the running containers among stopsAfter.
func (o *oracle) runningBefore(running map[string]bool) map[string][]string {
	before := map[string][]string{}
	for name := range running {
		for other := range o.stopsAfter(name) {
			if running[other] {
				before[name] = append(before[name], other)
			}
		}
		slices.Sort(before[name])
	}
	return before
}

// longestChain returns the length of the longest chain of running containers that begins with the named one and in which each
// container must stop before the next.
func longestChain(name string, running map[string]bool, before map[string][]string) int {
	longest := 0
	for other := range running {
		if running[other] && slices.Contains(before[other], name) {
			longest = max(longest, longestChain(other, running, before))
		}
	}
	return longest + 1
}

// stop simulates a stop in which each container exits exactly at its limit. It calls told whenever a container is told to
// stop.
func (o *oracle) stop(
	period time.Duration, running map[string]bool, told func(name string, left, limit time.Duration),
) map[string]stopOfContainer {
	stops := map[string]stopOfContainer{}
	before := o.runningBefore(running)
	for now := time.Duration(0); ; {
		for name, runs := range running {
			waits := slices.ContainsFunc(before[name], func(other string) bool { return running[other] })
			if _, told := stops[name]; told || !runs || waits {
				continue
			}
			stages := longestChain(name, running, before)
			floor := min(2*time.Second, (period-now)/time.Duration(stages))
			limit := period - now - time.Duration(stages-1)*floor
			if own := o.stopTimeout(name); own > 0 {
				limit = min(limit, own)
			}
			stops[name] = stopOfContainer{Told: now, Limit: limit, After: before[name]}
			told(name, period-now, limit)
		}
		next := period
		for name, stop := range stops {
			if running[name] {
				next = min(next, stop.Told+stop.Limit)
			}
		}
		if next == now {
			return stops
		}
		now = next
		for name, stop := range stops {
			if stop.Told+stop.Limit <= now {
				running[name] = false
			}
		}
	}
}
