// SPDX-License-Identifier: Apache-2.0

package pod

import (
	utilfeature "k8s.io/apiserver/pkg/util/feature"

	api "k8s.io/kubernetes/pkg/apis/core"
	"k8s.io/kubernetes/pkg/apis/core/helper"
	"k8s.io/kubernetes/pkg/features"
)

// dropContainerStopSignals drops the fields of disabled features from the containers' lifecycles: the stop signal, as upstream
// does, and the ordering fields. It keeps the fields of a feature that the old spec uses. It replaces upstream's function
// because that compares lifecycles with ==, and they are no longer comparable.
//
//upstream:replace dropContainerStopSignals body=7adbb3b050eb5af9
func dropContainerStopSignals(podSpec, oldPodSpec *api.PodSpec) {
	if !utilfeature.DefaultFeatureGate.Enabled(features.ContainerStopSignals) && !containerStopSignalsInUse(oldPodSpec) {
		dropFromLifecycles(podSpec,
			func(l *api.Lifecycle) bool { return l.StopSignal != nil },
			func(l *api.Lifecycle) { l.StopSignal = nil })
	}
	if !utilfeature.DefaultFeatureGate.Enabled(features.ContainerDependencies) && !containerOrderInUse(oldPodSpec) {
		dropFromLifecycles(podSpec, helper.LifecycleHasOrder,
			func(l *api.Lifecycle) {
				l.Type, l.DependsOn, l.Before, l.PreStopTiming, l.StopTimeoutSeconds = nil, nil, nil, nil, nil
			})
	}
}

// dropFromLifecycles applies drop to the lifecycles for which has returns true. It sets a lifecycle to nil if drop leaves it
// empty.
func dropFromLifecycles(podSpec *api.PodSpec, has func(*api.Lifecycle) bool, drop func(*api.Lifecycle)) {
	for c := range ContainerIter(podSpec, AllContainers) {
		l := c.Lifecycle
		if l == nil || !has(l) {
			continue
		}
		drop(l)
		if l.PostStart == nil && l.PreStop == nil && l.StopSignal == nil && !helper.LifecycleHasOrder(l) {
			c.Lifecycle = nil
		}
	}
}

func containerOrderInUse(podSpec *api.PodSpec) bool {
	if podSpec == nil {
		return false
	}
	for c := range ContainerIter(podSpec, AllContainers) {
		if helper.LifecycleHasOrder(c.Lifecycle) {
			return true
		}
	}
	return false
}
