// SPDX-License-Identifier: Apache-2.0

package lint

import (
	"fmt"

	"kubelet-ordering/pkg/api/v1/dependency"
)

// probes finds containers that others await, although nothing tells when they are ready.
var probes = rule{Rule{"sidecar-without-probe", "Others wait until the container is Ready, and without a probe that is as soon as it runs."},
	func(c *checked) []Problem {
		var found []Problem
		for _, l := range all(c.Pod) {
			if l.ReadinessProbe != nil || l.StartupProbe != nil || l.Lifecycle != nil && l.Lifecycle.PostStart != nil {
				continue
			}
			dependent := ""
			for _, e := range c.Edges {
				if e.Dependency == l.Name && e.Condition == dependency.Ready && (c.isSidecar(l) || e.Strength == dependency.Named) {
					dependent = e.Dependent
					break
				}
			}
			if dependent != "" {
				found = append(found, Problem{Path: l.path, Message: fmt.Sprintf(
					"%q waits for %q to be Ready, which has no readiness or startup probe and so counts as Ready as soon as it runs: "+
						"give it a probe, or wait for Started", dependent, l.Name)})
			}
		}
		return found
	},
}
