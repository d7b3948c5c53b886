// SPDX-License-Identifier: Apache-2.0

package ordering

import (
	"sync/atomic"

	"k8s.io/apimachinery/pkg/types"
)

var running, planned atomic.Pointer[func(types.UID) bool]

// SetRuns sets the function behind Runs. The container runtime's manager provides it.
func SetRuns(runs func(types.UID) bool) { running.Store(&runs) }

// Runs reports whether containers of the pod may run in a sandbox to which a plan is pinned, whether the pod's object exists
// or not.
func Runs(uid types.UID) bool {
	runs := running.Load()
	return runs != nil && (*runs)(uid)
}

// SetHasPlan sets the function behind HasPlan. The container runtime's manager provides it.
func SetHasPlan(hasPlan func(types.UID) bool) { planned.Store(&hasPlan) }

// HasPlan reports whether a plan is pinned to a sandbox of the pod, whether it runs or not, and whatever the pod's annotations
// say now.
func HasPlan(uid types.UID) bool {
	hasPlan := planned.Load()
	return hasPlan != nil && (*hasPlan)(uid)
}
