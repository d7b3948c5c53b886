// SPDX-License-Identifier: Apache-2.0

package applyconfigurations

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	applycorev1 "k8s.io/client-go/applyconfigurations/core/v1"
)

// ForKind also returns the apply configuration of ContainerDependency.
//
//upstream:wrap ForKind body=6b87d78156f9a74a
func ForKind(kind schema.GroupVersionKind) interface{} {
	if kind == corev1.SchemeGroupVersion.WithKind("ContainerDependency") {
		return &applycorev1.ContainerDependencyApplyConfiguration{}
	}
	return upstreamForKind(kind)
}
