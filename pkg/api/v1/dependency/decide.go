// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"cmp"
	"fmt"
)

// Gate is the state of a container's start gate.
type Gate int

const (
	// Open means that the container may start, and restarts by its restart policy alone.
	Open Gate = iota
	// Waiting means that the container waits for its dependencies.
	Waiting
	// Unreachable means that the container can never start.
	Unreachable
)

func (g Gate) String() string { return [...]string{"Open", "Waiting", "Unreachable"}[g] }

// Blocker is an edge that does not hold.
type Blocker struct {
	// Dependency is the awaited container and condition. The condition of an edge by the list is that a start of the container
	// has ended.
	Dependency
	// Never reports whether the condition can never hold.
	Never bool
	// State describes the state of the awaited container.
	State string
}

// Decision is the decision for one regular container.
type Decision struct {
	// Gate of the container.
	Gate Gate
	// Finished reports whether the container has exited for good: it must not start again, not even in a new sandbox. In a
	// pod that is complete or has failed, every Sidecar that has exited is Finished, whatever its restart policy.
	Finished bool
	// ReadyWithout reports whether the pod may be Ready although the container is not, because it has done its part: it has
	// finished and others wait for its end, or it is a Sidecar that has Succeeded.
	ReadyWithout bool
	// Blockers of a container whose gate is not Open, sorted by name.
	Blockers []Blocker
	// Message for the container's status if the gate is not Open. The same facts give the same message.
	Message string
	// PullImage reports whether to pull the image of a waiting container now: the images of all its dependencies have had
	// their turn.
	PullImage bool
}

// Decisions are the decisions for a pod.
type Decisions struct {
	// Containers has one decision for each regular container, by name.
	Containers map[string]Decision
	// Complete reports whether every Standard container has exited for good, so that the Sidecars must stop. It is false
	// for an Outdated observation, and while Restarting.
	Complete bool
	// Failed is set if a Standard container can never start and the pod's restart policy is Never or OnFailure. It names
	// the container and the cause; the pod must stop and fail. It is empty for an Outdated observation, and while
	// Restarting.
	Failed string
	// Restarting reports whether a restart of all containers has begun: a container has exited, its rules restart all, and
	// the pod had neither completed nor failed by then. The containers that have exited since then run again, so their exits
	// do not mean that the pod has ended.
	Restarting bool
	// Awaited has the running containers whose probes block the start of others: Started if the startup probe is
	// awaited, Ready if the readiness probe is.
	Awaited map[string]Condition
}

// Decide returns the decisions that follow from the graph and the observation of the pod. Its running time grows with the
// number of containers and edges.
func (g *Graph) Decide(pod PodObservation) Decisions {
	d := deciding{Graph: g, sandboxLost: pod.SandboxLost, observed: make([]Observation, len(g.nodes))}
	for i := range g.nodes {
		d.observed[i] = pod.Containers[g.nodes[i].name]
		if g.nodes[i].native && pod.SandboxLost {
			d.setReason(i, &reason{})
		}
	}
	decisions := Decisions{Containers: make(map[string]Decision, len(g.order)), Complete: true}
	for _, i := range g.order {
		n := &g.nodes[i]
		decision := d.decide(i)
		decisions.Containers[n.name] = decision
		for _, b := range decision.Blockers {
			if probe, awaited := b.Condition.awaitedProbe(&d.observed[d.index[b.Container]]); awaited {
				decisions.await(b.Container, probe)
			}
		}
		if n.standard() && !decision.Finished {
			decisions.Complete = false
		}
	}
	d.awaitNatives(&decisions)
	if g.plan.failsFast() {
		decisions.Failed = d.failure(decisions)
	}
	decisions.Restarting = d.restartBegan()
	if pod.Outdated || decisions.Restarting {
		decisions.Complete, decisions.Failed = false, ""
	}
	if decisions.Complete || decisions.Failed != "" {
		d.retireSidecars(decisions)
	}
	return decisions
}

