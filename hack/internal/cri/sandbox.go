// SPDX-License-Identifier: Apache-2.0

package cri

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// Sandbox is a pod sandbox that this program created itself. Use it only on a node without a kubelet: a kubelet would remove it,
// because it does not know the pod.
type Sandbox struct {
	// Created is the creation time that the runtime reports.
	Created time.Time

	runtime cri.RuntimeServiceClient
	id      string
	config  *cri.PodSandboxConfig
}

// NewSandbox creates a sandbox like a kubelet does. Container logs go below the logs directory.
func (c *Client) NewSandbox(ctx context.Context, name, logs string) (*Sandbox, error) {
	config := &cri.PodSandboxConfig{
		Metadata:     &cri.PodSandboxMetadata{Name: name, Uid: name, Namespace: "bench"},
		Hostname:     name,
		LogDirectory: filepath.Join(logs, name),
		DnsConfig:    &cri.DNSConfig{},
		Linux: &cri.LinuxPodSandboxConfig{SecurityContext: &cri.LinuxSandboxSecurityContext{
			NamespaceOptions: &cri.NamespaceOption{Pid: cri.NamespaceMode_CONTAINER},
		}},
	}
	if err := os.MkdirAll(config.LogDirectory, 0o755); err != nil {
		return nil, fmt.Errorf("make the log directory of sandbox %q: %w", name, err)
	}
	answer, err := c.runtime.RunPodSandbox(ctx, &cri.RunPodSandboxRequest{Config: config})
	if err != nil {
		return nil, fmt.Errorf("run sandbox %q: %w", name, err)
	}
	s := &Sandbox{runtime: c.runtime, id: answer.PodSandboxId, config: config}
	status, err := c.runtime.PodSandboxStatus(ctx, &cri.PodSandboxStatusRequest{PodSandboxId: s.id})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("ask for sandbox %q: %w", name, err), s.Remove(ctx))
	}
	s.Created = moment(status.Status.CreatedAt)
	return s, nil
}

// Start creates and starts a container, and returns the start time that the runtime reports.
func (s *Sandbox) Start(ctx context.Context, name, image string, command []string) (time.Time, error) {
	made, err := s.runtime.CreateContainer(ctx, &cri.CreateContainerRequest{
		PodSandboxId:  s.id,
		SandboxConfig: s.config,
		Config: &cri.ContainerConfig{
			Metadata: &cri.ContainerMetadata{Name: name},
			Image:    &cri.ImageSpec{Image: image},
			Command:  command,
			LogPath:  name + ".log",
			Linux: &cri.LinuxContainerConfig{SecurityContext: &cri.LinuxContainerSecurityContext{
				NamespaceOptions: &cri.NamespaceOption{Pid: cri.NamespaceMode_CONTAINER},
			}},
		},
	})
	if err != nil {
		return time.Time{}, fmt.Errorf("create container %q: %w", name, err)
	}
	if _, err := s.runtime.StartContainer(ctx, &cri.StartContainerRequest{ContainerId: made.ContainerId}); err != nil {
		return time.Time{}, fmt.Errorf("start container %q: %w", name, err)
	}
	status, err := s.runtime.ContainerStatus(ctx, &cri.ContainerStatusRequest{ContainerId: made.ContainerId})
	if err != nil {
		return time.Time{}, fmt.Errorf("ask for container %q: %w", name, err)
	}
	return moment(status.Status.StartedAt), nil
}

// StartAll creates and starts n containers concurrently, and returns the latest start time.
func (s *Sandbox) StartAll(ctx context.Context, n int, image string, command []string) (time.Time, error) {
	starts, errs := make([]time.Time, n), make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { starts[i], errs[i] = s.Start(ctx, fmt.Sprintf("c%d", i+1), image, command) })
	}
	all.Wait()
	var last time.Time
	for _, start := range starts {
		last = later(last, start)
	}
	return last, errors.Join(errs...)
}

// Remove kills all containers of the sandbox and removes it.
func (s *Sandbox) Remove(ctx context.Context) error {
	if _, err := s.runtime.StopPodSandbox(ctx, &cri.StopPodSandboxRequest{PodSandboxId: s.id}); err != nil {
		return fmt.Errorf("stop sandbox %q: %w", s.config.Metadata.Name, err)
	}
	if _, err := s.runtime.RemovePodSandbox(ctx, &cri.RemovePodSandboxRequest{PodSandboxId: s.id}); err != nil {
		return fmt.Errorf("remove sandbox %q: %w", s.config.Metadata.Name, err)
	}
	return nil
}
