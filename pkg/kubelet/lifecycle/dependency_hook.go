// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"

	v1 "k8s.io/api/core/v1"

	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
)

// AroundHook runs a hook with run, and returns the result of the hook.
type AroundHook func(ctx context.Context, run func(context.Context) (string, error)) (string, error)

type aroundHookKey struct{}

// WithAroundHook returns a context in which a HandlerRunner leaves it to around when a hook runs and how long it is waited
// for.
func WithAroundHook(ctx context.Context, around AroundHook) context.Context {
	return context.WithValue(ctx, aroundHookKey{}, around)
}

// Run lets the AroundHook in the context, if any, run the hook.
//
//upstream:wrap (*handlerRunner).Run body=63abb00fe83dc5b6
func (hr *handlerRunner) Run(
	ctx context.Context, containerID kubecontainer.ContainerID, pod *v1.Pod, container *v1.Container, handler *v1.LifecycleHandler,
) (string, error) {
	around, ok := ctx.Value(aroundHookKey{}).(AroundHook)
	if !ok {
		return hr.upstreamRun(ctx, containerID, pod, container, handler)
	}
	return around(ctx, func(ctx context.Context) (string, error) {
		return hr.upstreamRun(ctx, containerID, pod, container, handler)
	})
}
