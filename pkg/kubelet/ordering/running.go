// SPDX-License-Identifier: Apache-2.0

package ordering

import (
	"sync/atomic"

	"k8s.io/apimachinery/pkg/types"
)

var running atomic.Pointer[func(types.UID) bool]

// SetRuns sets the function behind Runs. The container runtime's manager provides it.
func SetRuns(runs func(types.UID) bool) { running.Store(&runs) }

// Runs reports whether containers of the pod may run in a sandbox to which a plan is pinned, whether the pod's object exists
// or not.
func Runs(uid types.UID) bool {
	runs := running.Load()
	return runs != nil && (*runs)(uid)
}
