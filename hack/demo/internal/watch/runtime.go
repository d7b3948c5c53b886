// SPDX-License-Identifier: Apache-2.0

// Package watch asks the container runtime, the kubelet and the kubelet's log.
package watch

import (
	"context"
	"fmt"
	"slices"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"

	"kubelet-ordering/hack/demo/internal/facts"
)

// The labels that the kubelet gives its containers.
const (
	podUIDLabel    = "io.kubernetes.pod.uid"
	containerLabel = "io.kubernetes.container.name"
)

// Runtime is the node's container runtime.
type Runtime struct {
	connection *grpc.ClientConn
	containers cri.RuntimeServiceClient
	images     cri.ImageServiceClient
	// known has what cannot change any more, and what has not changed since.
	known map[string]known
}

type known struct {
	state cri.ContainerState
	run   facts.Run
}

// DialRuntime connects to an endpoint such as unix:///run/containerd/containerd.sock.
func DialRuntime(endpoint string) (*Runtime, error) {
	connection, err := grpc.NewClient(endpoint, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, fmt.Errorf("reach the container runtime at %q: %w", endpoint, err)
	}
	return &Runtime{
		connection: connection,
		containers: cri.NewRuntimeServiceClient(connection),
		images:     cri.NewImageServiceClient(connection),
		known:      map[string]known{},
	}, nil
}

// Close ends the connection.
func (r *Runtime) Close() error { return r.connection.Close() }

// Images are the names of all images on the node.
func (r *Runtime) Images(ctx context.Context) ([]string, error) {
	list, err := r.images.ListImages(ctx, &cri.ListImagesRequest{})
	if err != nil {
		return nil, fmt.Errorf("list the node's images: %w", err)
	}
	var names []string
	for _, image := range list.Images {
		names = append(names, image.RepoTags...)
	}
	slices.Sort(names)
	return names, nil
}

// Runs are the records of the pod's containers by name.
func (r *Runtime) Runs(ctx context.Context, podUID string) (map[string][]facts.Run, error) {
	list, err := r.containers.ListContainers(ctx, &cri.ListContainersRequest{
		Filter: &cri.ContainerFilter{LabelSelector: map[string]string{podUIDLabel: podUID}},
	})
	if err != nil {
		return nil, fmt.Errorf("list the containers of pod %q: %w", podUID, err)
	}
	runs := map[string][]facts.Run{}
	for _, c := range list.Containers {
		run, ok := r.run(ctx, c)
		if ok {
			runs[c.Labels[containerLabel]] = append(runs[c.Labels[containerLabel]], run)
		}
	}
	return runs, nil
}

// run asks for a container only when its state is another one than before.
func (r *Runtime) run(ctx context.Context, c *cri.Container) (facts.Run, bool) {
	if k, ok := r.known[c.Id]; ok && k.state == c.State {
		return k.run, true
	}
	answer, err := r.containers.ContainerStatus(ctx, &cri.ContainerStatusRequest{ContainerId: c.Id})
	if err != nil {
		// It was removed after it was listed. What is known of it stays.
		k, ok := r.known[c.Id]
		return k.run, ok
	}
	s := answer.Status
	run := facts.Run{ID: c.Id, Created: moment(s.CreatedAt), Started: moment(s.StartedAt), Finished: moment(s.FinishedAt), ExitCode: s.ExitCode}
	r.known[c.Id] = known{state: s.State, run: run}
	return run, true
}

func moment(nanoseconds int64) time.Time {
	if nanoseconds <= 0 {
		return time.Time{}
	}
	return time.Unix(0, nanoseconds)
}
