// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"encoding/json"
	"errors"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// podBuilder builds pods as users write them, with annotations and with fields. v1.Lifecycle may lack the fields, so an
// environment variable of the container stands in for them.
type podBuilder struct {
	pod *v1.Pod
	// initial reports whether the last added container is an init container.
	initial bool
}

// newPod returns a builder of a pod with restart policy OnFailure, which allows every condition and Sidecars that say nothing.
func newPod() *podBuilder {
	return &podBuilder{pod: &v1.Pod{
		ObjectMeta: metav1.ObjectMeta{UID: "uid"},
		Spec:       v1.PodSpec{RestartPolicy: v1.RestartPolicyOnFailure},
	}}
}

func (b *podBuilder) policy(policy v1.RestartPolicy) *podBuilder {
	b.pod.Spec.RestartPolicy = policy
	return b
}

func (b *podBuilder) grace(seconds int64) *podBuilder {
	b.pod.Spec.TerminationGracePeriodSeconds = &seconds
	return b
}

// container adds a regular container. The annotation "-" means none: an empty annotation is an error.
func (b *podBuilder) container(name, annotation string) *podBuilder {
	b.initial = false
	b.pod.Spec.Containers = append(b.pod.Spec.Containers, v1.Container{Name: name})
	if annotation != "-" {
		b.annotate(name, annotation)
	}
	return b
}

// restarts sets the restart policy of the last added container.
func (b *podBuilder) restarts(policy v1.ContainerRestartPolicy) *podBuilder {
	b.pod.Spec.Containers[len(b.pod.Spec.Containers)-1].RestartPolicy = &policy
	return b
}

// postStart gives the last added container a postStart hook.
func (b *podBuilder) postStart() *podBuilder {
	b.pod.Spec.Containers[len(b.pod.Spec.Containers)-1].Lifecycle = &v1.Lifecycle{PostStart: &v1.LifecycleHandler{}}
	return b
}

func (b *podBuilder) init(name string) *podBuilder {
	b.initial = true
	b.pod.Spec.InitContainers = append(b.pod.Spec.InitContainers, v1.Container{Name: name})
	return b
}

func (b *podBuilder) native(name string) *podBuilder {
	b.initial = true
	always := v1.ContainerRestartPolicyAlways
	b.pod.Spec.InitContainers = append(b.pod.Spec.InitContainers, v1.Container{Name: name, RestartPolicy: &always})
	return b
}

func (b *podBuilder) annotate(name, annotation string) *podBuilder {
	if b.pod.Annotations == nil {
		b.pod.Annotations = map[string]string{}
	}
	b.pod.Annotations[AnnotationPrefix+name] = annotation
	return b
}

const fieldVariable = "lifecycle"

// says sets the field of the last added container or init container.
func (b *podBuilder) says(lifecycle string) *podBuilder {
	list := &b.pod.Spec.Containers
	if b.initial {
		list = &b.pod.Spec.InitContainers
	}
	(*list)[len(*list)-1].Env = []v1.EnvVar{{Name: fieldVariable, Value: lifecycle}}
	return b
}

// podFields is the LifecycleFunc of the builder's pods.
func podFields(c *v1.Container) *Lifecycle {
	for _, e := range c.Env {
		if e.Name == fieldVariable {
			lifecycle := &Lifecycle{}
			if err := json.Unmarshal([]byte(e.Value), lifecycle); err != nil {
				panic(err)
			}
			return lifecycle
		}
	}
	return nil
}

// problems returns the problems of the pod, as a user reads them.
func problems(pod *v1.Pod) []string {
	var invalid *InvalidError
	if _, err := ForPod(pod, podFields); !errors.As(err, &invalid) {
		return nil
	}
	var texts []string
	for _, problem := range invalid.Problems {
		texts = append(texts, problem.Error())
	}
	return texts
}

// allRun reports that every container runs.
func allRun(string) bool { return true }

// allStandard has the entry for every other Standard container.
var allStandard = []Dependency{{Type: Standard}}

// names returns entries for containers of these names.
func names(list ...string) []Dependency {
	var entries []Dependency
	for _, name := range list {
		entries = append(entries, Dependency{Container: name})
	}
	return entries
}
