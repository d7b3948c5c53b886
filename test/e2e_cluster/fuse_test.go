// SPDX-License-Identifier: Apache-2.0

package e2ecluster

import (
	v1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
)

const (
	// fuseWebhook is the name of the injector of JuiceFS for nodes on which no pod may run for another.
	fuseWebhook = "juicefs-admission-serverless-webhook"
	// mountPoint is where the sidecar mounts the file system. JuiceFS takes the claim's UID in place of its name.
	mountPoint = "/jfs/data"
)

// fuseCast has the stand-in for the file system's program. It mounts a directory of the node, which needs no FUSE: what matters is
// that the app sees the mount. The app writes into it when it is told to stop.
func fuseCast(remote string) cast {
	return cast{
		"juicedata/mount": {
			env:    map[string]string{"REMOTE": mountPoint},
			tools:  map[string]string{"/bin/bash": "bash", "/jfs-scripts/check_mount.sh": "check_mount.sh"},
			remote: remote,
		},
		"registry.example/shop-web": {env: map[string]string{"NEEDS": "/data/there", "LAST_WORDS": "/data/last"}},
	}
}

// injectFUSE changes a pod that mounts the claim "data" as JuiceFS does, as far as the order of containers can notice.
func injectFUSE(pod *v1.Pod) {
	for i := range pod.Spec.Volumes {
		v := &pod.Spec.Volumes[i]
		if v.PersistentVolumeClaim == nil {
			continue
		}
		v.VolumeSource = v1.VolumeSource{EmptyDir: &v1.EmptyDirVolumeSource{}}
		for j := range pod.Spec.Containers {
			for k := range pod.Spec.Containers[j].VolumeMounts {
				if mount := &pod.Spec.Containers[j].VolumeMounts[k]; mount.Name == v.Name {
					mount.MountPropagation = ptr.To(v1.MountPropagationHostToContainer)
				}
			}
		}
		pod.Spec.InitContainers = append([]v1.Container{{
			Name: "jfs-mount", Image: "juicedata/mount:ce-v1.3.0",
			RestartPolicy:   ptr.To(v1.ContainerRestartPolicyAlways),
			SecurityContext: &v1.SecurityContext{Privileged: ptr.To(true)},
			VolumeMounts: []v1.VolumeMount{{
				Name: v.Name, MountPath: mountPoint, MountPropagation: ptr.To(v1.MountPropagationBidirectional),
			}},
			Lifecycle: &v1.Lifecycle{
				PostStart: &v1.LifecycleHandler{Exec: &v1.ExecAction{
					Command: []string{"bash", "-c", "subpath='' /jfs-scripts/check_mount.sh '" + mountPoint + "' >> /proc/1/fd/1"},
				}},
				PreStop: &v1.LifecycleHandler{Exec: &v1.ExecAction{
					Command: []string{"sh", "-c", "+e", "umount " + mountPoint + " -l; rmdir " + mountPoint + "; exit 0"},
				}},
			},
		}}, pod.Spec.InitContainers...)
	}
}
