// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"net/http"

	v1 "k8s.io/api/core/v1"

	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/ordering"
	kubetypes "k8s.io/kubernetes/pkg/kubelet/types"
)

// Run lets the AroundHook in the context, if any, run the hook. It ends a postStart hook, whatever its kind, when the start that
// it belongs to is cancelled.
//
//upstream:wrap (*handlerRunner).Run body=63abb00fe83dc5b6
func (hr *handlerRunner) Run(
	ctx context.Context, containerID kubecontainer.ContainerID, pod *v1.Pod, container *v1.Container, handler *v1.LifecycleHandler,
) (string, error) {
	if around, found := ctx.Value(aroundHookKey{}).(AroundHook); found {
		ctx, span := ordering.BeginSpan(ctx, ordering.PreStopSpan, pod, container.Name)
		message, err := around(ctx, func(ctx context.Context) (string, error) {
			return hr.upstreamRun(ctx, containerID, pod, container, handler)
		})
		span.End(err)
		return message, err
	}
	start := ordering.StartFrom(ctx)
	if start == nil {
		return hr.upstreamRun(ctx, containerID, pod, container, handler)
	}
	ctx, done := start.UntilCancelled(ctx)
	defer done()
	limited := *hr
	ctx, span := ordering.BeginSpan(ctx, ordering.PostStartSpan, pod, container.Name)
	limited.httpDoer = limitedDoer{HTTPDoer: hr.httpDoer, ctx: ctx}
	message, err := limited.upstreamRun(ctx, containerID, pod, container, handler)
	span.End(err)
	return message, err
}

// limitedDoer sends requests that end with a context. Upstream's HTTP hooks have no limit of their own.
type limitedDoer struct {
	kubetypes.HTTPDoer
	ctx context.Context
}

// Do implements HTTPDoer.
func (d limitedDoer) Do(req *http.Request) (*http.Response, error) {
	return d.HTTPDoer.Do(req.WithContext(d.ctx))
}
