// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"maps"

	v1 "k8s.io/api/core/v1"
	kubetypes "k8s.io/apimachinery/pkg/types"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/klog/v2"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	"k8s.io/kubernetes/pkg/kubelet/ordering"
)

// orderMemo caches the last graphs and decisions of a pod, so that a graph is built once per text, and a decision is
// made once per observation.
type orderMemo struct {
	// pinned is the graph of the newest sandbox, own the graph of the pod as it is now.
	pinned, own keptGraph

	// decided are the last decisions of these two graphs.
	decided [2]decided
	// spare is a map to reuse for the next observation.
	spare map[string]dependency.Observation
}

// decided holds the decisions of a graph on an observation.
type decided struct {
	graph     *dependency.Graph
	observed  dependency.PodObservation
	decisions dependency.Decisions
}

// keptGraph is a graph and the text that it was built from.
type keptGraph struct {
	// text is a digest of what the pod says, or the plan pinned to its sandbox.
	text string
	// plan is the graph's plan, encoded.
	plan string
	// graph is nil if there is no order, or an invalid one.
	graph *dependency.Graph
	// invalid is the reason why the order cannot be followed.
	invalid error
}

// ownGraph returns the graph of what the pod says now.
func (m *kubeGenericRuntimeManager) ownGraph(pod *v1.Pod) (kept keptGraph) {
	text := ordering.Said(pod)
	m.records.ifKnown(pod.UID, func(p *podRecord) { kept = p.memo.own })
	if kept.text == text {
		return kept
	}
	kept = keptGraph{text: text}
	if kept.graph, kept.invalid = ordering.ForPod(pod); kept.graph != nil {
		kept.plan, kept.invalid = kept.graph.Plan().Encode()
	}
	m.records.with(pod.UID, func(p *podRecord) { p.memo.own = kept })
	return kept
}

// pinnedGraph returns the graph pinned to the sandbox of the pod. The graph is nil if the sandbox has none that this
// kubelet can follow.
func (m *kubeGenericRuntimeManager) pinnedGraph(ctx context.Context, pod *v1.Pod, sandbox *runtimeapi.PodSandboxStatus) keptGraph {
	return m.graphOfPlan(ctx, pod.UID, sandbox.GetAnnotations()[ordering.PinnedPlanAnnotation])
}

// graphOfPlan returns the graph of an encoded plan that is pinned to a sandbox of the pod.
func (m *kubeGenericRuntimeManager) graphOfPlan(ctx context.Context, podUID kubetypes.UID, text string) (kept keptGraph) {
	if text == "" {
		return keptGraph{}
	}
	m.records.ifKnown(podUID, func(p *podRecord) { kept = p.memo.pinned })
	if kept.text == text {
		return kept
	}
	kept = keptGraph{text: text, plan: text}
	graph, err := parsePinned(text, podUID)
	if err != nil {
		klog.FromContext(ctx).Error(err, "Ignoring the container order that is kept with the sandbox", "podUID", podUID)
	}
	kept.graph = graph
	m.records.with(podUID, func(p *podRecord) { p.memo.pinned = kept })
	return kept
}

func parsePinned(text string, podUID kubetypes.UID) (*dependency.Graph, error) {
	plan, err := dependency.ParsePlan(text, podUID)
	if err != nil {
		return nil, err
	}
	return dependency.New(plan)
}

// observation returns an empty map for an observation.
func (m *orderMemo) observation() map[string]dependency.Observation {
	observation := m.spare
	if m.spare = nil; observation == nil {
		return map[string]dependency.Observation{}
	}
	clear(observation)
	return observation
}

// decisionsOn returns the cached decisions of the graph on an equal observation, and whether there are any.
func (m *orderMemo) decisionsOn(graph *dependency.Graph, observed dependency.PodObservation) (dependency.Decisions, bool) {
	for i := range m.decided {
		if last := &m.decided[i]; last.graph == graph && last.observed.Equal(observed) {
			m.spare = observed.Containers
			return last.decisions, true
		}
	}
	return dependency.Decisions{}, false
}

// keep caches the decisions in place of the graph's last ones. The memo owns the observation from now on.
func (m *orderMemo) keep(d decided) {
	if m.decided[0].graph != d.graph {
		m.decided[0], m.decided[1] = m.decided[1], m.decided[0]
	}
	m.spare = m.decided[0].observed.Containers
	m.decided[0] = d
}

// awaits reports whether the start of others waits for the probes of the running container, by the last decisions.
func (m *orderMemo) awaits(name string) bool {
	for i := range m.decided {
		if _, awaited := m.decided[i].decisions.Awaited[name]; awaited {
			return true
		}
	}
	return false
}

// pin returns the annotations of a sandbox with the plan added. It does not change annotations, which may be the pod's
// own.
func pin(plan string, annotations map[string]string) map[string]string {
	pinned := map[string]string{}
	maps.Copy(pinned, annotations)
	pinned[ordering.PinnedPlanAnnotation] = plan
	return pinned
}
