// SPDX-License-Identifier: Apache-2.0

package images

import (
	"context"
	"strings"

	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
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
		ctx, span := ordering.BeginSpan(ctx, ordering.ImageSpan, pod, containerOf(objRef), semconv.ContainerImageName(requestedImage),
			ordering.AheadAttribute.Bool(false))
		imageRef, message, err = start.Pull(ctx, requestedImage, pull)
		span.End(err)
		return imageRef, message, err
	}
	return pull(ctx)
}

// containerOf returns the name of the container that a reference such as spec.containers{app} is to.
func containerOf(ref *v1.ObjectReference) string {
	if ref == nil {
		return ""
	}
	_, name, _ := strings.Cut(ref.FieldPath, "{")
	return strings.TrimSuffix(name, "}")
}
