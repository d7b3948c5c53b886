// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"

	v1 "k8s.io/api/core/v1"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/events"
)

// CreateContainer refuses to create a container whose start is cancelled, or whose gate has closed again.
//
//upstream:wrap (instrumentedRuntimeService).CreateContainer body=6d92fb70b2c36143
func (in instrumentedRuntimeService) CreateContainer(
	ctx context.Context, podSandboxID string, config *runtimeapi.ContainerConfig, sandboxConfig *runtimeapi.PodSandboxConfig,
) (string, error) {
	if err := startFrom(ctx).mayCreate(ctx); err != nil {
		return "", err
	}
	return in.upstreamCreateContainer(ctx, podSandboxID, config, sandboxConfig)
}

// StartContainer refuses to start a container whose start is cancelled.
//
//upstream:wrap (instrumentedRuntimeService).StartContainer body=f9020f39170e2cb1
func (in instrumentedRuntimeService) StartContainer(ctx context.Context, containerID string) error {
	call, err := startFrom(ctx).sends(containerID)
	if err != nil {
		return err
	}
	defer call.answered()
	return in.upstreamStartContainer(ctx, containerID)
}

// recordContainerEvent drops the warnings of a cancelled start, which fails because it is cancelled, and the events of kills
// that are tried again.
//
//upstream:wrap (*kubeGenericRuntimeManager).recordContainerEvent body=dabca730090481f8
func (m *kubeGenericRuntimeManager) recordContainerEvent(
	ctx context.Context, pod *v1.Pod, container *v1.Container, containerID, eventType, reason, message string, args ...any,
) {
	if eventType == v1.EventTypeWarning && startFrom(ctx).isCancelled() || reason == events.KillingContainer && killsAgain(ctx) {
		return
	}
	m.upstreamRecordContainerEvent(ctx, pod, container, containerID, eventType, reason, message, args...)
}

// killContainer records that the kubelet ends the container, so that it has not Succeeded. It leaves the container of a cancelled
// start to the stop that cancelled it. A kill that a failed start has begun before goes on, and the stop waits for it.
//
//upstream:wrap (*kubeGenericRuntimeManager).killContainer body=07673162b840863f
func (m *kubeGenericRuntimeManager) killContainer(
	ctx context.Context, pod *v1.Pod, containerID kubecontainer.ContainerID, containerName string, message string, reason containerKillReason,
	gracePeriodOverride *int64, ordering *terminationOrdering,
) error {
	kill := func(ctx context.Context) error {
		if pod != nil {
			m.records.ifKnown(pod.UID, func(p *podRecord) { p.killBegins(containerID, message) })
		}
		return m.upstreamKillContainer(ctx, pod, containerID, containerName, message, reason, gracePeriodOverride, ordering)
	}
	if start := startFrom(ctx); start != nil {
		return start.killAfterHook(ctx, kill)
	}
	return kill(ctx)
}
