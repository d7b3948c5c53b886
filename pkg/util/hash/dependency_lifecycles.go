// SPDX-License-Identifier: Apache-2.0

package hash

import (
	v1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/apis/core"
)

// unsetOrders returns the lifecycles of the pod that set none of our fields.
func unsetOrders(spec *v1.PodSpec) []*v1.Lifecycle {
	var unset []*v1.Lifecycle
	add := func(l *v1.Lifecycle) {
		if l != nil && l.Type == nil && l.DependsOn == nil && l.Before == nil && l.PreStopTiming == nil && l.StopTimeoutSeconds == nil {
			unset = append(unset, l)
		}
	}
	for i := range spec.InitContainers {
		add(spec.InitContainers[i].Lifecycle)
	}
	for i := range spec.Containers {
		add(spec.Containers[i].Lifecycle)
	}
	for i := range spec.EphemeralContainers {
		add(spec.EphemeralContainers[i].Lifecycle)
	}
	return unset
}

// internalUnsetOrders does the same for the internal version, which the kubelet uses for static pods.
func internalUnsetOrders(spec *core.PodSpec) []*core.Lifecycle {
	var unset []*core.Lifecycle
	add := func(l *core.Lifecycle) {
		if l != nil && l.Type == nil && l.DependsOn == nil && l.Before == nil && l.PreStopTiming == nil && l.StopTimeoutSeconds == nil {
			unset = append(unset, l)
		}
	}
	for i := range spec.InitContainers {
		add(spec.InitContainers[i].Lifecycle)
	}
	for i := range spec.Containers {
		add(spec.Containers[i].Lifecycle)
	}
	for i := range spec.EphemeralContainers {
		add(spec.EphemeralContainers[i].Lifecycle)
	}
	return unset
}
