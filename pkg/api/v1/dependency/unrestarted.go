// SPDX-License-Identifier: Apache-2.0

package dependency

import v1 "k8s.io/api/core/v1"

// UnrestartedSidecars returns a warning about Sidecars that may exit before the containers that they serve: Sidecars without
// their own restart policy in a pod with policy OnFailure, which are not restarted after exit code 0. (Under policy Never they are
// invalid.) The warning names the Sidecars and the remedy. It is empty if there are none. An API server that knows the
// field defaults the policy of a Sidecar. Behind an API server that does not, the kubelet must not imply it.
func (g *Graph) UnrestartedSidecars() string {
	if g.plan.RestartPolicy != v1.RestartPolicyOnFailure {
		return ""
	}
	text := []byte("Sidecars are not restarted when they exit with code 0, by the pod's restartPolicy OnFailure: ")
	var names []string
	for _, c := range g.plan.Containers {
		if c.Lifecycle.isSidecar() && c.RestartPolicy == "" {
			names = append(names, c.Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	const remedy = ". Set restartPolicy: Always on each of these containers to have it restarted"
	return string(append(appendNames(text, MaxTextBytes-len(remedy), names), remedy...))
}
