// SPDX-License-Identifier: Apache-2.0

package serve

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/sync/errgroup"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
	"sigs.k8s.io/controller-runtime/pkg/webhook"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"kubelet-ordering/cmd/order-webhook/internal/admit"
	"kubelet-ordering/cmd/order-webhook/internal/bounded"
)

// The paths of the webhooks.
const (
	ValidatePath = "/validate"
	SelectorPath = "/node-selector"
)

// Run serves until the context ends. Requests that have begun are answered first.
func Run(ctx context.Context, o Options) error {
	server := newServer(o)
	ready := healthz.Checker(server.StartedChecker())
	group, ctx := errgroup.WithContext(ctx)
	// The certificate may have to be made first. Until then the probes say that the process is alive and not ready.
	have := make(chan struct{})
	if o.Rotate.Secret == "" {
		close(have)
	} else if err := rotate(ctx, group, o, have); err != nil {
		return err
	}
	group.Go(func() error {
		select {
		case <-ctx.Done():
			return nil
		case <-have:
		}
		if err := server.Start(ctx); err != nil {
			return fmt.Errorf("serve the webhooks on port %d with the certificate in %s: %w", o.Port, o.CertDir, err)
		}
		return nil
	})
	probes := http.NewServeMux()
	probes.Handle("/healthz", http.StripPrefix("/healthz", &healthz.Handler{}))
	probes.Handle("/readyz", http.StripPrefix("/readyz", &healthz.Handler{Checks: map[string]healthz.Checker{"webhooks": ready}}))
	numbers := http.NewServeMux()
	numbers.Handle("/metrics", promhttp.HandlerFor(metrics.Registry, promhttp.HandlerOpts{MaxRequestsInFlight: 2}))
	for address, handler := range map[string]http.Handler{o.Probes: probes, o.Metrics: numbers} {
		if address == "" {
			continue
		}
		group.Go(func() error { return plain(ctx, address, handler) })
	}
	return group.Wait()
}

func newServer(o Options) webhook.Server {
	server := webhook.NewServer(webhook.Options{Host: o.Host, Port: o.Port, CertDir: o.CertDir, TLSOpts: []func(*tls.Config){
		func(c *tls.Config) {
			c.MinVersion = tls.VersionTLS13
			// One stream of HTTP/2 can cost what the bounds of one request do not see. The API server does without.
			c.NextProtos = []string{"http/1.1"}
		},
	}})
	server.Register(ValidatePath, bounded.New(&webhook.Admission{Handler: &admit.Validator{Injected: o.Injected}}))
	server.Register(SelectorPath, bounded.New(&webhook.Admission{Handler: admission.Handler(admit.Selector{})}))
	return server
}

// plain serves without TLS until the context ends.
func plain(ctx context.Context, address string, handler http.Handler) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", address, err)
	}
	server := &http.Server{Handler: handler, ReadTimeout: 5 * time.Second, WriteTimeout: 10 * time.Second, MaxHeaderBytes: 16 << 10}
	context.AfterFunc(ctx, func() { server.Close() })
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve on %s: %w", address, err)
	}
	return nil
}
