// SPDX-License-Identifier: Apache-2.0

// Package serve runs the admission webhooks: their server, its certificates, and what tells of its health.
package serve

import (
	"errors"
	"flag"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

// Options say what to serve, and where.
type Options struct {
	// Host and Port are where the webhooks are.
	Host string
	Port int
	// Probes and Metrics are the addresses of the health endpoints and of the metrics, or empty.
	Probes, Metrics string
	// CertDir is the directory of tls.crt and tls.key.
	CertDir string
	// Rotate reports whether to make and rotate the certificate.
	Rotate Rotation
	// Injected are the names of containers that something injects into pods.
	Injected []string
}

// Rotation is what the rotation of certificates needs to know. There is none if Secret is empty.
type Rotation struct {
	// Namespace and Secret are where the certificate is kept. The directory of the certificate shows the Secret.
	Namespace, Secret string
	// Service is the name of the Service in the namespace.
	Service string
	// Validating and Mutating are the names of the configurations that get the certificate of the authority.
	Validating, Mutating string
}

// AddFlags adds the options to the flags.
func (o *Options) AddFlags(flags *flag.FlagSet) {
	flags.StringVar(&o.Host, "host", "", "the `address` to listen on (default: all)")
	flags.IntVar(&o.Port, "port", 9443, "the port of the webhooks: /validate and /node-selector")
	flags.StringVar(&o.Probes, "probe-address", ":8081", "the `address` of /healthz and /readyz; none if it is empty")
	flags.StringVar(&o.Metrics, "metrics-address", ":8080", "the `address` of /metrics; none if it is empty")
	flags.StringVar(&o.CertDir, "cert-dir", "/certificates",
		"the `directory` of tls.crt and tls.key, which are read again when they change")
	flags.StringVar(&o.Rotate.Secret, "rotate-secret", "",
		"make and rotate the certificate, and keep it in the Secret of this `name`")
	flags.StringVar(&o.Rotate.Namespace, "namespace", "order-webhook", "the `namespace` of the Secret and of the Service")
	flags.StringVar(&o.Rotate.Service, "service", "order-webhook", "the `name` of the Service, for which the certificate is")
	flags.StringVar(&o.Rotate.Validating, "validating-configuration", "order-webhook",
		"the `name` of the ValidatingWebhookConfiguration that gets the certificate of the authority")
	flags.StringVar(&o.Rotate.Mutating, "mutating-configuration", "",
		"the `name` of the MutatingWebhookConfiguration that gets it, too, if there is one")
	flags.Func("injected",
		"the `names` of containers, separated by commas, that something injects into pods: a template may be about them",
		func(value string) error {
			for name := range strings.SplitSeq(value, ",") {
				if problems := validation.IsDNS1123Label(name); len(problems) > 0 {
					return fmt.Errorf("%q is no name of a container: %s", name, strings.Join(problems, ", "))
				}
				o.Injected = append(o.Injected, name)
			}
			return nil
		})
}

// Check returns an error if the options cannot be used.
func (o *Options) Check() error {
	switch {
	case o.CertDir == "":
		return errors.New("-cert-dir is empty: name the directory of tls.crt and tls.key")
	case o.Port < 1 || o.Port > 65535:
		return fmt.Errorf("-port %d: use one from 1 to 65535", o.Port)
	case o.Rotate.Secret != "" && (o.Rotate.Namespace == "" || o.Rotate.Service == "" || o.Rotate.Validating == ""):
		return errors.New("-rotate-secret needs -namespace, -service and -validating-configuration")
	}
	return nil
}
