// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"fmt"
	"strconv"
	"strings"

	v1 "k8s.io/api/core/v1"
)

// UnrestartedSidecars warns of Sidecars that end before the containers that they serve: those without a restart policy of
// their own in a pod whose policy is Never or OnFailure. It names them and the remedy, and is empty when there are none. An
// API server that knows the field sets that policy; behind one that does not, the kubelet may not imply it.
func (g *Graph) UnrestartedSidecars() string {
	when := ""
	switch g.plan.RestartPolicy {
	case v1.RestartPolicyNever:
		when = "when they exit"
	case v1.RestartPolicyOnFailure:
		when = "when they exit with code 0"
	default:
		return ""
	}
	var names []string
	for _, c := range g.plan.Containers {
		if c.Lifecycle.isSidecar() && c.RestartPolicy == "" {
			names = append(names, strconv.Quote(c.Name))
		}
	}
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf("Sidecars are not restarted %s, by the pod's restartPolicy %s: %s. Set restartPolicy: Always on each of these containers to have it restarted",
		when, g.plan.RestartPolicy, strings.Join(names, ", "))
}
