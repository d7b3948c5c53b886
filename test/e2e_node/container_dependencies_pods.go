// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"

	"github.com/onsi/ginkgo/v2"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	"k8s.io/kubernetes/test/e2e/framework"
	e2epod "k8s.io/kubernetes/test/e2e/framework/pod"
)

// sidecar is what the annotation of a Sidecar without further wishes says.
const sidecar = `{"type":"Sidecar"}`

// actor is a container that notes "start", "term" when it is told to stop, and "exit". It exits when it has its cue
// "done" or is told to stop, then with code 143.
func actor(name string, traits ...func(*v1.Container)) v1.Container {
	c := v1.Container{
		Name:            name,
		Image:           busyboxImage,
		ImagePullPolicy: v1.PullIfNotPresent,
		Command:         scriptCommand("perform"),
		Env:             []v1.EnvVar{{Name: "NAME", Value: name}},
		VolumeMounts:    []v1.VolumeMount{{Name: "stage", MountPath: stageMountPath}},
	}
	for _, trait := range traits {
		trait(&c)
	}
	return c
}

func scriptCommand(call string) []string {
	return []string{"/bin/sh", "-c", ". " + stageMountPath + "/script; " + call}
}

func scriptHook(call string) *v1.LifecycleHandler {
	return &v1.LifecycleHandler{Exec: &v1.ExecAction{Command: scriptCommand(call)}}
}

func scriptProbe(call string, failures int32) *v1.Probe {
	return &v1.Probe{
		ProbeHandler:     v1.ProbeHandler{Exec: &v1.ExecAction{Command: scriptCommand(call)}},
		PeriodSeconds:    1,
		TimeoutSeconds:   10,
		FailureThreshold: failures,
	}
}

func lifecycleOf(c *v1.Container) *v1.Lifecycle {
	if c.Lifecycle == nil {
		c.Lifecycle = &v1.Lifecycle{}
	}
	return c.Lifecycle
}

// withReadiness gives a readiness probe that passes as long as the cue "ready" stands.
func withReadiness(c *v1.Container) { c.ReadinessProbe = scriptProbe("probe ready", 1) }

// withStartup gives a startup probe that passes on the cue "startup".
func withStartup(c *v1.Container) { c.StartupProbe = scriptProbe("probe startup", 600) }

// withPostStart gives a hook that notes "poststart", waits for the cue of that name and notes "poststart-done".
func withPostStart(c *v1.Container) { lifecycleOf(c).PostStart = scriptHook("hook poststart held") }

// withMark makes the container count as Started only when it has noted its start. A container without it may be Started
// a moment before, so that what waits for it might be the first to write.
func withMark(c *v1.Container) {
	lifecycleOf(c).PostStart = scriptHook("until [ -e /tmp/started ]; do sleep 0.1; done")
}

// withPreStop gives a hook that notes "prestop" and "prestop-done".
func withPreStop(c *v1.Container) { lifecycleOf(c).PreStop = scriptHook("hook prestop") }

// withHeldStop makes the container wait for the cue "stopped" when it has been told to stop.
func withHeldStop(c *v1.Container) { c.Env = append(c.Env, v1.EnvVar{Name: "HOLD", Value: "yes"}) }

// native makes an init container a native sidecar.
func native(c *v1.Container) { c.RestartPolicy = ptr.To(v1.ContainerRestartPolicyAlways) }

// neverRestarted gives the container a restart policy of its own.
func neverRestarted(c *v1.Container) { c.RestartPolicy = ptr.To(v1.ContainerRestartPolicyNever) }

// actorPod is a pod of actors; order has what each container's annotation says, by container.
func actorPod(name string, policy v1.RestartPolicy, order map[string]string, actors ...v1.Container) *v1.Pod {
	pod := &v1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: v1.PodSpec{
			RestartPolicy:                 policy,
			TerminationGracePeriodSeconds: ptr.To[int64](30),
			Containers:                    actors,
		},
	}
	setOrder(pod, order)
	return pod
}

// setOrder replaces all that the pod's annotations say about the order of its containers.
func setOrder(pod *v1.Pod, order map[string]string) {
	pod.Annotations = map[string]string{}
	for container, text := range order {
		setOrderOf(pod, container, text)
	}
}

// setOrderOf replaces what the annotation of one container says.
func setOrderOf(pod *v1.Pod, container, text string) {
	pod.Annotations[dependency.AnnotationPrefix+container] = text
}

// create makes the pod, with the stage in each of its containers.
func (s *dependencyStage) create(ctx context.Context, f *framework.Framework, pod *v1.Pod) *v1.Pod {
	ginkgo.GinkgoHelper()
	s.join(pod)
	return e2epod.NewPodClient(f).Create(ctx, pod)
}

// join gives the pod's containers the stage.
func (s *dependencyStage) join(pod *v1.Pod) {
	pod.Spec.Volumes = []v1.Volume{{
		Name: "stage",
		VolumeSource: v1.VolumeSource{
			HostPath: &v1.HostPathVolumeSource{Path: s.dir, Type: ptr.To(v1.HostPathDirectory)},
		},
	}}
}
