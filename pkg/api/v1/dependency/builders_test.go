// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"errors"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// podBuilder makes pods as a user would write them: with annotations.
type podBuilder struct{ pod *v1.Pod }

// newPod has the restart policy Never, under which every condition is allowed.
func newPod() *podBuilder {
	return &podBuilder{&v1.Pod{
		ObjectMeta: metav1.ObjectMeta{UID: "uid"},
		Spec:       v1.PodSpec{RestartPolicy: v1.RestartPolicyNever},
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

// container adds a regular container. An annotation of "-" stands for none: the empty one is an error of its own.
func (b *podBuilder) container(name, annotation string) *podBuilder {
	b.pod.Spec.Containers = append(b.pod.Spec.Containers, v1.Container{Name: name})
	if annotation != "-" {
		b.annotate(name, annotation)
	}
	return b
}

// restarts sets the restart policy of the container that was added last.
func (b *podBuilder) restarts(policy v1.ContainerRestartPolicy) *podBuilder {
	b.pod.Spec.Containers[len(b.pod.Spec.Containers)-1].RestartPolicy = &policy
	return b
}

func (b *podBuilder) init(name string) *podBuilder {
	b.pod.Spec.InitContainers = append(b.pod.Spec.InitContainers, v1.Container{Name: name})
	return b
}

func (b *podBuilder) native(name string) *podBuilder {
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

// problems of the pod, as a user reads them.
func problems(pod *v1.Pod) []string {
	var invalid *InvalidError
	if _, err := ForPod(pod); !errors.As(err, &invalid) {
		return nil
	}
	var texts []string
	for _, problem := range invalid.Problems {
		texts = append(texts, problem.Error())
	}
	return texts
}

// allRun is for stops of pods whose containers all run.
func allRun(string) bool { return true }
