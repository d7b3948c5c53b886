// SPDX-License-Identifier: Apache-2.0

package e2ecluster

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// registry is a service registry with its one client. From a pod's registration to its deregistration the client sends requests to
// the pod, one after another, and notes each that fails.
type registry struct {
	// address is what pods reach the registry at.
	address string

	lock sync.Mutex
	// clients stop the requests to the registered pods.
	clients map[string]context.CancelFunc
	// registered and deregistered count how often pods said so.
	registered, deregistered map[string]int
	requests                 map[string]int
	failures                 []string
	running                  sync.WaitGroup
}

// requestInterval is the pause between two requests to a pod.
const requestInterval = 100 * time.Millisecond

// newRegistry serves a registry until the spec ends.
func (c *cluster) newRegistry(ctx context.Context) *registry {
	ginkgo.GinkgoHelper()
	nodes, err := c.client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	gomega.Expect(err).NotTo(gomega.HaveOccurred(), "find the node")
	r := &registry{
		clients: map[string]context.CancelFunc{}, registered: map[string]int{}, deregistered: map[string]int{}, requests: map[string]int{},
	}
	for _, address := range nodes.Items[0].Status.Addresses {
		if address.Type == v1.NodeInternalIP {
			r.address = address.Address
		}
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(r.address, "0"))
	gomega.Expect(err).NotTo(gomega.HaveOccurred(), "listen at the node's address")
	r.address = listener.Addr().String()
	server := &http.Server{Handler: r.routes(), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }()
	ginkgo.DeferCleanup(func() error {
		r.lock.Lock()
		for _, stop := range r.clients {
			stop()
		}
		r.lock.Unlock()
		r.running.Wait()
		return server.Close()
	})
	return r
}

func (r *registry) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /register/{pod}/{ip}", func(_ http.ResponseWriter, request *http.Request) {
		r.register(request.PathValue("pod"), request.PathValue("ip"))
	})
	mux.HandleFunc("GET /deregister/{pod}/{ip}", func(_ http.ResponseWriter, request *http.Request) {
		r.deregister(request.PathValue("pod"))
	})
	return mux
}

func (r *registry) register(pod, ip string) {
	r.lock.Lock()
	defer r.lock.Unlock()
	r.registered[pod]++
	if r.clients[pod] != nil {
		return
	}
	var registered context.Context
	registered, r.clients[pod] = context.WithCancel(context.Background())
	r.running.Go(func() { r.useService(registered, pod, ip) })
}

func (r *registry) deregister(pod string) {
	r.lock.Lock()
	defer r.lock.Unlock()
	r.deregistered[pod]++
	if stop := r.clients[pod]; stop != nil {
		stop()
		delete(r.clients, pod)
	}
}

// useService sends requests to the pod while it is registered. A request that has begun is not canceled, and must succeed too.
func (r *registry) useService(registered context.Context, pod, ip string) {
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	for registered.Err() == nil {
		err := ask(client, "http://"+net.JoinHostPort(ip, "8080")+"/ready")
		r.lock.Lock()
		r.requests[pod]++
		if err != nil {
			r.failures = append(r.failures, fmt.Sprintf("%s %s: %v", time.Now().UTC().Format(time.StampMilli), pod, err))
		}
		r.lock.Unlock()
		select {
		case <-registered.Done():
		case <-time.After(requestInterval):
		}
	}
}

func ask(client *http.Client, url string) error {
	response, err := client.Get(url)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the answer is %s", response.Status)
	}
	return nil
}

// served returns how many requests the client has sent to the pod.
func (r *registry) served(pod string) int {
	r.lock.Lock()
	defer r.lock.Unlock()
	return r.requests[pod]
}

// failed returns the failed requests.
func (r *registry) failed() []string {
	r.lock.Lock()
	defer r.lock.Unlock()
	return append([]string(nil), r.failures...)
}

// expectOnce asserts that each of these pods was registered and deregistered once, and that the client used it.
func (r *registry) expectOnce(pods ...string) {
	ginkgo.GinkgoHelper()
	r.lock.Lock()
	defer r.lock.Unlock()
	for _, pod := range pods {
		gomega.Expect(r.registered[pod]).To(gomega.Equal(1), "registrations of %q", pod)
		gomega.Expect(r.deregistered[pod]).To(gomega.Equal(1), "deregistrations of %q", pod)
		gomega.Expect(r.requests[pod]).To(gomega.BeNumerically(">", 0), "requests to %q", pod)
	}
}