// retireSidecars decides for the Sidecars of a pod that is complete or has failed, in which nothing starts any more. Those
// that have exited have done their part. Those that never ran were not needed in a pod that is complete.
func (d *deciding) retireSidecars(decisions Decisions) {
	for i := range d.nodes {
		n := &d.nodes[i]
		switch decision := decisions.Containers[n.name]; {
		case !n.sidecar():
		case d.observed[i].State == Exited && !d.observed[i].Starting:
			decisions.Containers[n.name] = Decision{Finished: true, ReadyWithout: decision.ReadyWithout}
		case decisions.Complete && (decision.Gate == Unreachable || decision.Gate == Open && !decision.Finished && !d.observed[i].settled()):
			decisions.Containers[n.name] = Decision{Gate: Waiting, Message: "not started before the pod was complete"}
		}
	}
}

func (d *Decisions) await(container string, probe Condition) {
	if d.Awaited == nil {
		d.Awaited = map[string]Condition{}
	}
	d.Awaited[container] = probe
}

// deciding is the state of one call of Decide.
type deciding struct {
	*Graph
	sandboxLost bool
	observed    []Observation // by node
	states      [][2]string   // by node: cached results of state; nil until the first call
	reasons     []*reason     // by node: why it can never start, nil if it can; nil until there is a reason
	text        []byte        // buffer for building texts
}

func (d *deciding) reasonOf(i int) *reason {
	if d.reasons == nil {
		return nil
	}
	return d.reasons[i]
}

func (d *deciding) setReason(i int, r *reason) {
	if d.reasons == nil {
		d.reasons = make([]*reason, len(d.nodes))
	}
	d.reasons[i] = r
}

// decide decides for one container. The reasons of all its dependencies must be known.
func (d *deciding) decide(i int) Decision {
	n, o := &d.nodes[i], &d.observed[i]
	if o.finished() {
		return Decision{Finished: true, ReadyWithout: n.endAwaited || n.sidecar() && o.succeeded()}
	}
	if o.settled() {
		return Decision{}
	}
	decision := Decision{PullImage: true}
	for _, e := range n.waits {
		if e.condition == None {
			continue
		}
		decision.PullImage = decision.PullImage && d.observed[e.to].hasImage()
		v := e.condition.evaluate(&d.observed[e.to], d.reasonOf(e.to) != nil)
		if v == holds {
			continue
		}
		decision.Gate = max(decision.Gate, Waiting)
		if v == never {
			decision.Gate = Unreachable
		}
		if decision.Blockers == nil {
			decision.Blockers = make([]Blocker, 0, len(n.waits))
		}
		decision.Blockers = append(decision.Blockers, Blocker{
			Dependency: Dependency{Container: d.nodes[e.to].name, Condition: e.condition},
			Never:      v == never,
			State:      d.state(e),
		})
	}
	if d.sandboxLost {
		decision.Gate = Unreachable
	}
	if o.State == Running && decision.Gate == Unreachable {
		// It still runs in a former sandbox. Whether it must start again is known only after it has exited.
		decision.Gate, decision.Message, decision.PullImage = Waiting, "waiting for its end in a former sandbox", false
		return decision
	}
	decision.PullImage = decision.PullImage && decision.Gate == Waiting
	switch decision.Gate {
	case Waiting:
		decision.Message = d.waitingMessage(decision.Blockers, o.PullError)
	case Unreachable:
		d.setReason(i, d.reason(decision.Blockers))
		decision.Message = d.unreachableMessage(i)
	}
	return decision
}

// awaitNatives adds the native sidecars whose startup probes block the init containers after them, and so the whole pod.
// Once a regular container has been created, no startup probe of a native sidecar blocks the pod any longer.
func (d *deciding) awaitNatives(decisions *Decisions) {
	for i := range d.nodes {
		if !d.nodes[i].native && d.observed[i].Active {
			return
		}
	}
	for i := range d.nodes {
		o := &d.observed[i]
		if d.nodes[i].native && o.State == Running && o.Active && !o.Started && !o.Starting {
			decisions.await(d.nodes[i].name, Started)
		}
	}
}

