// SPDX-License-Identifier: Apache-2.0

package node

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"time"

	"kubelet-ordering/hack/testnode/internal/cluster"
	"kubelet-ordering/hack/testnode/internal/space"
)

const (
	kubeletUnit = "kubelet"
	// The node has a loopback interface of its own, so the kubelet's usual ports are free.
	readOnlyURL = "http://127.0.0.1:10255"
	healthzURL  = "http://127.0.0.1:10248/healthz"
)

// StartKubelet starts the kubelet and waits until it is healthy. A standalone kubelet must also serve /pods.
func (n *Node) StartKubelet(ctx context.Context) error {
	if n.spec.Kubelet == nil {
		return fmt.Errorf("this node was brought up without a kubelet")
	}
	config, err := renderKubelet(n.spec)
	if err != nil {
		return err
	}
	for _, dir := range []string{n.spec.Kubelet.ManifestDir, n.spec.path("volume-plugins")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("make a directory for the kubelet: %w", err)
		}
	}
	for file, content := range map[string][]byte{"kubelet.json": config, "resolv.conf": nil} {
		if err := os.WriteFile(n.spec.path(file), content, 0o644); err != nil {
			return fmt.Errorf("write a configuration: %w", err)
		}
	}
	argv := []string{
		n.spec.Kubelet.Path,
		"--config=" + n.spec.path("kubelet.json"),
		"--hostname-override=" + space.Hostname,
		"--node-ip=" + space.NodeIP,
		"--v=" + strconv.Itoa(n.spec.Kubelet.Verbosity),
	}
	if n.spec.Cluster != nil {
		argv = append(argv, "--kubeconfig="+n.spec.Credentials().Kubeconfig(cluster.Kubelet))
	}
	if err := n.start(kubeletUnit, argv); err != nil {
		return err
	}
	return n.await(ctx, kubeletUnit, 2*time.Minute, func() error {
		if err := answers(healthzURL); err != nil || n.spec.Cluster != nil {
			return err
		}
		return answers(readOnlyURL + "/pods")
	})
}

func answers(url string) error {
	response, err := direct.Get(url)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, response.Status)
	}
	return nil
}

// direct ignores the proxy settings of the environment.
var direct = &http.Client{Transport: &http.Transport{Proxy: nil}, Timeout: 2 * time.Second}
