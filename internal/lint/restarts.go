// SPDX-License-Identifier: Apache-2.0

package lint

import (
	"fmt"

	v1 "k8s.io/api/core/v1"
)

// restarts finds Sidecars that their pod's policy does not restart.
var restarts = rule{Rule{"sidecar-not-restarted", "A Sidecar has no restart policy of its own, and the pod's does not restart it."},
	func(c *checked) []Problem {
		if c.Pod.Pod.Spec.RestartPolicy != v1.RestartPolicyOnFailure {
			return nil
		}
		var found []Problem
		for _, l := range all(c.Pod) {
			if !l.native && c.Graph.IsSidecar(l.Name) && l.RestartPolicy == nil {
				found = append(found, Problem{Path: l.path, Message: fmt.Sprintf(
					"the Sidecar %q is not restarted after exit code 0, by the pod's restartPolicy OnFailure: set restartPolicy: Always on it, "+
						"or OnFailure if that is intended", l.Name)})
			}
		}
		return found
	},
}
