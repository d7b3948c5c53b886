// SPDX-License-Identifier: Apache-2.0

package serve

import (
	"context"
	"fmt"

	"github.com/open-policy-agent/cert-controller/pkg/rotator"
	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client/config"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

// rotate keeps the certificate in the Secret, and its authority in the configurations, valid.
//
// Each replica does so: a write that is based on an older version of the Secret fails, and the replica looks at the newer one.
func rotate(ctx context.Context, group *errgroup.Group, o Options) error {
	access, err := config.GetConfig()
	if err != nil {
		return fmt.Errorf("find the API server, to keep certificates there (-rotate-secret %s): %w", o.Rotate.Secret, err)
	}
	m, err := manager.New(access, manager.Options{Metrics: server.Options{BindAddress: "0"}, HealthProbeBindAddress: "0"})
	if err != nil {
		return fmt.Errorf("prepare the rotation of certificates: %w", err)
	}
	r := &rotator.CertRotator{
		SecretKey:      types.NamespacedName{Namespace: o.Rotate.Namespace, Name: o.Rotate.Secret},
		CertDir:        o.CertDir,
		CAName:         o.Rotate.Service + "-authority",
		CAOrganization: o.Rotate.Service,
		DNSName:        fmt.Sprintf("%s.%s.svc", o.Rotate.Service, o.Rotate.Namespace),
		// The server begins as soon as the directory has a certificate, which may be long before the rotator looks again.
		IsReady:    make(chan struct{}),
		FieldOwner: "order-webhook",
	}
	for kind, name := range map[rotator.WebhookType]string{
		rotator.Validating: o.Rotate.Validating, rotator.Mutating: o.Rotate.Mutating,
	} {
		if name != "" {
			r.Webhooks = append(r.Webhooks, rotator.WebhookInfo{Name: name, Type: kind})
		}
	}
	if err := rotator.AddRotator(m, r); err != nil {
		return fmt.Errorf("prepare the rotation of certificates: %w", err)
	}
	group.Go(func() error {
		if err := m.Start(ctx); err != nil {
			return fmt.Errorf("rotate the certificates in the Secret %s: %w", r.SecretKey, err)
		}
		return nil
	})
	return nil
}
