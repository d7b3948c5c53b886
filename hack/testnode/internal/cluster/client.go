// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"kubelet-ordering/hack/testnode/internal/space"
)

// Client asks an API server the few questions that show whether the cluster is ready.
type Client struct {
	url  string
	http *http.Client
}

// NewClient returns a client that is the user that the kubeconfig is for.
func NewClient(kubeconfig string) (*Client, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("read the kubeconfig %q: %w", kubeconfig, err)
	}
	config.Timeout = 5 * time.Second
	// No proxy, whatever the environment says.
	config.Proxy = func(*http.Request) (*url.URL, error) { return nil, nil }
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, fmt.Errorf("use the kubeconfig %q: %w", kubeconfig, err)
	}
	return &Client{url: config.Host, http: client}, nil
}

// Ready returns nil when the API server says that it is.
func (c *Client) Ready(ctx context.Context) error {
	return c.do(ctx, http.MethodGet, "/readyz", nil, nil)
}

// NodeReady returns nil when the node is registered and ready, and pods may be scheduled on it.
func (c *Client) NodeReady(ctx context.Context) error {
	var node v1.Node
	if err := c.do(ctx, http.MethodGet, "/api/v1/nodes/"+space.Hostname, nil, &node); err != nil {
		return err
	}
	for _, condition := range node.Status.Conditions {
		if condition.Type == v1.NodeReady && condition.Status == v1.ConditionTrue {
			if len(node.Spec.Taints) > 0 {
				return fmt.Errorf("node %q is ready and still has the taint %q", space.Hostname, node.Spec.Taints[0].Key)
			}
			return nil
		}
		if condition.Type == v1.NodeReady {
			return fmt.Errorf("node %q is not ready: %s", space.Hostname, condition.Message)
		}
	}
	return fmt.Errorf("node %q says nothing of its readiness yet", space.Hostname)
}

// TokensIssued returns nil when pods in namespace default can be created and get a token of its service account.
func (c *Client) TokensIssued(ctx context.Context) error {
	const namespace = "/api/v1/namespaces/default"
	request := map[string]any{"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": map[string]any{}}
	var answer struct {
		Status struct{ Token string }
	}
	if err := c.do(ctx, http.MethodPost, namespace+"/serviceaccounts/default/token", request, &answer); err != nil {
		return err
	}
	if answer.Status.Token == "" {
		return fmt.Errorf("the API server answers a request for a token without one")
	}
	return c.do(ctx, http.MethodGet, namespace+"/configmaps/kube-root-ca.crt", nil, nil)
}

func (c *Client) do(ctx context.Context, method, path string, body, answer any) error {
	content, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("encode a request: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.url+path, bytes.NewReader(content))
	if err != nil {
		return fmt.Errorf("ask %s: %w", path, err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := c.http.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	got, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("read the answer of %s: %w", path, err)
	}
	if response.StatusCode >= 300 {
		return fmt.Errorf("%s answers %s: %.300s", path, response.Status, strings.TrimSpace(string(got)))
	}
	if answer == nil {
		return nil
	}
	if err := json.Unmarshal(got, answer); err != nil {
		return fmt.Errorf("decode the answer of %s: %w", path, err)
	}
	return nil
}
