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

// Client asks an API server the few questions that show whether the cluster is ready.
type Client struct{ rest *rest.RESTClient }

// NewClient returns a client that is the user that the kubeconfig is for.
func NewClient(kubeconfig string) (*Client, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("read the kubeconfig %q: %w", kubeconfig, err)
	}
	config.Timeout = 5 * time.Second
	// Whoever waits asks often.
	config.QPS = -1
	// No proxy, whatever the environment says.
	config.Proxy = func(*http.Request) (*url.URL, error) { return nil, nil }
	// It decodes what the server says of a failure; other answers are decoded here.
	scheme := runtime.NewScheme()
	meta.AddToGroupVersion(scheme, v1.SchemeGroupVersion)
	config.NegotiatedSerializer = serializer.NewCodecFactory(scheme).WithoutConversion()
	client, err := rest.UnversionedRESTClientFor(config)
	if err != nil {
		return nil, fmt.Errorf("use the kubeconfig %q: %w", kubeconfig, err)
	}
	return &Client{rest: client}, nil
}

// Ready returns nil when the API server says that it is.
func (c *Client) Ready(ctx context.Context) error {
	return ask(ctx, c.rest.Get().AbsPath("/readyz"), nil)
}

// NodeReady returns nil when the node is registered and ready, and pods may be scheduled on it.
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

// TokensIssued returns nil when pods in namespace default can be created and get a token of its service account.
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