// state describes the state of the edge's target. Many containers may wait for the same target, so the text is built only
// once. It depends on whether the edge waits for the target's exit.
func (d *deciding) state(e edge) string {
	kind := 0
	if e.condition.awaitsEnd() {
		kind = 1
	}
	if d.states == nil {
		d.states = make([][2]string, len(d.nodes))
	}
	text := &d.states[e.to][kind]
	if *text == "" {
		d.text = e.condition.describe(d.text[:0], &d.observed[e.to])
		*text = string(d.text)
	}
	return *text
}

func (d *deciding) waitingMessage(blockers []Blocker, pullError string) string {
	end := ""
	if pullError != "" {
		end = "; its image cannot be pulled: " + shorten(pullError, 2*maxValueBytes)
	}
	text := d.text[:0]
	text = append(text, "waiting for "...)
	text = appendList(text, MaxTextBytes-len(end), len(blockers), func(text []byte, i int) []byte {
		b := &blockers[i]
		if b.Condition == StartEnded {
			text = appendName(append(text, "the postStart hook of "...), b.Container)
		} else {
			text = append(append(appendName(text, b.Container), " to be "...), b.Condition...)
		}
		text = append(text, " ("...)
		text = append(text, b.State...)
		return append(text, ')')
	})
	text = append(text, end...)
	d.text = text
	return bounded(text)
}

// reason is why a container can never start. It is one step of the chain that ends at the root cause.
type reason struct {
	// blocker is an edge that can never hold. It is nil if the cause is the lost sandbox.
	blocker *Blocker
	// next is the reason of the blocker's container. It is nil if that container has started.
	next *reason
	// root is the last reason of the chain, and nil in the last reason itself. steps counts the reasons before root.
	root  *reason
	steps int
}

// lostSandbox reports whether the root cause is the lost sandbox.
func (r *reason) lostSandbox() bool { return cmp.Or(r.root, r).blocker == nil }

// reason returns the reason that the blockers give. A cause other than the lost sandbox takes precedence: a pod loses its
// sandbox because it has failed, and its message must go on to name the cause.
func (d *deciding) reason(blockers []Blocker) *reason {
	first := &reason{}
	for i := range blockers {
		if !blockers[i].Never {
			continue
		}
		r := &reason{blocker: &blockers[i], next: d.reasonOf(d.index[blockers[i].Container])}
		if r.next != nil {
			r.root, r.steps = cmp.Or(r.next.root, r.next), r.next.steps+1
		}
		if !r.lostSandbox() {
			return r
		}
		if first.blocker == nil {
			first = r
		}
	}
	return first
}

// unreachableMessage follows the chain from the container to the root cause. It leaves out the middle of a long chain, since
// every container of the chain has its own message.
func (d *deciding) unreachableMessage(i int) string {
	// The text names the container itself, at most so many of the chain, and the root cause. So many long names fit.
	const limit = MaxTextNames - 2
	text := append(appendName(d.text[:0], d.nodes[i].name), " can never start"...)
	r := d.reasons[i]
	for step := 0; r != nil; step++ {
		if step == limit && r.steps > 0 {
			text = fmt.Appendf(text, ": and so on, %d more", r.steps)
			r = r.root
		}
		if r.blocker == nil {
			text = append(text, ": the pod's sandbox is gone and its restart policy allows no new one"...)
			break
		}
		text = append(text, ": it waits for "...)
		text = appendName(text, r.blocker.Container)
		text = append(text, " to be "...)
		text = append(text, r.blocker.Condition...)
		if r.next == nil {
			text = append(text, ", which has "...)
			text = append(text, r.blocker.State...)
		} else {
			text = append(text, ", which can never start"...)
		}
		r = r.next
	}
	d.text = text
	return bounded(text)
}

// failure returns the message of the pod's first Standard container that can never start, in the order of the list. As in
// reason, a cause other than the lost sandbox takes precedence.
func (d *deciding) failure(decisions Decisions) string {
	first := ""
	for i := range d.plan.Containers {
		decision := decisions.Containers[d.nodes[i].name]
		if decision.Gate != Unreachable || d.nodes[i].sidecar() {
			continue
		}
		if !d.reasons[i].lostSandbox() {
			return decision.Message
		}
		first = cmp.Or(first, decision.Message)
	}
	return first
}
