// SPDX-License-Identifier: Apache-2.0

package reboot

import (
	_ "embed"
	"fmt"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"kubelet-ordering/pkg/api/v1/dependency"
)

// script is what each container runs. ONCE is set for one that ends by itself, well.
//
//go:embed record.sh
var script string

// busybox is an image that all nodes have.
const busybox = "registry.k8s.io/e2e-test-images/busybox:1.37.0-2"

// mountPath is where the containers find the directory of their records.
const mountPath = "/stage"

// Pods returns the pods, whose containers write their records to the directory: the mission's pod, in a user namespace, and one with a
// bootstrap that exits.
func Pods(dir string) []*v1.Pod {
	mission := pod("mission", dir, map[string]string{
		"metrics":   `{"type": "Sidecar", "before": [{"type": "Sidecar"}]}`,
		"certs":     `{"type": "Sidecar"}`,
		"policy":    `{"type": "Sidecar"}`,
		"mesh":      `{"type": "Sidecar", "dependsOn": [{"container": "certs"}, {"container": "policy"}]}`,
		"logs":      `{"type": "Sidecar", "before": [{"type": "Standard", "condition": "None"}]}`,
		"discovery": `{"type": "Sidecar", "dependsOn": [{"type": "Standard"}]}`,
	}, "web", "worker", "discovery", "logs", "mesh", "policy", "certs", "metrics")
	mission.Spec.HostUsers = ptr.To(false)

	secured := pod("secured", dir, map[string]string{"certs": `{"type": "Sidecar"}`}, "app", "certs")
	bootstrap := &secured.Spec.Containers[1]
	bootstrap.RestartPolicy = ptr.To(v1.ContainerRestartPolicyOnFailure)
	bootstrap.Env = append(bootstrap.Env, v1.EnvVar{Name: onceVariable, Value: "yes"})
	return []*v1.Pod{mission, secured}
}

func pod(name, dir string, order map[string]string, containers ...string) *v1.Pod {
	pod := &v1.Pod{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
		ObjectMeta: metav1.ObjectMeta{Name: name, Annotations: map[string]string{}},
		Spec: v1.PodSpec{
			TerminationGracePeriodSeconds: ptr.To[int64](60),
			Volumes: []v1.Volume{{Name: "stage", VolumeSource: v1.VolumeSource{
				HostPath: &v1.HostPathVolumeSource{Path: dir, Type: ptr.To(v1.HostPathDirectory)}}}},
		},
	}
	for container, text := range order {
		pod.Annotations[dependency.AnnotationPrefix+container] = text
	}
	for _, container := range containers {
		pod.Spec.Containers = append(pod.Spec.Containers, v1.Container{
			Name: container, Image: busybox, Command: []string{"sh", "-c", script},
			Env: []v1.EnvVar{
				{Name: "WHO", Value: fmt.Sprintf("%s %s", name, container)},
				{Name: "TIMELINE", Value: mountPath + "/" + timelineFile},
			},
			VolumeMounts: []v1.VolumeMount{{Name: "stage", MountPath: mountPath}},
			ReadinessProbe: &v1.Probe{
				ProbeHandler:  v1.ProbeHandler{Exec: &v1.ExecAction{Command: []string{"test", "-e", "/tmp/ready"}}},
				PeriodSeconds: 1,
			},
		})
	}
	return pod
}

const (
	onceVariable = "ONCE"
	timelineFile = "timeline"
)

// once reports whether the container ends by itself.
func once(c *v1.Container) bool {
	for _, variable := range c.Env {
		if variable.Name == onceVariable {
			return true
		}
	}
	return false
}
