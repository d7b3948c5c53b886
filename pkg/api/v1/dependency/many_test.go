// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"fmt"
	"strings"

	v1 "k8s.io/api/core/v1"
)

func manyName(i int) string { return fmt.Sprintf("c%04d", i) }

// manyContainers returns a pod with n containers, each of which waits for up to ten others.
func manyContainers(n int) *v1.Pod {
	b := newPod().policy(v1.RestartPolicyAlways)
	for i := range n {
		var entries []string
		for k := 1; k <= 10 && i-k*k >= 0; k++ {
			entries = append(entries, fmt.Sprintf(`{"container":%q,"condition":"Ready"}`, manyName(i-k*k)))
		}
		b.container(manyName(i), `{"dependsOn":[`+strings.Join(entries, ",")+`]}`)
	}
	return b.pod
}

// chain returns a plan in which each container waits for the previous one to succeed.
func chain(n int) *Plan {
	plan := &Plan{RestartPolicy: v1.RestartPolicyNever, GracePeriodSeconds: 30}
	for i := range n {
		c := PlannedContainer{Name: manyName(i)}
		if i > 0 {
			c.Lifecycle = &Lifecycle{DependsOn: []Dependency{{Container: manyName(i - 1), Condition: Succeeded}}}
		}
		plan.Containers = append(plan.Containers, c)
	}
	return plan
}
