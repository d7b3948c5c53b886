// SPDX-License-Identifier: Apache-2.0

// Command podnet connects the pods of the kind lab: on each node it configures CNI with the node's range of addresses, and it routes
// the other nodes' ranges to them. All nodes are in one network, so nothing is tunneled.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

const (
	configPath = "/etc/cni/net.d/10-podnet.conflist"
	// interval is how often the nodes are looked at. It is short, because pods wait for it when a node joins.
	interval = 2 * time.Second
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	err := run(ctx, os.Getenv("NODE_NAME"))
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "podnet:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, self string) error {
	config, err := rest.InClusterConfig()
	if err != nil {
		return fmt.Errorf("find the API server: %w", err)
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return fmt.Errorf("make a client for the API server: %w", err)
	}
	applied := map[string]string{}
	for ; ctx.Err() == nil; pause(ctx, interval) {
		nodes, err := client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
		if err != nil {
			fmt.Fprintln(os.Stderr, "podnet: list the nodes:", err)
			continue
		}
		if err := apply(self, nodes.Items, applied); err != nil {
			fmt.Fprintln(os.Stderr, "podnet:", err)
		}
	}
	return nil
}

func pause(ctx context.Context, length time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(length):
	}
}

// apply brings the node's configuration and routes to the state that the nodes ask for. applied has the routes of earlier calls.
func apply(self string, nodes []v1.Node, applied map[string]string) error {
	own, routes := plan(self, nodes)
	if own == "" {
		return fmt.Errorf("node %q has no range of addresses for pods yet", self)
	}
	for _, change := range changes(applied, routes) {
		if output, err := exec.Command("ip", change...).CombinedOutput(); err != nil {
			return fmt.Errorf("ip %s: %w: %s", strings.Join(change, " "), err, strings.TrimSpace(string(output)))
		}
	}
	clear(applied)
	for to, via := range routes {
		applied[to] = via
	}
	wanted := cniConfig(own)
	if now, err := os.ReadFile(configPath); err == nil && string(now) == wanted {
		return nil
	}
	// The kubelet must not see half of it.
	if err := os.WriteFile(configPath+".new", []byte(wanted), 0o644); err != nil {
		return fmt.Errorf("write the configuration of CNI: %w", err)
	}
	if err := os.Rename(configPath+".new", configPath); err != nil {
		return fmt.Errorf("write the configuration of CNI: %w", err)
	}
	fmt.Printf("podnet: %s has %s; routes to %d other nodes\n", self, own, len(routes))
	return nil
}
