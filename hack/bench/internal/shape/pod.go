// SPDX-License-Identifier: Apache-2.0

package shape

import (
	"encoding/json"
	"fmt"
	"slices"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"kubelet-ordering/pkg/api/v1/dependency"
)

// PodLabel has the name of the case: the kubelet changes a static pod's name and UID.
const PodLabel = "bench/pod"

// Style is how a pod expresses its order.
type Style string

// The styles.
const (
	// Annotations order regular containers, on our kubelet.
	Annotations Style = "ordered"
	// Native pods have upstream's sidecars: restartable init containers, which start in the order of the list.
	Native Style = "native"
	// Unordered pods have no order.
	Unordered Style = "unordered"
)

// Pod builds the pod of a case under the given name.
func Pod(c Case, name string, style Style) (*v1.Pod, error) {
	pod := empty(name)
	if c.Kind == Deaf {
		*pod.Spec.TerminationGracePeriodSeconds = DeafGrace
	}
	for i, node := range c.Nodes() {
		made := container(c, i, node)
		if node.Ends && style != Native {
			// Under the pod's policy the kubelet would restart it.
			made.RestartPolicy = new(v1.ContainerRestartPolicyOnFailure)
		}
		if probed(c, node) && style != Unordered {
			// A startup probe is the only gate of a native sidecar.
			made.StartupProbe = probe(c, i)
		}
		switch {
		case style == Native && c.Kind != Ordinary && node.Name != App:
			if !node.Ends {
				made.RestartPolicy = new(v1.ContainerRestartPolicyAlways)
			}
			pod.Spec.InitContainers = append(pod.Spec.InitContainers, made)
			continue
		case style == Annotations && c.Kind != Ordinary:
			if err := annotate(pod, c, node); err != nil {
				return nil, err
			}
		}
		pod.Spec.Containers = append(pod.Spec.Containers, made)
	}
	return pod, nil
}

func empty(name string) *v1.Pod {
	return &v1.Pod{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{PodLabel: name}},
		Spec:       v1.PodSpec{RestartPolicy: v1.RestartPolicyAlways, TerminationGracePeriodSeconds: new(int64(30))},
	}
}

// annotate adds the container's dependencies to the pod. The app says nothing: that it waits for sidecars to be Ready, or to have
// Succeeded, is the default.
func annotate(pod *v1.Pod, c Case, node Node) error {
	if node.Name == App {
		return nil
	}
	lifecycle := dependency.Lifecycle{Type: dependency.Sidecar}
	for _, other := range c.Nodes() {
		if !slices.Contains(node.After, other.Name) {
			continue
		}
		edge := dependency.Dependency{Container: other.Name, Condition: dependency.Ready}
		if other.Ends {
			edge.Condition = dependency.Succeeded
		}
		lifecycle.DependsOn = append(lifecycle.DependsOn, edge)
	}
	text, err := json.Marshal(lifecycle)
	if err != nil {
		return fmt.Errorf("encode the order of container %q: %w", node.Name, err)
	}
	metav1.SetMetaDataAnnotation(&pod.ObjectMeta, dependency.AnnotationPrefix+node.Name, string(text))
	return nil
}
