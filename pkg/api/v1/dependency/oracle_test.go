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

// said returns what a container says, by its name. No lifecycle says nothing.
func (o *oracle) said(name string) Lifecycle {
	if c, regular := o.regular(name); regular {
		return oracleLifecycle(c)
	}
	for _, c := range o.plan.InitContainers {
		if c.Name == name && c.Native && c.Lifecycle != nil {
			return *c.Lifecycle
		}
	}
	return Lifecycle{}
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

// speakers are the names of the regular containers and native sidecars.
func (o *oracle) speakers() []string {
	var speakers []string
	for _, c := range o.plan.Containers {
		speakers = append(speakers, c.Name)
	}
	for _, c := range o.plan.InitContainers {
		if c.Native {
			speakers = append(speakers, c.Name)
		}
	}
	return speakers
}

func (o *oracle) sidecar(name string) bool {
	c, regular := o.regular(name)
	return regular && oracleLifecycle(c).Type == Sidecar
}

func (o *oracle) standard(name string) bool {
	_, regular := o.regular(name)
	return regular && !o.sidecar(name)
}

// isOf reports whether the container is of the type. A native sidecar is a Sidecar if it says so.
func (o *oracle) isOf(name string, kind Type) bool {
	return kind == Standard && o.standard(name) || kind == Sidecar && o.said(name).Type == Sidecar
}

func oracleCondition(d Dependency) Condition {
	if d.Condition == "" {
		return Ready
	}
	return d.Condition
}

// statements returns what is said about each pair with the given strength: X waits for Y. Of two entries, X's own counts.
func (o *oracle) statements(strength Strength) map[[2]string]Condition {
	said := map[[2]string]Condition{}
	for _, x := range o.speakers() {
		for _, y := range o.speakers() {
			if x == y || o.native(x) {
				continue
			}
			about := func(d Dependency, name string) bool {
				if strength == Named {
					return d.Type == "" && d.Container == name
				}
				return d.Type != "" && o.isOf(name, d.Type)
			}
			switch strength {
			case Named, ByType:
				for _, d := range slices.Backward(o.said(y).Before) {
					if about(d, x) {
						said[[2]string{x, y}] = oracleCondition(d)
					}
				}
				for _, d := range slices.Backward(o.said(x).DependsOn) {
					if about(d, y) {
						said[[2]string{x, y}] = oracleCondition(d)
					}
				}
			case BySidecar:
				if o.standard(x) && o.isOf(y, Sidecar) {
					said[[2]string{x, y}] = Ready
				}
			case ByList:
				earlier, _ := o.regular(y)
				if earlier.PostStart && o.place(y) < o.place(x) {
					said[[2]string{x, y}] = StartEnded
				}
			}
		}
	}
	return said
}

// place is the place of a regular container in the list.
func (o *oracle) place(name string) int {
	return slices.IndexFunc(o.plan.Containers, func(c PlannedContainer) bool { return c.Name == name })
}

// oracleEdges adds the strengths one after the other, the strongest first. A statement about a pair of which a stronger one has
// spoken does not count, and an edge that is not named is dropped if its ends lie in one strongly connected component of
// all edges that are as strong or stronger. The list does not count against edges with None, and they not against it.
func oracleEdges(plan *Plan) map[[2]string]Condition {
	o := &oracle{plan: plan}
	edges, spoken := map[[2]string]Condition{}, map[[2]string]bool{}
	for _, strength := range []Strength{Named, ByType, BySidecar, ByList} {
		added := map[[2]string]Condition{}
		for pair, condition := range o.statements(strength) {
			if !spoken[pair] {
				added[pair] = condition
			}
			spoken[pair] = true
		}
		all := map[[2]string]bool{}
		for _, m := range []map[[2]string]Condition{edges, added} {
			for pair, condition := range m {
				// The list orders the start alone, and None the stop alone.
				if strength != ByList || condition != None {
					all[pair] = true
				}
			}
		}
		reach := oracleClosure(all)
		for pair, condition := range added {
			if strength == Named || !reach[[2]string{pair[1], pair[0]}] {
				edges[pair] = condition
			}
		}
	}
	return edges
}

// oracleClosure returns the transitive closure of the pairs.
func oracleClosure(pairs map[[2]string]bool) map[[2]string]bool {
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

// reach returns which container waits for which in the end, and stops before it. The list orders the start alone.
func (o *oracle) reach() map[[2]string]bool {
	pairs := map[[2]string]bool{}
	for pair, condition := range o.edges {
		if condition != StartEnded {
			pairs[pair] = true
		}
	}
	return oracleClosure(pairs)
}

// valid reports whether the pod is valid by the rules of KEP.md.
func (o *oracle) valid() bool {
	sidecars := 0
	for _, name := range o.speakers() {
		l, native := o.said(name), o.native(name)
		if !slices.Contains([]Type{"", Standard, Sidecar}, l.Type) || native && l.Type == Standard || native && len(l.DependsOn) > 0 {
			return false
		}
		if !slices.Contains([]PreStopTiming{"", InTurn, AtTermination}, l.PreStopTiming) {
			return false
		}
		if l.StopTimeoutSeconds != nil && (*l.StopTimeoutSeconds < 1 || *l.StopTimeoutSeconds > o.plan.GracePeriodSeconds) {
			return false
		}
		if c, _ := o.regular(name); o.sidecar(name) {
			sidecars++
			if o.plan.RestartPolicy == v1.RestartPolicyNever && c.RestartPolicy == "" {
				return false
			}
		}
		for _, list := range [][]Dependency{l.DependsOn, l.Before} {
			twice := map[[2]string]bool{}
			for _, d := range list {
				target := [2]string{d.Container, string(d.Type)}
				if (d.Container == "") == (d.Type == "") || twice[target] || d.Container == name {
					return false
				}
				twice[target] = true
				if !slices.Contains([]Condition{"", Started, Ready, Completed, Succeeded, None}, d.Condition) {
					return false
				}
				if d.Type != "" && (d.Type != Standard && d.Type != Sidecar || d.Condition == Completed || d.Condition == Succeeded) {
					return false
				}
			}
		}
		for _, d := range l.DependsOn {
			_, regular := o.regular(d.Container)
			if d.Type == "" && !regular && !o.native(d.Container) && !d.Optional || !o.mayAwait(name, d.Container, d.Condition) {
				return false
			}
		}
		for _, d := range l.Before {
			if !o.mayAwait(d.Container, name, d.Condition) {
				return false
			}
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

// mayAwait reports whether one container may wait for the other with this condition, if they can wait for one another at all.
func (o *oracle) mayAwait(x, y string, condition Condition) bool {
	_, regular := o.regular(x)
	if !regular || condition != Completed && condition != Succeeded {
		return true
	}
	_, known := o.regular(y)
	return !o.native(y) && (!known || !o.alwaysRestarts(y) && (!o.sidecar(x) || o.sidecar(y)))
}

func (o *oracle) alwaysRestarts(name string) bool {
	c, _ := o.regular(name)
	if c.RestartPolicy != "" {
		return c.RestartPolicy == v1.ContainerRestartPolicyAlways
	}
	return o.plan.RestartPolicy == "" || o.plan.RestartPolicy == v1.RestartPolicyAlways
}

func oracleFinished(x Observation) bool { return x.State == Exited && !x.Restarts && !x.Starting }

// oracleSucceeded reports whether the container has exited for good, with code 0 and by itself.
func oracleSucceeded(x Observation) bool { return oracleFinished(x) && x.ExitCode == 0 && !x.Stopped }

func oracleHolds(c Condition, x Observation) bool {
	switch c {
	case None:
		return true
	case StartEnded:
		return x.Attempted || oracleFinished(x) || x.Active && x.State == Running && !x.Starting
	}
	if x.Starting {
		return false
	}
	switch c {
	case Started:
		return oracleSucceeded(x) || x.Active && x.Started && (x.State == Running || x.State == Exited)
	case Ready:
		return oracleSucceeded(x) || x.Active && x.Started && x.Ready && x.State == Running
	case Completed:
		return oracleFinished(x)
	default:
		return oracleSucceeded(x)
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
	return condition != StartEnded && !oracleHolds(condition, x) && (dead[target] || oracleFinished(x))
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
	unstarted := !x.Starting && (!x.Active || x.State == NoRecord)
	if o.complete(pod) && (dead[name] || o.sidecar(name) && unstarted) {
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
		if pair[0] == name && !oracleHolds(condition, pod.Containers[pair[1]]) && (condition != StartEnded || !dead[pair[1]]) {
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
			if y.State == Exited && y.Since.After(x.Since) && (o.standard(name) || y.ExitCode != 0 || y.Stopped) {
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

// readyWithout reports whether the pod may be Ready although the container has finished.
func (o *oracle) readyWithout(name string, pod PodObservation) bool {
	x := pod.Containers[name]
	for pair, condition := range o.edges {
		if pair[1] == name && (condition == Completed || condition == Succeeded) && oracleFinished(x) {
			return true
		}
	}
	return o.sidecar(name) && oracleSucceeded(x)
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
	if own := o.said(name).StopTimeoutSeconds; own != nil {
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
