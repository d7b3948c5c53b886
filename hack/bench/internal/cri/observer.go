// SPDX-License-Identifier: Apache-2.0

package cri

import (
	"context"
	"fmt"
	"time"

	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// Observer remembers the pods that carry a label, also those that are gone. It is not safe for concurrent use.
type Observer struct {
	Client *Client
	// Label of the sandboxes; its value names the pod.
	Label string
	// Pods by that value.
	Pods map[string]*Pod

	sandboxes map[string]*Pod
}

// Look asks once. The runtime stamps what happens, so how often it is asked decides nothing, except for a container that is
// removed between two looks: it counts as finished when it was missed.
func (o *Observer) Look(ctx context.Context) error {
	if o.Pods == nil {
		o.Pods, o.sandboxes = map[string]*Pod{}, map[string]*Pod{}
	}
	sandboxes, err := o.Client.service.ListPodSandbox(ctx, &cri.ListPodSandboxRequest{})
	if err != nil {
		return fmt.Errorf("list the node's sandboxes: %w", err)
	}
	for _, s := range sandboxes.Items {
		o.sandbox(s)
	}
	list, err := o.Client.service.ListContainers(ctx, &cri.ListContainersRequest{})
	if err != nil {
		return fmt.Errorf("list the node's containers: %w", err)
	}
	seen := map[string]bool{}
	for _, c := range list.Containers {
		seen[c.Id] = true
		if pod := o.sandboxes[c.PodSandboxId]; pod != nil {
			if err := o.container(ctx, pod, c); err != nil {
				return err
			}
		}
	}
	for _, pod := range o.Pods {
		for id, c := range pod.Containers {
			if !seen[id] && c.Finished.IsZero() {
				c.Finished = time.Now()
			}
		}
	}
	return nil
}

func (o *Observer) sandbox(s *cri.PodSandbox) {
	name := s.Labels[o.Label]
	if name == "" || o.sandboxes[s.Id] != nil {
		return
	}
	pod := o.Pods[name]
	if pod == nil {
		pod = &Pod{Created: moment(s.CreatedAt), Containers: map[string]*Container{}}
		o.Pods[name] = pod
	}
	o.sandboxes[s.Id] = pod
}

// container asks for the details only when the state is another one than before.
func (o *Observer) container(ctx context.Context, pod *Pod, c *cri.Container) error {
	known := pod.Containers[c.Id]
	if known == nil {
		known = &Container{Name: c.Metadata.Name}
		pod.Containers[c.Id] = known
	}
	running := c.State == cri.ContainerState_CONTAINER_RUNNING
	exited := c.State == cri.ContainerState_CONTAINER_EXITED
	if running && known.running || exited && !known.Finished.IsZero() || !running && !exited {
		return nil
	}
	answer, err := o.Client.service.ContainerStatus(ctx, &cri.ContainerStatusRequest{ContainerId: c.Id})
	if err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("ask for container %q: %w", c.Id, err)
		}
		// It was removed after it was listed; the next look misses it.
		return nil
	}
	known.Started, known.running = moment(answer.Status.StartedAt), running
	if answer.Status.State == cri.ContainerState_CONTAINER_EXITED {
		known.Finished, known.Exit = moment(answer.Status.FinishedAt), answer.Status.ExitCode
	}
	return nil
}
