// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"context"

	"k8s.io/apimachinery/pkg/types"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	"k8s.io/kubernetes/pkg/kubelet/dependencies"
)

// probeAwaiter is what the probe manager can do beyond upstream's interface.
type probeAwaiter interface {
	AwaitProbes(ctx context.Context, podUID types.UID, awaited map[string]dependency.Condition)
}

// AwaitProbes lets those probes of a pod be made more often that other containers wait for, unless the cluster's admin does
// not want that. The runtime manager calls it whenever it has looked at the pod.
func (kl *Kubelet) AwaitProbes(ctx context.Context, podUID types.UID, awaited map[string]dependency.Condition) {
	if awaiter, ok := kl.probeManager.(probeAwaiter); ok && dependencies.EagerProbes() {
		awaiter.AwaitProbes(ctx, podUID, awaited)
	}
}

// RequestPodSync makes the kubelet look at the pod now. The runtime manager asks for it when something has happened to
// a pod that no other part of the kubelet knows of: a container start that outlived its sync has ended.
func (kl *Kubelet) RequestPodSync(ctx context.Context, podUID types.UID) {
	if pod, known := kl.podManager.GetPodByUID(podUID); known {
		kl.syncPodNow(ctx, pod)
	}
}
