// SPDX-License-Identifier: Apache-2.0

package prober

import (
	"context"

	v1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2"

	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/ordering"
	"k8s.io/kubernetes/pkg/kubelet/prober/results"
)

// doProbe makes the regular and the extra probes of a worker take turns: both use the worker's state.
//
//upstream:wrap (*worker).doProbe body=9f1d350d54e3aa53
func (w *worker) doProbe(ctx context.Context) (keepGoing bool) {
	return w.takeTurn(ctx, w.upstreamDoProbe)
}

// stop lets no extra probe use the worker's state while the worker cleans up.
//
//upstream:wrap (*worker).stop body=526124931ff157f9
func (w *worker) stop() {
	w.turns.end(w.upstreamStop)
}

// isContainerStarted does not take a container that has yet to pass its startup probe for Started because it has no worker for the probe
// yet, or because the container before it was Started: nothing would run the probe then. Containers that wait for it would start.
//
//upstream:wrap (*manager).isContainerStarted body=bf71b304cab32153
func (m *manager) isContainerStarted(logger klog.Logger, pod *v1.Pod, containerStatus *v1.ContainerStatus) bool {
	return m.upstreamIsContainerStarted(logger, pod, containerStatus) &&
		!ordering.StartupPending(pod.UID, containerStatus.Name, kubecontainer.ParseContainerID(logger, containerStatus.ContainerID).ID)
}

// probe drops the failures of extra probes, which are executed later.
//
//upstream:wrap (*prober).probe body=f81df9a9014e8ae9
func (pb *prober) probe(
	ctx context.Context, probeType probeType, pod *v1.Pod, status v1.PodStatus, container v1.Container, containerID kubecontainer.ContainerID,
) (results.Result, error) {
	extra := extraProbeFrom(ctx)
	if extra == nil {
		return pb.upstreamProbe(ctx, probeType, pod, status, container, containerID)
	}
	return extra.answer(containerID, func() (results.Result, error) {
		return pb.forExtra().upstreamProbe(ctx, probeType, pod, status, forExtraProbe(container, probeType), containerID)
	})
}
