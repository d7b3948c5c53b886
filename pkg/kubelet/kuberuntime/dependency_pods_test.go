// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"encoding/json"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	"k8s.io/kubernetes/pkg/kubelet/ordering"
)

// podBuilder builds pods for tests.
type podBuilder struct{ *v1.Pod }

// podOf returns a pod with regular containers of these names, without an order.
func podOf(names ...string) podBuilder {
	pod := &v1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "pod", Namespace: "test", UID: "uid"},
		Spec: v1.PodSpec{
			RestartPolicy:                 v1.RestartPolicyAlways,
			TerminationGracePeriodSeconds: ptr.To[int64](30),
		},
	}
	for _, name := range names {
		pod.Spec.Containers = append(pod.Spec.Containers, v1.Container{
			Name: name, Image: "image:1", ImagePullPolicy: v1.PullIfNotPresent})
	}
	return podBuilder{pod}
}

// says annotates the pod with the container's Lifecycle.
func (b podBuilder) says(container, lifecycle string) podBuilder {
	if b.Annotations == nil {
		b.Annotations = map[string]string{}
	}
	b.Annotations[dependency.AnnotationPrefix+container] = lifecycle
	return b
}

// atTermination gives the containers a preStop hook that runs when the pod begins to stop.
func (b podBuilder) atTermination(containers ...string) podBuilder {
	for _, name := range containers {
		said := map[string]any{}
		if text, found := b.Annotations[dependency.AnnotationPrefix+name]; found {
			if err := json.Unmarshal([]byte(text), &said); err != nil {
				panic(err)
			}
		}
		said["preStopTiming"] = dependency.AtTermination
		text, err := json.Marshal(said)
		if err != nil {
			panic(err)
		}
		b.says(name, string(text)).with(name, preStop)
	}
	return b
}

func (b podBuilder) policy(policy v1.RestartPolicy) podBuilder {
	b.Spec.RestartPolicy = policy
	return b
}

func (b podBuilder) grace(seconds int64) podBuilder {
	b.Spec.TerminationGracePeriodSeconds = &seconds
	return b
}

// native adds a native sidecar.
func (b podBuilder) native(name string) podBuilder {
	b.Spec.InitContainers = append(b.Spec.InitContainers, v1.Container{
		Name: name, Image: "image:1", ImagePullPolicy: v1.PullIfNotPresent,
		RestartPolicy: ptr.To(v1.ContainerRestartPolicyAlways)})
	return b
}

// with changes a container of the pod.
func (b podBuilder) with(container string, change func(*v1.Container)) podBuilder {
	for _, containers := range [][]v1.Container{b.Spec.Containers, b.Spec.InitContainers} {
		for i := range containers {
			if containers[i].Name == container {
				change(&containers[i])
			}
		}
	}
	return b
}

func ready(c *v1.Container) {
	c.ReadinessProbe = &v1.Probe{ProbeHandler: v1.ProbeHandler{Exec: &v1.ExecAction{Command: []string{"ready"}}}}
}

func startup(c *v1.Container) {
	c.StartupProbe = &v1.Probe{ProbeHandler: v1.ProbeHandler{Exec: &v1.ExecAction{Command: []string{"startup"}}}}
}

func postStart(c *v1.Container) {
	lifecycleOf(c).PostStart = &v1.LifecycleHandler{Exec: &v1.ExecAction{Command: []string{"postStart"}}}
}

func preStop(c *v1.Container) {
	lifecycleOf(c).PreStop = &v1.LifecycleHandler{Exec: &v1.ExecAction{Command: []string{"preStop"}}}
}

func lifecycleOf(c *v1.Container) *v1.Lifecycle {
	if c.Lifecycle == nil {
		c.Lifecycle = &v1.Lifecycle{}
	}
	return c.Lifecycle
}

// restarts gives a container a restart policy of its own.
func restarts(policy v1.ContainerRestartPolicy) func(*v1.Container) {
	return func(c *v1.Container) { c.RestartPolicy = &policy }
}

func v1Time(seconds int64) metav1.Time { return metav1.Unix(seconds, 0) }

// pinnedAnnotations returns the annotations of a sandbox of the pod.
func pinnedAnnotations(pod *v1.Pod) map[string]string {
	graph, err := ordering.ForPod(pod)
	if err != nil {
		panic(err)
	}
	plan, err := graph.Plan().Encode()
	if err != nil {
		panic(err)
	}
	return pin(plan, pod.Annotations)
}
