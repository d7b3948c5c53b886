// SPDX-License-Identifier: Apache-2.0

// Package cri asks the node's container runtime, which stamps what it does in nanoseconds.
package cri

import (
	"fmt"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// Client is a connection to the runtime.
type Client struct {
	connection *grpc.ClientConn
	service    cri.RuntimeServiceClient
}

// Dial connects to an endpoint such as unix:///run/containerd/containerd.sock.
func Dial(endpoint string) (*Client, error) {
	connection, err := grpc.NewClient(endpoint, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, fmt.Errorf("reach the container runtime at %q: %w", endpoint, err)
	}
	return &Client{connection: connection, service: cri.NewRuntimeServiceClient(connection)}, nil
}

// Close ends the connection.
func (c *Client) Close() error { return c.connection.Close() }

func moment(nanoseconds int64) time.Time {
	if nanoseconds <= 0 {
		return time.Time{}
	}
	return time.Unix(0, nanoseconds)
}
