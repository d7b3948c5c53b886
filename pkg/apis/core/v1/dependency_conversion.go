// SPDX-License-Identifier: Apache-2.0

package v1

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/conversion"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/kubernetes/pkg/apis/core"
)

func init() { localSchemeBuilder.Register(registerDependencyConversions) }

// registerDependencyConversions registers the conversions of ContainerDependency. Upstream's conversion of Lifecycle does not
// use them: it casts the whole struct.
func registerDependencyConversions(s *runtime.Scheme) error {
	if err := s.AddGeneratedConversionFunc(
		(*corev1.ContainerDependency)(nil), (*core.ContainerDependency)(nil),
		func(a, b interface{}, scope conversion.Scope) error {
			return Convert_v1_ContainerDependency_To_core_ContainerDependency(
				a.(*corev1.ContainerDependency), b.(*core.ContainerDependency), scope)
		},
	); err != nil {
		return err
	}
	return s.AddGeneratedConversionFunc(
		(*core.ContainerDependency)(nil), (*corev1.ContainerDependency)(nil),
		func(a, b interface{}, scope conversion.Scope) error {
			return Convert_core_ContainerDependency_To_v1_ContainerDependency(
				a.(*core.ContainerDependency), b.(*corev1.ContainerDependency), scope)
		},
	)
}

// Convert_v1_ContainerDependency_To_core_ContainerDependency converts to the internal version. in and out share memory.
func Convert_v1_ContainerDependency_To_core_ContainerDependency(
	in *corev1.ContainerDependency, out *core.ContainerDependency, _ conversion.Scope,
) error {
	out.Container = in.Container
	out.Type = core.LifecycleType(in.Type)
	out.Condition = core.ContainerDependencyCondition(in.Condition)
	out.Optional = in.Optional
	return nil
}

// Convert_core_ContainerDependency_To_v1_ContainerDependency converts from the internal version. in and out share memory.
func Convert_core_ContainerDependency_To_v1_ContainerDependency(
	in *core.ContainerDependency, out *corev1.ContainerDependency, _ conversion.Scope,
) error {
	out.Container = in.Container
	out.Type = corev1.LifecycleType(in.Type)
	out.Condition = corev1.ContainerDependencyCondition(in.Condition)
	out.Optional = in.Optional
	return nil
}
