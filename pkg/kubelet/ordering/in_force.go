// SPDX-License-Identifier: Apache-2.0

package ordering

import (
	"sync/atomic"

	"k8s.io/apimachinery/pkg/types"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
)

var (
	planOf       atomic.Pointer[func(types.UID) *dependency.Plan]
	readyWithout atomic.Pointer[func(types.UID, string) bool]
	pending      atomic.Pointer[func(types.UID, string, string) bool]
)

// SetPlanOf sets the function behind PlanOf. The container runtime's manager provides it.
func SetPlanOf(of func(types.UID) *dependency.Plan) { planOf.Store(&of) }

// PlanOf returns the plan in force for the containers of the pod that start now, whatever the pod's annotations say. It returns
// nil if there is none, or if this kubelet does not follow the order of containers.
func PlanOf(uid types.UID) *dependency.Plan {
	of := planOf.Load()
	if of == nil || !Enabled() {
		return nil
	}
	return (*of)(uid)
}

// SetReadyWithout sets the function behind ReadyWithout. The container runtime's manager provides it.
func SetReadyWithout(without func(uid types.UID, container string) bool) {
	readyWithout.Store(&without)
}

// ReadyWithout reports whether the pod may be Ready although that container, which has finished, is not. It follows from the last
// decisions for the pod.
func ReadyWithout(uid types.UID, container string) bool {
	without := readyWithout.Load()
	return without != nil && Enabled() && (*without)(uid, container)
}

// SetStartupPending sets the function behind StartupPending. The container runtime's manager provides it.
func SetStartupPending(of func(uid types.UID, container, containerID string) bool) {
	pending.Store(&of)
}

// StartupPending reports whether the container with that ID of the runtime, in a pod that has an order, runs, but has yet to pass its
// startup probe. It follows from the last observation of the pod.
func StartupPending(uid types.UID, container, containerID string) bool {
	of := pending.Load()
	return of != nil && Enabled() && (*of)(uid, container, containerID)
}
