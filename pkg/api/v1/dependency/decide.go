// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"fmt"
	"strings"

	v1 "k8s.io/api/core/v1"
)

// Gate says whether a container may be started.
type Gate int

const (
	// Open: the container may be started, and restarted by its own policy.
	Open Gate = iota
	// Waiting: the container waits for others.
	Waiting
	// Unreachable: the container can never start.
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
}

// Decisions is what holds for a pod.
type Decisions struct {
	// Containers has one decision for each regular container, by name.
	Containers map[string]Decision
	// Complete tells that every Standard container has exited for good: the Sidecars are to be stopped.
	Complete bool
	// Failed is not empty when a Standard container can never start and the pod's restart policy is Never or OnFailure:
	// it says which and why, and the pod is to be stopped and failed.
	Failed string
}

// Decide returns what follows from the graph and what is known of the pod. The time it takes grows with the number of
// containers and edges.
func (g *Graph) Decide(pod PodObservation) Decisions {
	decisions := Decisions{Containers: make(map[string]Decision, len(g.plan.Containers)), Complete: true}
	lost := make([]bool, len(g.nodes))
	for i := range g.nodes {
		if g.nodes[i].native {
			lost[i] = pod.SandboxLost
		}
	}
	for _, i := range g.order {
		n := &g.nodes[i]
		d := g.decide(n, pod, lost)
		lost[i] = d.Gate == Unreachable
		decisions.Containers[n.name] = d
		if !n.sidecar && !d.Finished {
			decisions.Complete = false
		}
	}
	if g.plan.RestartPolicy == v1.RestartPolicyNever || g.plan.RestartPolicy == v1.RestartPolicyOnFailure {
		decisions.Failed = g.failure(decisions)
	}
	return decisions
}

// decide needs the answers for all that the container waits for.
func (g *Graph) decide(n *node, pod PodObservation, lost []bool) Decision {
	o := pod.Containers[n.name]
	if o.finished() {
		return Decision{Finished: true}
	}
	if o.Starting || (o.Active && o.State != NoRecord) {
		return Decision{}
	}
	d := Decision{}
	for _, e := range n.waits {
		target := &g.nodes[e.to]
		v, state := e.condition.evaluate(pod.Containers[target.name], lost[e.to])
		if v == holds {
			continue
		}
		d.Gate = max(d.Gate, Waiting)
		if v == never {
			d.Gate = Unreachable
		}
		d.Blockers = append(d.Blockers, Blocker{
			Dependency: Dependency{Container: target.name, Condition: e.condition}, Never: v == never, State: state})
	}
	if pod.SandboxLost {
		d.Gate = Unreachable
	}
	switch d.Gate {
	case Waiting:
		d.Message = waitingMessage(d.Blockers)
	case Unreachable:
		d.Message = g.unreachableMessage(n, d, pod, lost)
	}
	return d
}

func waitingMessage(blockers []Blocker) string {
	texts := make([]string, len(blockers))
	for i, b := range blockers {
		texts[i] = fmt.Sprintf("%q to be %s (%s)", b.Container, b.Condition, b.State)
	}
	return "waiting for " + strings.Join(texts, ", ")
}

// unreachableMessage follows the chain from the container to the root of the matter.
func (g *Graph) unreachableMessage(n *node, d Decision, pod PodObservation, lost []bool) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%q can never start", n.name)
	blockers := d.Blockers
	for {
		root := firstNever(blockers)
		if root == nil {
			text.WriteString(": the pod's sandbox is gone and its restart policy allows no new one")
			return text.String()
		}
		fmt.Fprintf(&text, ": it waits for %q to be %s", root.Container, root.Condition)
		next := g.index[root.Container]
		if !lost[next] {
			fmt.Fprintf(&text, ", which has %s", root.State)
			return text.String()
		}
		text.WriteString(", which can never start")
		blockers = g.neverBlockers(&g.nodes[next], pod, lost)
	}
}

func firstNever(blockers []Blocker) *Blocker {
	for i := range blockers {
		if blockers[i].Never {
			return &blockers[i]
		}
	}
	return nil
}

func (g *Graph) neverBlockers(n *node, pod PodObservation, lost []bool) []Blocker {
	for _, e := range n.waits {
		target := &g.nodes[e.to]
		if v, state := e.condition.evaluate(pod.Containers[target.name], lost[e.to]); v == never {
			return []Blocker{{Dependency: Dependency{Container: target.name, Condition: e.condition}, Never: true, State: state}}
		}
	}
	return nil
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
