// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"slices"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	crierror "k8s.io/cri-api/pkg/errors"

	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
)

// withStarting adds the containers that the runtime may be starting. They count as running, because a StartContainer call
// cannot be taken back: the process may run long before the runtime says so.
func (s *podStop) withStarting(running []*kubecontainer.Container) []*kubecontainer.Container {
	containers := slices.Clone(running)
	for name, call := range s.starts.calls {
		id := kubecontainer.ContainerID{Type: s.runtimeName, ID: call.containerID}
		if !slices.ContainsFunc(running, func(c *kubecontainer.Container) bool { return c.ID == id }) {
			containers = append(containers, &kubecontainer.Container{ID: id, Name: name, State: kubecontainer.ContainerStateCreated})
		}
	}
	return containers
}

// hasStarted reports whether there is a container to stop. If the runtime is starting it, hasStarted waits for the
// runtime's answer, or until over is closed.
func (s *podStop) hasStarted(ctx context.Context, c *kubecontainer.Container, over <-chan struct{}) bool {
	call := s.starts.calls[c.Name]
	if call == nil || call.containerID != c.ID.ID || c.State == kubecontainer.ContainerStateRunning {
		return true
	}
	select {
	case <-call.done:
	case <-over:
		return false
	}
	resp, err := s.runtimeService.ContainerStatus(ctx, c.ID.ID, false)
	if err != nil {
		return !crierror.IsNotFound(err)
	}
	return resp.GetStatus().GetState() == runtimeapi.ContainerState_CONTAINER_RUNNING
}
