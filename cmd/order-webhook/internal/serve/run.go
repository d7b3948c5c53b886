// SPDX-License-Identifier: Apache-2.0

package serve

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	logf "sigs.k8s.io/controller-runtime/pkg/log"
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
	ready := server.StartedChecker()
	group, ctx := errgroup.WithContext(ctx)
	if o.Rotate.Secret != "" {
		if err := rotate(ctx, group, o); err != nil {
			return err
		}
	}
	group.Go(func() error {
		if !awaitCertificate(ctx, o.CertDir) {
			return nil
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

// awaitCertificate waits until the directory has a certificate: a Secret may have to be filled first, and to reach the node.
// Until then the probes say that the process is alive and not ready. It returns false if the context ends first.
func awaitCertificate(ctx context.Context, dir string) bool {
	log := logf.Log.WithName("certificate")
	said := false
	err := wait.PollUntilContextCancel(ctx, time.Second, true, func(context.Context) (bool, error) {
		_, err := tls.LoadX509KeyPair(filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key"))
		if err != nil && !said {
			log.Info("Waiting for a certificate", "directory", dir, "reason", err.Error())
			said = true
		}
		return err == nil, nil
	})
	return err == nil
}

func newServer(o Options) webhook.Server {
	server := webhook.NewServer(webhook.Options{Host: o.Host, Port: o.Port, CertDir: o.CertDir, TLSOpts: []func(*tls.Config){
		func(c *tls.Config) {
			c.MinVersion = tls.VersionTLS13
			// One stream of HTTP/2 can cost what the bounds of one request do not see. The API server does without.
			c.NextProtos = []string{"http/1.1"}
		},
	}})
	budget := bounded.NewBudget()
	for path, handler := range map[string]admission.Handler{
		ValidatePath: &admit.Validator{Injected: o.Injected}, SelectorPath: admit.Selector{},
	} {
		server.Register(path, budget.Handler(&webhook.Admission{Handler: handler}))
	}
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
