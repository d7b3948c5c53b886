// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apiserver/pkg/cel/environment"
	"sigs.k8s.io/yaml"
)

// evaluate reports whether a manifest's policy applies to a request, and whether it admits the object.
func evaluate(t *testing.T, manifest, object, oldObject string) (matches, admits bool) {
	t.Helper()
	r, _ := open(t)
	first, _, _ := strings.Cut(read(t, filepath.Join(r.Root, "docs", "manifests", manifest)), "\n---\n")
	decoded, err := Decode([]byte(first))
	if err != nil {
		t.Fatal(err)
	}
	policy := decoded.(*admissionregistrationv1.ValidatingAdmissionPolicy)

	env, err := environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion()).StoredExpressionsEnv().Extend(
		variables("object", "oldObject", "variables")...)
	if err != nil {
		t.Fatal(err)
	}
	given := map[string]any{"object": generic(t, object), "oldObject": generic(t, oldObject)}
	eval := func(expression string) any {
		t.Helper()
		ast, issues := env.Compile(expression)
		if issues.Err() != nil {
			t.Fatalf("%s: %v", expression, issues.Err())
		}
		program, err := env.Program(ast)
		if err != nil {
			t.Fatal(err)
		}
		value, _, err := program.Eval(given)
		if err != nil {
			t.Fatalf("%s: %v", expression, err)
		}
		return value.Value()
	}
	for _, c := range policy.Spec.MatchConditions {
		if eval(c.Expression) != true {
			return false, false
		}
	}
	computed := map[string]any{}
	given["variables"] = computed
	for _, v := range policy.Spec.Variables {
		computed[v.Name] = eval(v.Expression)
	}
	admits = true
	for _, v := range policy.Spec.Validations {
		admits = admits && eval(v.Expression) == true
	}
	return true, admits
}

func generic(t *testing.T, text string) any {
	t.Helper()
	var object any
	if err := yaml.UnmarshalStrict([]byte(text), &object); err != nil {
		t.Fatal(err)
	}
	return object
}

func TestOrderedPodsNeedTheNodeSelector(t *testing.T) {
	const (
		annotation = `metadata: {annotations: {container.lifecycle.alpha.kubernetes.io/app: "{}"`
		mirror     = `, kubernetes.io/config.mirror: x`
		end        = "}}\n"
		plain      = "spec: {containers: [{name: app}]}\n"
		field      = "spec: {containers: [{name: app, lifecycle: {type: Sidecar}}]}\n"
		timing     = "spec: {containers: [{name: app, lifecycle: {preStopTiming: AtTermination}}]}\n"
		native     = "spec: {containers: [{name: app}], initContainers: [{name: proxy, lifecycle: {type: Sidecar}}]}\n"
		hook       = "spec: {containers: [{name: app, lifecycle: {preStop: {}}}]}\n"
		selector   = "spec: {containers: [{name: app}], nodeSelector: {node-restriction.kubernetes.io/container-dependencies: \"true\"}}\n"
		wrong      = "spec: {containers: [{name: app}], nodeSelector: {node-restriction.kubernetes.io/container-dependencies: \"false\"}}\n"
		other      = "spec: {containers: [{name: app}], nodeSelector: {a: b}}\n"
	)
	for name, tc := range map[string]struct {
		pod  string
		want [2]bool // matches, admits
	}{
		"no order":                   {pod: "metadata: {annotations: {a: b}}\n" + plain, want: [2]bool{false, false}},
		"no annotations":             {pod: "metadata: {}\n" + plain, want: [2]bool{false, false}},
		"hooks alone":                {pod: "metadata: {}\n" + hook, want: [2]bool{false, false}},
		"annotation without":         {pod: annotation + end + plain, want: [2]bool{true, false}},
		"annotation and other":       {pod: annotation + end + other, want: [2]bool{true, false}},
		"annotation and wrong value": {pod: annotation + end + wrong, want: [2]bool{true, false}},
		"annotation and selector":    {pod: annotation + end + selector, want: [2]bool{true, true}},
		"field without":              {pod: "metadata: {}\n" + field, want: [2]bool{true, false}},
		"timing without":             {pod: "metadata: {}\n" + timing, want: [2]bool{true, false}},
		"native sidecar without":     {pod: "metadata: {}\n" + native, want: [2]bool{true, false}},
		"mirror pod":                 {pod: annotation + mirror + end + plain, want: [2]bool{false, false}},
	} {
		t.Run(name, func(t *testing.T) {
			matches, admits := evaluate(t, "require-ordering-nodes.yaml", tc.pod, "null")
			if diff := cmp.Diff(tc.want, [2]bool{matches, admits}); diff != "" {
				t.Errorf("matches, admits (-want +got):\n%s", diff)
			}
		})
	}
}

// TestAnnotationsOfALivePodAreSeen: the policy gets every request that can change them. Of the pod's subresources with updates,
// only the status keeps those of the request.
func TestAnnotationsOfALivePodAreSeen(t *testing.T) {
	r, _ := open(t)
	first, _, _ := strings.Cut(read(t, filepath.Join(r.Root, "docs", "manifests", "keep-order-of-live-pods.yaml")), "\n---\n")
	decoded, err := Decode([]byte(first))
	if err != nil {
		t.Fatal(err)
	}
	var got [][]string
	for _, rule := range decoded.(*admissionregistrationv1.ValidatingAdmissionPolicy).Spec.MatchConstraints.ResourceRules {
		got = append(got, rule.Resources)
	}
	if diff := cmp.Diff([][]string{{"pods", "pods/status"}}, got); diff != "" {
		t.Errorf("resources (-want +got):\n%s", diff)
	}
}

func TestOrderOfALivePodIsKept(t *testing.T) {
	const (
		none  = "metadata: {annotations: {a: b}}"
		bare  = "metadata: {}"
		one   = `metadata: {annotations: {container.lifecycle.alpha.kubernetes.io/app: "{}"}}`
		also  = `metadata: {annotations: {a: c, container.lifecycle.alpha.kubernetes.io/app: "{}"}}`
		other = `metadata: {annotations: {container.lifecycle.alpha.kubernetes.io/app: "{type: Sidecar}"}}`
	)
	for name, tc := range map[string]struct {
		before, after string
		want          bool
	}{
		"nothing of ours":    {before: none, after: bare, want: true},
		"another annotation": {before: one, after: also, want: true},
		"added":              {before: bare, after: one, want: false},
		"changed":            {before: one, after: other, want: false},
		"removed":            {before: one, after: none, want: false},
		"all removed":        {before: one, after: bare, want: false},
	} {
		t.Run(name, func(t *testing.T) {
			if _, admits := evaluate(t, "keep-order-of-live-pods.yaml", tc.after, tc.before); admits != tc.want {
				t.Errorf("admits: %t, want %t", admits, tc.want)
			}
		})
	}
}
