// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"testing"
	"testing/synctest"
)

// Random cases of the simulation that once found a fault. They hold as long as the generator stays as it is.
func TestDependencySimulationOfFaults(t *testing.T) {
	withoutErrorHandlers(t)
	for fault, at := range map[string]struct{ seed, number uint64 }{
		"kubelet: a gate opened during the postStart hook of a native sidecar that upstream restarted":           {1410021, 70},
		"kubelet: a stop that began while the runtime was down went by a list that lacked a container":           {18002, 739},
		"checker: a container that exits at the very instant of its kill counted as finished by itself":          {1500000, 673},
		"checker: a jump of the clock moved a kill, but not the exit in a status that had been read before":      {1500002, 633},
		"checker: the same, so that a dependency of a pod that fails counted as Succeeded":                       {1500017, 1129},
		"checker: a jump of the clock moved containers in a status that had been read, but not their sandbox":    {1610000, 456},
		"checker: a liveness probe failed before the startup probe had passed, which passed while it was killed": {1610002, 1722},
	} {
		t.Run(fault, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { simulate(t, at.seed, at.number, map[string]int{}) })
		})
	}
}
