// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"context"

	"k8s.io/apimachinery/pkg/types"
)

// RequestPodSync makes the kubelet look at the pod now. The runtime manager asks for it when something has happened to
// a pod that no other part of the kubelet knows of: a container start that outlived its sync has ended.
func (kl *Kubelet) RequestPodSync(ctx context.Context, podUID types.UID) {
	if pod, known := kl.podManager.GetPodByUID(podUID); known {
		kl.syncPodNow(ctx, pod)
	}
}
