// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"fmt"
	"strings"
	"testing"

	"github.com/google/cel-go/cel"
	"github.com/google/go-cmp/cmp"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apiserver/pkg/cel/environment"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"

	"kubelet-ordering/cmd/order-webhook/internal/serve"
)

const manifests = "../../docs/manifests/order-webhook"

// build returns the objects of a kustomization by kind and name.
func build(t *testing.T, name string) map[string][]byte {
	t.Helper()
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), manifests+name)
	if err != nil {
		t.Fatal(err)
	}
	objects := map[string][]byte{}
	for _, r := range resources.Resources() {
		text, err := r.AsYAML()
		if err != nil {
			t.Fatal(err)
		}
		objects[r.GetKind()+"/"+r.GetName()] = text
	}
	return objects
}

func decode[T any](t *testing.T, text []byte) *T {
	t.Helper()
	object := new(T)
	if err := yaml.UnmarshalStrict(text, object); err != nil {
		t.Fatalf("%s\n%v", text, err)
	}
	return object
}

// TestKustomizations: each way of installation has what it needs, and the program takes its flags.
func TestKustomizations(t *testing.T) {
	base := "Deployment Namespace PodDisruptionBudget Service ValidatingWebhookConfiguration"
	rotated := " ClusterRole ClusterRoleBinding Role RoleBinding Secret ServiceAccount"
	tests := map[string]struct{ kinds, rotates, mutating string }{
		"/base":          {kinds: base + rotated, rotates: "order-webhook"},
		"/node-selector": {kinds: base + rotated + " MutatingWebhookConfiguration", rotates: "order-webhook", mutating: "zz-order-webhook"},
		"/cert-manager":  {kinds: base + " Certificate Issuer"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			objects := build(t, name)
			kinds, want := map[string]bool{}, map[string]bool{}
			for key := range objects {
				kind, _, _ := strings.Cut(key, "/")
				kinds[kind] = true
			}
			for kind := range strings.FieldsSeq(test.kinds) {
				want[kind] = true
			}
			if diff := cmp.Diff(want, kinds); diff != "" {
				t.Errorf("kinds (-want +got)\n%s", diff)
			}
			deployment := decode[appsv1.Deployment](t, objects["Deployment/order-webhook"])
			pod := deployment.Spec.Template.Spec
			var o serve.Options
			flags := flag.NewFlagSet("", flag.ContinueOnError)
			o.AddFlags(flags)
			if err := flags.Parse(pod.Containers[0].Args); err != nil {
				t.Fatal(err)
			}
			if err := o.Check(); err != nil {
				t.Error(err)
			}
			if o.Rotate.Secret != test.rotates || o.Rotate.Mutating != test.mutating {
				t.Errorf("it rotates %q and has the configuration %q", o.Rotate.Secret, o.Rotate.Mutating)
			}
			if test.rotates != "" && objects["ValidatingWebhookConfiguration/"+o.Rotate.Validating] == nil {
				t.Errorf("there is no configuration %q", o.Rotate.Validating)
			}
			if mounts := pod.AutomountServiceAccountToken; test.rotates == "" && (pod.ServiceAccountName != "" || mounts == nil || *mounts) {
				t.Error("its pods have access to the API server, and need none")
			}
			if o.CertDir != pod.Containers[0].VolumeMounts[0].MountPath || int(pod.Containers[0].Ports[0].ContainerPort) != o.Port {
				t.Errorf("it serves on %d, with the certificate in %q", o.Port, o.CertDir)
			}
		})
	}
}

// hooks returns the webhooks of all configurations by name and configuration, as what both kinds have in common.
func hooks(t *testing.T) map[string]admissionregistrationv1.ValidatingWebhook {
	t.Helper()
	all := map[string]admissionregistrationv1.ValidatingWebhook{}
	objects := build(t, "/node-selector")
	validating := objects["ValidatingWebhookConfiguration/order-webhook"]
	for _, w := range decode[admissionregistrationv1.ValidatingWebhookConfiguration](t, validating).Webhooks {
		all["validate "+strings.TrimSuffix(w.Name, ".order-webhook.local")] = w
	}
	mutating := objects["MutatingWebhookConfiguration/zz-order-webhook"]
	for _, w := range decode[admissionregistrationv1.MutatingWebhookConfiguration](t, mutating).Webhooks {
		all["select "+strings.TrimSuffix(w.Name, ".order-webhook.local")] = admissionregistrationv1.ValidatingWebhook{
			Name: w.Name, ClientConfig: w.ClientConfig, Rules: w.Rules, FailurePolicy: w.FailurePolicy, MatchPolicy: w.MatchPolicy,
			NamespaceSelector: w.NamespaceSelector, SideEffects: w.SideEffects, TimeoutSeconds: w.TimeoutSeconds,
			MatchConditions: w.MatchConditions,
		}
	}
	return all
}

// TestBlastRadius: what the webhooks may break if they do not answer, or answer late.
func TestBlastRadius(t *testing.T) {
	paths := map[string]string{"validate": serve.ValidatePath, "select": serve.SelectorPath}
	all := hooks(t)
	if len(all) != 6 {
		t.Fatalf("there are %d webhooks", len(all))
	}
	for name, w := range all {
		purpose, _, _ := strings.Cut(name, " ")
		got := fmt.Sprintf("%v %v %v %v %v %v", *w.FailurePolicy, *w.MatchPolicy, *w.SideEffects, *w.TimeoutSeconds,
			w.NamespaceSelector.MatchExpressions[0].Values, *w.ClientConfig.Service.Path)
		if want := "Ignore Equivalent None 3 [kube-system order-webhook] " + paths[purpose]; got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
		for _, r := range w.Rules {
			if strings.ContainsAny(strings.Join(append(r.Resources, r.APIGroups...), ""), "*/") {
				t.Errorf("%s: it is asked about %v: that is more than it knows", name, r)
			}
		}
	}
}

