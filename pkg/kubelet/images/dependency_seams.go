// SPDX-License-Identifier: Apache-2.0

package images

import (
	"context"

	v1 "k8s.io/api/core/v1"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"k8s.io/kubernetes/pkg/kubelet/ordering"
)

// EnsureImageExists returns at once when the start that needs the image is cancelled.
//
//upstream:wrap (*imageManager).EnsureImageExists body=cfaf4b7d13b2e404
func (m *imageManager) EnsureImageExists(
	ctx context.Context, objRef *v1.ObjectReference, pod *v1.Pod, requestedImage string, pullSecrets []v1.Secret,
	podSandboxConfig *runtimeapi.PodSandboxConfig, podRuntimeHandler string, pullPolicy v1.PullPolicy,
) (imageRef, message string, err error) {
	pull := func(ctx context.Context) (imageRef, message string, err error) {
		return m.upstreamEnsureImageExists(ctx, objRef, pod, requestedImage, pullSecrets, podSandboxConfig, podRuntimeHandler, pullPolicy)
	}
	if start := ordering.StartFrom(ctx); start != nil {
		return start.Pull(ctx, requestedImage, pull)
	}
	return pull(ctx)
}
