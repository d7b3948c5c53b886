// SPDX-License-Identifier: Apache-2.0

package cache

import (
	v1 "k8s.io/api/core/v1"
	kubetypes "k8s.io/apimachinery/pkg/types"

	"k8s.io/kubernetes/pkg/kubelet/ordering"
	"k8s.io/kubernetes/pkg/volume/util/types"
)

// PodExistsInVolume keeps the volumes of an orphan that stops in order: after a restart, the kubelet unmounts the volumes of
// all pods whose object is gone, and deletes the files of an emptyDir, while the orphan's containers may have a whole grace
// period to use them.
//
//upstream:wrap (*desiredStateOfWorld).PodExistsInVolume body=d60ebb88bd134367
func (dsw *desiredStateOfWorld) PodExistsInVolume(
	podName types.UniquePodName, volumeName v1.UniqueVolumeName, seLinuxMountOption string,
) bool {
	if dsw.upstreamPodExistsInVolume(podName, volumeName, seLinuxMountOption) {
		return true
	}
	// Which volumes a pod uses that the kubelet knows is upstream's decision.
	return ordering.Runs(kubetypes.UID(podName)) && !dsw.GetPods()[podName]
}
