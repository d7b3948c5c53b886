// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	authentication "k8s.io/api/authentication/v1"
	v1 "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"kubelet-ordering/hack/testnode/internal/space"
)

// Client sends the few API requests that show whether the cluster is ready.
type Client struct{ rest *rest.RESTClient }

// NewClient returns a client that authenticates as the user of the kubeconfig.
func NewClient(kubeconfig string) (*Client, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("read the kubeconfig %q: %w", kubeconfig, err)
	}
	config.Timeout = 5 * time.Second
	// No rate limit: callers poll.
	config.QPS = -1
	// Ignore the proxy settings of the environment.
	config.Proxy = func(*http.Request) (*url.URL, error) { return nil, nil }
	// The serializer decodes only the Status of a failure; ask decodes all other answers.
	scheme := runtime.NewScheme()
	meta.AddToGroupVersion(scheme, v1.SchemeGroupVersion)
	config.NegotiatedSerializer = serializer.NewCodecFactory(scheme).WithoutConversion()
	client, err := rest.UnversionedRESTClientFor(config)
	if err != nil {
		return nil, fmt.Errorf("use the kubeconfig %q: %w", kubeconfig, err)
	}
	return &Client{rest: client}, nil
}

// Ready returns nil if the API server reports that it is ready.
func (c *Client) Ready(ctx context.Context) error {
	return ask(ctx, c.rest.Get().AbsPath("/readyz"), nil)
}

// NodeReady returns nil if the node is registered, ready and without taints.
func (c *Client) NodeReady(ctx context.Context) error {
	var node v1.Node
	if err := ask(ctx, c.rest.Get().AbsPath("/api/v1/nodes", space.Hostname), &node); err != nil {
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

// TokensIssued returns nil if pods can be created in namespace default and get a token of its default service account.
func (c *Client) TokensIssued(ctx context.Context) error {
	const namespace = "/api/v1/namespaces/default"
	request := c.rest.Post().AbsPath(namespace, "serviceaccounts/default/token").
		SetHeader("Content-Type", "application/json").
		Body([]byte(`{"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}`))
	var answer authentication.TokenRequest
	if err := ask(ctx, request, &answer); err != nil {
		return err
	}
	if answer.Status.Token == "" {
		return fmt.Errorf("the API server answers a request for a token without one")
	}
	return ask(ctx, c.rest.Get().AbsPath(namespace, "configmaps/kube-root-ca.crt"), nil)
}

func ask(ctx context.Context, request *rest.Request, answer any) error {
	result := request.Do(ctx)
	if err := result.Error(); err != nil || answer == nil {
		return err
	}
	got, err := result.Raw()
	if err != nil {
		return err
	}
	if err := json.Unmarshal(got, answer); err != nil {
		return fmt.Errorf("decode the answer of %s: %w", request.URL(), err)
	}
	return nil
}