// asked reports whether the conditions of the webhook let the request pass.
func asked(t *testing.T, w admissionregistrationv1.ValidatingWebhook, object, old string) bool {
	t.Helper()
	env, err := environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion()).StoredExpressionsEnv().Extend(
		cel.Variable("object", cel.DynType), cel.Variable("oldObject", cel.DynType))
	if err != nil {
		t.Fatal(err)
	}
	given := map[string]any{}
	for name, text := range map[string]string{"object": object, "oldObject": old} {
		var value any
		if err := yaml.UnmarshalStrict([]byte(text), &value); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		given[name] = value
	}
	// One condition that is false decides, whatever error another has.
	var failed error
	for _, c := range w.MatchConditions {
		ast, issues := env.Compile(c.Expression)
		if issues.Err() != nil {
			t.Fatalf("%s: %v", c.Name, issues.Err())
		}
		program, err := env.Program(ast)
		if err != nil {
			t.Fatal(err)
		}
		value, _, err := program.Eval(given)
		if err != nil {
			failed = fmt.Errorf("%s: %w", c.Name, err)
		} else if value.Value() != true {
			return false
		}
	}
	if failed != nil {
		t.Fatal(failed)
	}
	return true
}

func TestMatchConditions(t *testing.T) {
	const (
		key    = "container.lifecycle.alpha.kubernetes.io/app"
		none   = `{}`
		other  = `{annotations: {a: b}}`
		order  = `{annotations: {` + key + `: "{}"}}`
		more   = `{labels: {a: b}, annotations: {a: b, ` + key + `: "{}"}}`
		edited = `{annotations: {` + key + `: "{type: Sidecar}"}}`
		mirror = `{annotations: {kubernetes.io/config.mirror: x, ` + key + `: "{}"}}`
		plain  = `{containers: [{name: app, lifecycle: {preStop: {}}}]}`
		image  = `{containers: [{name: app, image: b, lifecycle: {preStop: {}}}]}`
		field  = `{containers: [{name: app, lifecycle: {preStopTiming: InTurn}}]}`
		native = `{containers: [{name: app}], initContainers: [{name: p, lifecycle: {type: Sidecar}}]}`
	)
	places := map[string]string{
		"validate pods": "{metadata: %s, spec: %s}", "validate templates": "{spec: {replicas: 1, template: {metadata: %s, spec: %s}}}",
		"validate cronjobs":     "{spec: {jobTemplate: {spec: {template: {metadata: %s, spec: %s}}}}}",
		"validate podtemplates": "{template: {metadata: %s, spec: %s}}",
		"select pods":           "{metadata: %s, spec: %s}", "select daemonsets": "{spec: {template: {metadata: %s, spec: %s}}}",
	}
	tests := map[string]struct {
		metadata, spec string
		// oldMetadata and oldSpec are empty for a new object.
		oldMetadata, oldSpec string
		want                 bool
	}{
		"no order":           {metadata: none, spec: plain},
		"another annotation": {metadata: other, spec: plain},
		"annotation":         {metadata: order, spec: plain, want: true},
		"field":              {metadata: none, spec: field, want: true},
		"native sidecar":     {metadata: none, spec: native, want: true},
		"order added":        {metadata: order, spec: plain, oldMetadata: none, oldSpec: plain, want: true},
		"order removed":      {metadata: none, spec: plain, oldMetadata: order, oldSpec: plain},
		"order edited":       {metadata: edited, spec: plain, oldMetadata: order, oldSpec: plain, want: true},
		"image edited":       {metadata: order, spec: image, oldMetadata: order, oldSpec: plain, want: true},
		"nothing edited":     {metadata: order, spec: plain, oldMetadata: order, oldSpec: plain},
	}
	all := hooks(t)
	for hook, place := range places {
		for name, test := range tests {
			if hook == "select pods" && test.oldSpec != "" {
				continue // It is asked about new pods alone.
			}
			t.Run(hook+"/"+name, func(t *testing.T) {
				old := "null"
				if test.oldSpec != "" {
					old = fmt.Sprintf(place, test.oldMetadata, test.oldSpec)
				}
				if got := asked(t, all[hook], fmt.Sprintf(place, test.metadata, test.spec), old); got != test.want {
					t.Errorf("asked: %t, want %t", got, test.want)
				}
			})
		}
	}
	pods, templates := all["validate pods"], all["validate templates"]
	pod := func(metadata, spec string) string { return fmt.Sprintf(places["validate pods"], metadata, spec) }
	scaled := func(replicas int) string {
		return fmt.Sprintf("{spec: {replicas: %d, template: {metadata: %s, spec: %s}}}", replicas, order, plain)
	}
	for name, got := range map[string]bool{
		"of a static pod":       asked(t, pods, pod(mirror, plain), "null"),
		"for a label":           asked(t, pods, pod(more, plain), pod(order, plain)),
		"for a scaled one":      asked(t, templates, scaled(2), scaled(1)),
		"without a template":    asked(t, templates, "{spec: {replicas: 1}}", "null"),
		"of a mirror to select": asked(t, all["select pods"], pod(mirror, plain), "null"),
	} {
		if got {
			t.Errorf("it is asked %s", name)
		}
	}
	if bare := "{spec: {template: {spec: " + field + "}}}"; !asked(t, templates, bare, "null") {
		t.Error("it is not asked about a template without metadata")
	}
}
