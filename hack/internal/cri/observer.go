// SPDX-License-Identifier: Apache-2.0

package cri

import (
	"context"
	"fmt"
	"time"

	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// Observer records the pods that carry a label, including those that are gone. It is not safe for concurrent use.
type Observer struct {
	// Pods are the recorded pods by the value of the label.
	Pods map[string]*Pod

	runtime   cri.RuntimeServiceClient
	label     string
	sandboxes map[string]*Pod
}

// Observe returns an observer of the pods whose sandboxes carry the label. The label's value identifies the pod.
func (c *Client) Observe(label string) *Observer {
	return &Observer{Pods: map[string]*Pod{}, runtime: c.runtime, label: label, sandboxes: map[string]*Pod{}}
}

// Look queries the runtime once. Times come from the runtime, so the interval between calls does not affect them, with one
// exception: a container that is removed between two calls counts as finished at the time of the second.
func (o *Observer) Look(ctx context.Context) error {
	sandboxes, err := o.runtime.ListPodSandbox(ctx, &cri.ListPodSandboxRequest{})
	if err != nil {
		return fmt.Errorf("list the node's sandboxes: %w", err)
	}
	for _, s := range sandboxes.Items {
		o.sandbox(s)
	}
	list, err := o.runtime.ListContainers(ctx, &cri.ListContainersRequest{})
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
		for _, c := range pod.Containers {
			if !seen[c.ID] && c.Finished.IsZero() {
				c.Finished, c.Lost = time.Now(), true
			}
		}
	}
	return nil
}

func (o *Observer) sandbox(s *cri.PodSandbox) {
	name := s.Labels[o.label]
	if name == "" || o.sandboxes[s.Id] != nil {
		return
	}
	if o.Pods[name] == nil {
		o.Pods[name] = &Pod{Created: moment(s.CreatedAt)}
	}
	o.sandboxes[s.Id] = o.Pods[name]
}

// container queries the details of a container only if its state has changed.
func (o *Observer) container(ctx context.Context, pod *Pod, c *cri.Container) error {
	known := pod.container(c.Id)
	if known == nil {
		known = &Container{ID: c.Id, Name: c.Metadata.Name, Created: moment(c.CreatedAt)}
		pod.Containers = append(pod.Containers, known)
	}
	running := c.State == cri.ContainerState_CONTAINER_RUNNING && known.Started.IsZero()
	exited := c.State == cri.ContainerState_CONTAINER_EXITED && known.Finished.IsZero()
	if !running && !exited {
		return nil
	}
	answer, err := o.runtime.ContainerStatus(ctx, &cri.ContainerStatusRequest{ContainerId: c.Id})
	if err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("ask for container %q: %w", c.Id, err)
		}
		// The container was removed after it was listed. The next Look finds it missing.
		return nil
	}
	known.Started = moment(answer.Status.StartedAt)
	if answer.Status.State == cri.ContainerState_CONTAINER_EXITED {
		known.Finished, known.ExitCode = moment(answer.Status.FinishedAt), answer.Status.ExitCode
	}
	return nil
}
