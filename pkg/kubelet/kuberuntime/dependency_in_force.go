// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"slices"

	kubetypes "k8s.io/apimachinery/pkg/types"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	"k8s.io/kubernetes/pkg/kubelet/ordering"
)

// publishOrders lets the kubelet's other packages ask for what is in force for a pod.
func (m *kubeGenericRuntimeManager) publishOrders() {
	ordering.SetRuns(m.pinned.runs)
	ordering.SetHasPlan(m.pinned.has)
	ordering.SetPlanOf(m.planOf)
	ordering.SetReadyWithout(m.records.mayBeReadyWithout)
	ordering.SetStartupPending(m.records.isStartupPending)
}

// planOf returns the plan in force for the containers of the pod that start now, or nil.
func (m *kubeGenericRuntimeManager) planOf(podUID kubetypes.UID) *dependency.Plan {
	kept := m.graphOfPlan(context.Background(), podUID, m.pinned.ofReady(podUID))
	if kept.text == "" {
		// The sandbox that has just been created may not have been listed yet. If there is one without a plan, the pod had no
		// order when it was created.
		m.records.ifKnown(podUID, func(p *podRecord) { kept = p.memo.own })
	}
	if kept.graph == nil {
		return nil
	}
	return kept.graph.Plan()
}

// noteDone notes which containers the pod may be Ready without, by its decisions. A nil order notes none.
func (r *podRecords) noteDone(podUID kubetypes.UID, order *PodOrder) {
	r.ifKnown(podUID, func(p *podRecord) {
		p.done = nil
		if order == nil {
			return
		}
		for name, d := range order.Decisions.Containers {
			if d.ReadyWithout {
				p.done = append(p.done, name)
			}
		}
	})
}

// mayBeReadyWithout reports whether the pod may be Ready although that container is not.
func (r *podRecords) mayBeReadyWithout(podUID kubetypes.UID, container string) (done bool) {
	r.ifKnown(podUID, func(p *podRecord) { done = slices.Contains(p.done, container) })
	return done
}
