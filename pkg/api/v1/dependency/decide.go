// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"cmp"
	"fmt"
	"strconv"

	v1 "k8s.io/api/core/v1"
)

// Gate says whether a container may be started.
type Gate int

const (
	// Open means that the container may be started, and restarted by its own policy.
	Open Gate = iota
	// Waiting means that the container waits for others.
	Waiting
	// Unreachable means that the container can never start.
	Unreachable
)

func (g Gate) String() string { return [...]string{"Open", "Waiting", "Unreachable"}[g] }

// Blocker is an edge that does not hold.
type Blocker struct {
	// Dependency is what is waited for.
	Dependency
	// Never tells that the condition can never hold.
	Never bool
	// State says in words what the container that is waited for is doing.
	State string
}

// Decision is what holds for one regular container.
type Decision struct {
	// Gate of the container.
	Gate Gate
	// Finished tells that the container has exited for good: it is not to be started again, in a new sandbox either.
	Finished bool
	// Blockers of a container whose gate is not Open, sorted by name.
	Blockers []Blocker
	// Message for the container's status when the gate is not Open. It is the same as long as the facts are.
	Message string
	// PullImage tells that the image of a waiting container is to be pulled by now: the images of all that it waits for
	// have had their turn.
	PullImage bool
}

// Decisions is what holds for a pod.
type Decisions struct {
	// Containers has one decision for each regular container, by name.
	Containers map[string]Decision
	// Complete tells that every Standard container has exited for good: the Sidecars are to be stopped. An Outdated
	// observation leaves it false.
	Complete bool
	// Failed is not empty when a Standard container can never start and the pod's restart policy is Never or OnFailure:
	// it says which and why, and the pod is to be stopped and failed. An Outdated observation leaves it empty.
	Failed string
	// Awaited are the running containers whose probes keep others from starting: Started where the startup probe is
	// waited for, Ready where the readiness probe is.
	Awaited map[string]Condition
}

// Decide returns what follows from the graph and what is known of the pod. The time it takes grows with the number of
// containers and edges.
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
		if !n.sidecar && !decision.Finished {
			decisions.Complete = false
		}
	}
	d.awaitNatives(&decisions)
	if g.plan.RestartPolicy == v1.RestartPolicyNever || g.plan.RestartPolicy == v1.RestartPolicyOnFailure {
		decisions.Failed = g.failure(decisions)
	}
	if pod.Outdated {
		decisions.Complete, decisions.Failed = false, ""
	}
	return decisions
}

func (d *Decisions) await(container string, probe Condition) {
	if d.Awaited == nil {
		d.Awaited = map[string]Condition{}
	}
	d.Awaited[container] = probe
}

// deciding is a decision in the making.
type deciding struct {
	*Graph
	sandboxLost bool
	observed    []Observation // by node
	states      [][2]string   // by node: what state has answered so far; nil until it is asked
	reasons     []*reason     // by node: why it can never start, nil when it may; nil until there is one
	text        []byte        // where texts are put together
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

// decide needs the answers for all that the container waits for.
func (d *deciding) decide(i int) Decision {
	n, o := &d.nodes[i], &d.observed[i]
	if o.finished() {
		return Decision{Finished: true}
	}
	if o.Starting || (o.Active && o.State != NoRecord) {
		return Decision{}
	}
	decision := Decision{PullImage: true}
	for _, e := range n.waits {
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
		// It runs in a former sandbox: whether it is to start once more is known when it has exited.
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

// awaitNatives adds the native sidecars whose startup probes hold up the init containers after them, and so the pod: that
// is over when a regular container has been created.
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

// state says what the target of the edge is doing. Many containers may wait for one, so it is put in words once; the
// words depend on whether its end is waited for.
func (d *deciding) state(e edge) string {
	kind := 0
	if e.condition == Completed || e.condition == Succeeded {
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
	text := d.text[:0]
	text = append(text, "waiting for "...)
	for i, b := range blockers {
		if i > 0 {
			text = append(text, ", "...)
		}
		text = strconv.AppendQuote(text, b.Container)
		text = append(text, " to be "...)
		text = append(text, b.Condition...)
		text = append(text, " ("...)
		text = append(text, b.State...)
		text = append(text, ')')
	}
	if pullError != "" {
		text = append(text, "; its image cannot be pulled: "...)
		text = append(text, pullError...)
	}
	d.text = text
	return string(text)
}

// reason is why a container can never start: one step of the chain that ends at the root of the matter.
type reason struct {
	// blocker is an edge that can never hold. It is nil when the reason is the lost sandbox.
	blocker *Blocker
	// next is the reason of the blocker's container, and nil when that has started.
	next *reason
	// root is the last reason of the chain, and nil in itself. steps are the reasons before it.
	root  *reason
	steps int
}

func (d *deciding) reason(blockers []Blocker) *reason {
	for i := range blockers {
		if !blockers[i].Never {
			continue
		}
		r := &reason{blocker: &blockers[i], next: d.reasonOf(d.index[blockers[i].Container])}
		if r.next != nil {
			r.root, r.steps = cmp.Or(r.next.root, r.next), r.next.steps+1
		}
		return r
	}
	return &reason{}
}

// unreachableMessage follows the chain from the container to the root of the matter. A long chain is cut in the middle:
// every container of it has a message of its own.
func (d *deciding) unreachableMessage(i int) string {
	const limit = 8
	text := append(strconv.AppendQuote(d.text[:0], d.nodes[i].name), " can never start"...)
	r := d.reasons[i]
	for step := 0; r != nil; step++ {
		if step == limit && r.steps > 1 {
			text = fmt.Appendf(text, ": and so on, %d more", r.steps)
			r = r.root
		}
		if r.blocker == nil {
			text = append(text, ": the pod's sandbox is gone and its restart policy allows no new one"...)
			break
		}
		text = append(text, ": it waits for "...)
		text = strconv.AppendQuote(text, r.blocker.Container)
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
	return string(text)
}

// failure is the message of the first Standard container, in the order of the pod, that can never start.
func (g *Graph) failure(decisions Decisions) string {
	for _, c := range g.plan.Containers {
		d := decisions.Containers[c.Name]
		if d.Gate == Unreachable && g.IsStandard(c.Name) {
			return d.Message
		}
	}
	return ""
}
