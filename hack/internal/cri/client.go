// SPDX-License-Identifier: Apache-2.0

// Package cri talks to the node's container runtime, whose timestamps are in nanoseconds. An Observer follows the pods of a kubelet.
// A Sandbox is created without a kubelet.
package cri

import (
	"context"
	"fmt"
	"slices"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// Client is a connection to the container runtime.
type Client struct {
	connection *grpc.ClientConn
	runtime    cri.RuntimeServiceClient
}

// Dial connects to an endpoint such as unix:///run/containerd/containerd.sock.
func Dial(endpoint string) (*Client, error) {
	connection, err := grpc.NewClient(endpoint, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, fmt.Errorf("reach the container runtime at %q: %w", endpoint, err)
	}
	return &Client{connection: connection, runtime: cri.NewRuntimeServiceClient(connection)}, nil
}

// Close ends the connection.
func (c *Client) Close() error { return c.connection.Close() }

// Images returns the names of all images on the node, sorted.
func (c *Client) Images(ctx context.Context) ([]string, error) {
	list, err := cri.NewImageServiceClient(c.connection).ListImages(ctx, &cri.ListImagesRequest{})
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

// moment converts a timestamp of the runtime. It returns the zero time if the event has not happened yet.
func moment(nanoseconds int64) time.Time {
	if nanoseconds <= 0 {
		return time.Time{}
	}
	return time.Unix(0, nanoseconds)
}
