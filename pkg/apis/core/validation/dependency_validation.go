// SPDX-License-Identifier: Apache-2.0

package validation

import (
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	"k8s.io/kubernetes/pkg/api/v1/dependency/apifield"
	"k8s.io/kubernetes/pkg/apis/core"
	"k8s.io/kubernetes/pkg/apis/core/helper"
	corev1 "k8s.io/kubernetes/pkg/apis/core/v1"
)

// validatePodMetadataAndSpec also validates the container order in the pod's fields.
//
//upstream:wrap validatePodMetadataAndSpec body=6ec666f2335b01f5
func validatePodMetadataAndSpec(pod *core.Pod, opts PodValidationOptions) field.ErrorList {
	errs := upstreamValidatePodMetadataAndSpec(pod, opts)
	if tooLong(errs, field.NewPath("metadata", "annotations")) {
		return errs
	}
	return append(errs, validateContainerOrder(nil, &pod.ObjectMeta, &pod.Spec)...)
}

// ValidatePodTemplateSpec also validates the container order in the template's fields.
//
//upstream:wrap ValidatePodTemplateSpec body=76185e638d3b7ac3
func ValidatePodTemplateSpec(spec *core.PodTemplateSpec, fldPath *field.Path, opts PodValidationOptions) field.ErrorList {
	errs := upstreamValidatePodTemplateSpec(spec, fldPath, opts)
	if tooLong(errs, fldPath.Child("annotations")) {
		return errs
	}
	return append(errs, validateContainerOrder(fldPath, &spec.ObjectMeta, &spec.Spec)...)
}

// tooLong reports whether upstream refuses the annotations as too large, which does not keep it from calling later checks.
func tooLong(errs field.ErrorList, annotations *field.Path) bool {
	path := annotations.String()
	for _, err := range errs {
		if err.Type == field.ErrorTypeTooLong && err.Field == path {
			return true
		}
	}
	return false
}

// validateContainerOrder does not check the feature gate. With the gate off, only objects that already had the fields still
// have them, and an invalid order must not be stored in any case.
func validateContainerOrder(base *field.Path, meta *metav1.ObjectMeta, spec *core.PodSpec) field.ErrorList {
	if !containersHaveOrder(spec.Containers) && !containersHaveOrder(spec.InitContainers) {
		return nil
	}
	natives := 0
	for i := range spec.InitContainers {
		if isRestartableInitContainer(&spec.InitContainers[i]) {
			natives++
		}
	}
	if problem := dependency.TooManyContainers(base, len(spec.Containers), natives); problem != nil {
		return field.ErrorList{problem}
	}
	pod := &v1.Pod{ObjectMeta: *meta}
	if err := corev1.Convert_core_PodSpec_To_v1_PodSpec(spec, &pod.Spec, nil); err != nil {
		return field.ErrorList{field.InternalError(base.Child("spec"), err)}
	}
	return dependency.ProblemsOfField(base, pod, apifield.Lifecycle)
}

func containersHaveOrder(containers []core.Container) bool {
	for i := range containers {
		if helper.LifecycleHasOrder(containers[i].Lifecycle) {
			return true
		}
	}
	return false
}
