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

// startOf returns the call that starts a container that does not run yet, or nil.
func (s *podStop) startOf(c *kubecontainer.Container) *startCall {
	if call := s.starts.calls[c.Name]; call != nil && call.containerID == c.ID.ID && c.State != kubecontainer.ContainerStateRunning {
		return call
	}
	return nil
}

// isStarting reports whether the runtime may be starting the container.
func (s *podStop) isStarting(c *kubecontainer.Container) bool { return s.startOf(c).unanswered() }

// hasStarted reports whether there is a container to stop. If the runtime is starting it, hasStarted waits for the
// runtime's answer; it is unknown if over is closed first.
func (s *podStop) hasStarted(ctx context.Context, c *kubecontainer.Container, over <-chan struct{}) (started, known bool) {
	call := s.startOf(c)
	if call == nil {
		return true, true
	}
	select {
	case <-call.done:
	case <-over:
		return false, false
	}
	resp, err := s.runtimeService.ContainerStatus(ctx, c.ID.ID, false)
	if err != nil {
		return !crierror.IsNotFound(err), true
	}
	return resp.GetStatus().GetState() == runtimeapi.ContainerState_CONTAINER_RUNNING, true
}

// awaitStarting returns the containers that run once the runtime has answered the calls that start some of them, or once the
// time for that is over.
func (s *podStop) awaitStarting(ctx context.Context, containers []*kubecontainer.Container) []*kubecontainer.Container {
	if !slices.ContainsFunc(containers, s.isStarting) {
		return containers
	}
	for _, call := range s.starts.calls {
		if !s.starts.await(call.done) {
			return containers
		}
	}
	if fresh, err := s.GetPod(ctx, s.runningPod.ID); err == nil {
		return runningContainers(fresh)
	}
	return containers
}
