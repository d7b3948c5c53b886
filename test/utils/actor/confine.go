// SPDX-License-Identifier: Apache-2.0

package actor

import (
	v1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
)

// UnprivilegedID is the user and the group of confined containers. It must be below 65536: a user namespace has no others.
const UnprivilegedID = 65432

// Confine takes all privileges from the pod's containers that it need not have: they run as an unprivileged user, without capabilities,
// under the runtime's seccomp profile, and on a read-only root file system. Each gets a directory of its own for /tmp. Call it when the
// pod is complete.
func Confine(pod *v1.PodSpec) {
	pod.SecurityContext = &v1.PodSecurityContext{
		RunAsNonRoot:   ptr.To(true),
		RunAsUser:      ptr.To[int64](UnprivilegedID),
		RunAsGroup:     ptr.To[int64](UnprivilegedID),
		FSGroup:        ptr.To[int64](UnprivilegedID),
		SeccompProfile: &v1.SeccompProfile{Type: v1.SeccompProfileTypeRuntimeDefault},
	}
	for i := range pod.InitContainers {
		confine(pod, &pod.InitContainers[i])
	}
	for i := range pod.Containers {
		confine(pod, &pod.Containers[i])
	}
}

func confine(pod *v1.PodSpec, c *v1.Container) {
	c.SecurityContext = &v1.SecurityContext{
		AllowPrivilegeEscalation: ptr.To(false),
		ReadOnlyRootFilesystem:   ptr.To(true),
		Capabilities:             &v1.Capabilities{Drop: []v1.Capability{"ALL"}},
	}
	scratch := "tmp-" + c.Name
	pod.Volumes = append(pod.Volumes, v1.Volume{Name: scratch, VolumeSource: v1.VolumeSource{EmptyDir: &v1.EmptyDirVolumeSource{}}})
	c.VolumeMounts = append(c.VolumeMounts, v1.VolumeMount{Name: scratch, MountPath: "/tmp"})
}
