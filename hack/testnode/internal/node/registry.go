// SPDX-License-Identifier: Apache-2.0

package node

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"kubelet-ordering/hack/testnode/internal/registry"
)

// registryAddress is on the node's own loopback interface.
const registryAddress = "127.0.0.1:5999"

// registries says which registry containerd asks for images of each. It is the node's own for all, so that pulls of unknown images fail
// immediately, except for one that specs of upstream run in a pod.
var registries = map[string]string{"_default": registryAddress, "localhost:5000": "localhost:5000"}

// hosts makes containerd ask the registry at an address.
func hosts(address string) string {
	return fmt.Sprintf("server = %[1]q\n\n[host.%[1]q]\n  capabilities = [\"pull\", \"resolve\"]\n", "http://"+address)
}

// StartRegistry serves the images until the context ends.
func (n *Node) StartRegistry(ctx context.Context) error {
	handler, err := registry.New(n.spec.ImageDir)
	if err != nil {
		return err
	}
	if len(n.spec.Images) == 0 {
		n.spec.Images = handler.Names()
	}
	for name, address := range registries {
		file := n.spec.path("registries", name, "hosts.toml")
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return fmt.Errorf("make the directory of registries: %w", err)
		}
		if err := os.WriteFile(file, []byte(hosts(address)), 0o644); err != nil {
			return fmt.Errorf("tell containerd of a registry: %w", err)
		}
	}
	listener, err := net.Listen("tcp", registryAddress)
	if err != nil {
		return fmt.Errorf("start the node's registry: %w", err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { server.Close() })
	go func() { _ = server.Serve(listener) }()
	return nil
}
