// SPDX-License-Identifier: Apache-2.0

package e2ecluster

import (
	"encoding/json"
	"maps"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
)

// saying is how a pod specifies its order.
type saying string

const (
	byField      saying = "field"
	byAnnotation saying = "annotation"
)

// order has the lifecycles of containers by name. Only the fields that this fork adds to v1.Lifecycle are used.
type order map[string]v1.Lifecycle

// sidecar returns the lifecycle of a Sidecar with the given dependencies.
func sidecar(dependsOn ...v1.ContainerDependency) v1.Lifecycle {
	return v1.Lifecycle{Type: ptr.To(v1.LifecycleTypeSidecar), DependsOn: dependsOn}
}

func after(container string) v1.ContainerDependency {
	return v1.ContainerDependency{Container: container}
}

// say adds the order to the template, by field or by annotation as this run requires.
func say(template *v1.PodTemplateSpec, o order) {
	ginkgo.GinkgoHelper()
	if saying(*way) == byField {
		sayByField(template, o)
	} else {
		sayByAnnotation(template, o)
	}
}

func sayByField(template *v1.PodTemplateSpec, o order) {
	for _, containers := range [][]v1.Container{template.Spec.InitContainers, template.Spec.Containers} {
		for i := range containers {
			c := &containers[i]
			said, ok := o[c.Name]
			if !ok {
				continue
			}
			if c.Lifecycle == nil {
				c.Lifecycle = &v1.Lifecycle{}
			}
			c.Lifecycle.Type, c.Lifecycle.DependsOn, c.Lifecycle.Before, c.Lifecycle.PreStopTiming, c.Lifecycle.StopTimeoutSeconds =
				said.Type, said.DependsOn, said.Before, said.PreStopTiming, said.StopTimeoutSeconds
		}
	}
}

// sayByAnnotation also sets the default that our API server would set: restart policy Always for a Sidecar.
func sayByAnnotation(template *v1.PodTemplateSpec, o order) {
	ginkgo.GinkgoHelper()
	template.Annotations = maps.Clone(template.Annotations)
	if template.Annotations == nil {
		template.Annotations = map[string]string{}
	}
	for name, said := range o {
		text, err := json.Marshal(said)
		gomega.Expect(err).NotTo(gomega.HaveOccurred(), "encode an annotation")
		template.Annotations[dependency.AnnotationPrefix+name] = string(text)
	}
	for i := range template.Spec.Containers {
		c := &template.Spec.Containers[i]
		if kind := o[c.Name].Type; kind != nil && *kind == v1.LifecycleTypeSidecar &&
			template.Spec.RestartPolicy != "" && template.Spec.RestartPolicy != v1.RestartPolicyAlways {
			c.RestartPolicy = ptr.To(v1.ContainerRestartPolicyAlways)
		}
	}
}
