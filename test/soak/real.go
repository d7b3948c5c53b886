// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	"k8s.io/kubernetes/test/utils/ordercheck"
)

// The images of the soak's containers. They are the same program: an edit changes one to the other.
const (
	image      = "registry.k8s.io/e2e-test-images/busybox:1.37.0-2"
	otherImage = "registry.k8s.io/e2e-test-images/busybox:1.37.0-1"
)

// The files by which the soak and a container talk. Their names are the last words of the probes' commands, by which the checker
// knows what a command is.
const (
	readyFile   = "/tmp/ready"
	startedFile = "/tmp/started"
	sickFile    = "/tmp/sick"
)

// probeTimeout is long, because a slow machine is no failure of a probe.
const probeTimeout = 20

// realPod returns a pod for a real node, whose containers behave as the subject says. Without an order it is the same pod for a
// kubelet that knows of none.
func realPod(subject *ordercheck.Subject, name, node string, ordered bool, random *rand.Rand) *v1.Pod {
	pod := subject.Pod.DeepCopy()
	pod.ObjectMeta = metav1.ObjectMeta{Name: name, Namespace: metav1.NamespaceDefault, Annotations: pod.Annotations,
		Labels: map[string]string{"soak": "true"}}
	if !ordered {
		pod.Annotations = nil
	}
	pod.Spec.NodeName = node
	pod.Spec.Volumes = []v1.Volume{
		{Name: "disk", VolumeSource: v1.VolumeSource{EmptyDir: &v1.EmptyDirVolumeSource{}}},
		{Name: "memory", VolumeSource: v1.VolumeSource{EmptyDir: &v1.EmptyDirVolumeSource{Medium: v1.StorageMediumMemory}}},
	}
	for _, containers := range [][]v1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for i := range containers {
			c := &containers[i]
			plainInit := subject.Regular(c.Name) == nil && c.RestartPolicy == nil
			makeReal(c, subject.Habits[c.Name], !plainInit && random.IntN(5) == 0)
		}
	}
	return pod
}

func makeReal(c *v1.Container, h *ordercheck.Habits, mayBeSick bool) {
	if c.Image != ordercheck.Image {
		c.Image = otherImage
	} else {
		c.Image = image
	}
	c.Command = []string{"sh", "-c", script(h)}
	c.VolumeMounts = []v1.VolumeMount{{Name: "disk", MountPath: "/disk"}, {Name: "memory", MountPath: "/memory"}}
	if c.ReadinessProbe != nil {
		c.ReadinessProbe = probe(2, 1, "test", "-e", readyFile)
	}
	if c.StartupProbe != nil {
		c.StartupProbe = probe(1, 300, "test", "-e", startedFile)
	}
	if mayBeSick {
		c.LivenessProbe = probe(5, 1, "test", "!", "-e", sickFile)
	}
	if c.Lifecycle == nil {
		return
	}
	if c.Lifecycle.PostStart != nil {
		c.Lifecycle.PostStart = &v1.LifecycleHandler{Exec: wait(h.PostStart, ordercheck.PostStart)}
	}
	if c.Lifecycle.PreStop != nil {
		c.Lifecycle.PreStop = &v1.LifecycleHandler{Exec: wait(h.PreStop, ordercheck.PreStop)}
	}
}

func probe(period, failures int32, command ...string) *v1.Probe {
	return &v1.Probe{PeriodSeconds: period, FailureThreshold: failures, TimeoutSeconds: probeTimeout,
		ProbeHandler: v1.ProbeHandler{Exec: &v1.ExecAction{Command: command}}}
}

func wait(d time.Duration, name string) *v1.ExecAction {
	return &v1.ExecAction{Command: []string{"sh", "-c", "sleep " + seconds(d), name}}
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f", d.Seconds()) }

// script is the program of a container. The shell gets signals while it waits, not while it runs a command.
func script(h *ordercheck.Habits) string {
	lines := []string{fmt.Sprintf("trap 'sleep %s; exit %d' TERM", seconds(h.StopsIn), h.StopCode)}
	if h.StopsIn >= time.Hour {
		lines[0] = "trap '' TERM"
	}
	lines = append(lines, fmt.Sprintf("(sleep %s; : >%s) &", seconds(h.StartsIn), startedFile))
	if !h.NeverReady {
		lines = append(lines, fmt.Sprintf("(sleep %s; : >%s) &", seconds(h.ReadyIn), readyFile))
	}
	if h.Runs > 0 {
		lines = append(lines, fmt.Sprintf("sleep %s & wait $!", seconds(h.Runs)), fmt.Sprintf("exit %d", h.Code))
	} else {
		lines = append(lines, "while :; do sleep 3600 & wait $!; done")
	}
	return strings.Join(lines, "\n")
}

// edit changes the pod at random as a user may: what is pinned with the sandbox must not change, and a container with another
// image is restarted. It returns the name of that container, or "".
func edit(pod *v1.Pod, random *rand.Rand) string {
	if pod.Annotations != nil && random.IntN(2) == 0 {
		for _, c := range pod.Spec.Containers {
			delete(pod.Annotations, dependency.AnnotationPrefix+c.Name)
		}
		first, last := pod.Spec.Containers[0].Name, pod.Spec.Containers[len(pod.Spec.Containers)-1].Name
		pod.Annotations[dependency.AnnotationPrefix+first] = fmt.Sprintf(`{"dependsOn": [{"container": %q}]}`, last)
		return ""
	}
	at := random.IntN(len(pod.Spec.Containers))
	c := &pod.Spec.Containers[at]
	images := []string{image, otherImage}
	c.Image = images[1-slices.Index(images, c.Image)]
	return c.Name
}
