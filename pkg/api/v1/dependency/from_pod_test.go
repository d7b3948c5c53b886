// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"encoding/json"
	"errors"
	"math/rand"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// TestFieldOrAnnotation: a random plan is the same whether it is read from fields, from annotations or from both.
func TestFieldOrAnnotation(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	for range 300 {
		plan := randomPlan(random)
		pod := podOf(plan)
		if !InUse(pod, podFields) {
			continue
		}
		for i := range pod.Spec.Containers {
			c, l := &pod.Spec.Containers[i], plan.Containers[i].Lifecycle
			if len(l.fieldNames()) == 0 || random.Intn(2) == 0 {
				continue
			}
			text, err := json.Marshal(l)
			if err != nil {
				t.Fatal(err)
			}
			c.Env = []v1.EnvVar{{Name: fieldVariable, Value: string(text)}}
			if random.Intn(2) == 0 {
				delete(pod.Annotations, AnnotationPrefix+c.Name)
			}
		}
		got, errs := FromPod(pod, podFields)
		if diff := cmp.Diff(plan, got, cmpopts.EquateEmpty()); diff != "" || len(errs) > 0 {
			t.Fatalf("problems %v; plan (-want +got):\n%s", errs, diff)
		}
	}
}

// TestFieldUnknown: without a LifecycleFunc, only annotations are read.
func TestFieldUnknown(t *testing.T) {
	pod := newPod().container("proxy", "-").says(`{"type":"Sidecar"}`).container("app", "-").pod
	if InUse(pod, nil) {
		t.Error("InUse() = true without a LifecycleFunc, want false")
	}
	if !InUse(pod, podFields) {
		t.Error("InUse() = false, want true")
	}
	graph, err := ForPod(newPod().container("proxy", `{"type":"Sidecar"}`).says(`{"before":[{`+
		`"container":"app"}]}`).container("app", "-").pod, nil)
	if err != nil || !graph.IsSidecar("proxy") {
		t.Errorf("ForPod() = %v, %v; want the graph of the annotation", graph, err)
	}
}

func TestProblemsOfField(t *testing.T) {
	const noSuch = `: the pod has no such container: correct the name, or set optional: true if it may be absent`
	cases := map[string]struct {
		base *field.Path
		pod  *podBuilder
		want []string
	}{
		"no order": {pod: newPod().container("app", "-")},
		"annotations are the kubelet's": {
			pod: newPod().container("app", `]`).container("web", `{"dependsOn":[{"container":"web"}]}`).annotate("none", "{}"),
		},
		"a valid field": {pod: newPod().container("proxy", "-").says(`{"type":"Sidecar"}`).container("app", "-")},
		"a valid field and an invalid annotation": {
			pod: newPod().container("proxy", "-").says(`{"type":"Sidecar"}`).container("app", `{"dependsOn":[{"container":"none"}]}`),
			want: []string{
				`metadata.annotations[container.lifecycle.alpha.kubernetes.io/app].dependsOn[0].container: Invalid value: "none"` + noSuch,
			},
		},
		"a field that an annotation makes valid": {
			pod: newPod().container("certs", `{"type":"Sidecar"}`).
				container("proxy", "-").says(`{"type":"Sidecar","dependsOn":[{"container":"certs","condition":"Succeeded"}]}`).container("app", "-"),
		},
		"of a template": {
			base: field.NewPath("spec", "template"),
			pod: newPod().init("setup").says(`{"before":[{"container":"app"}]}`).
				container("app", `{}`).says(`{"type":"Sidecar","dependsOn":[{"container":"none"}]}`).annotate("none", "{}"),
			want: []string{
				`spec.template.spec.initContainers[0].lifecycle.before: Forbidden: "setup" is an init container that is no native sidecar, ` +
					`and those run one after another: remove the field`,
				`spec.template.spec.containers[0].lifecycle: Invalid value: "{\"type\":\"Sidecar\",\"dependsOn\":[{\"container\":\"none\"}]}": ` +
					`the annotation spec.template.metadata.annotations[container.lifecycle.alpha.kubernetes.io/app] says {}: let both say the same, ` +
					`or remove one of the two`,
				`spec.template.metadata.annotations[container.lifecycle.alpha.kubernetes.io/none]: Invalid value: "none": the pod has no regular ` +
					`container and no native sidecar of this name: correct the name in the annotation, or remove the annotation`,
				`spec.template.spec.containers[0].lifecycle.dependsOn[0].container: Invalid value: "none"` + noSuch,
				`spec.template.spec.containers: Invalid value: 1: every container is a Sidecar, so the pod would be complete before it began: ` +
					`leave at least one container Standard`,
			},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, problem := range ProblemsOfField(c.base, c.pod.pod, podFields) {
				got = append(got, problem.Error())
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSaysTheSame: lifecycles are compared by meaning.
func TestSaysTheSame(t *testing.T) {
	cases := map[string]struct {
		a, b string
		want bool
	}{
		"nothing and Standard": {a: `{}`, b: `{"type":"Standard"}`, want: true},
		"Ready is the default": {
			a:    `{"dependsOn":[{"container":"a"}]}`,
			b:    `{"dependsOn":[{"container":"a","condition":"Ready"}]}`,
			want: true,
		},
		"not optional is the default": {
			a:    `{"dependsOn":[{"container":"a","optional":false}]}`,
			b:    `{"dependsOn":[{"container":"a"}]}`,
			want: true,
		},
		"dependsOn in another order": {
			a:    `{"dependsOn":[{"container":"a"},{"container":"b"}]}`,
			b:    `{"dependsOn":[{"container":"b"},{"container":"a"}]}`,
			want: true,
		},
		"before in another order": {a: `{"before":[{"container":"a"},{"type":"Standard"}]}`, b: `{"before":[{"type":"Standard"},{` +
			`"container":"a"}]}`, want: true},
		"equal timeouts":     {a: `{"stopTimeoutSeconds":5}`, b: `{"stopTimeoutSeconds":5}`, want: true},
		"another type":       {a: `{}`, b: `{"type":"Sidecar"}`},
		"another condition":  {a: `{"dependsOn":[{"container":"a"}]}`, b: `{"dependsOn":[{"container":"a","condition":"Started"}]}`},
		"optional":           {a: `{"dependsOn":[{"container":"a","optional":true}]}`, b: `{"dependsOn":[{"container":"a"}]}`},
		"another container":  {a: `{"dependsOn":[{"container":"a"}]}`, b: `{"dependsOn":[{"container":"b"}]}`},
		"one more container": {a: `{"dependsOn":[{"container":"a"}]}`, b: `{"dependsOn":[{"container":"a"},{"container":"b"}]}`},
		"one more before":    {a: `{"before":[{"container":"a"}]}`, b: `{}`},
		"another timeout":    {a: `{"stopTimeoutSeconds":5}`, b: `{"stopTimeoutSeconds":6}`},
		"a timeout":          {a: `{}`, b: `{"stopTimeoutSeconds":5}`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var a, b Lifecycle
			if err := errors.Join(json.Unmarshal([]byte(c.a), &a), json.Unmarshal([]byte(c.b), &b)); err != nil {
				t.Fatal(err)
			}
			if there, back := a.saysTheSame(&b, false), b.saysTheSame(&a, false); there != c.want || back != c.want {
				t.Errorf("saysTheSame() = %t, and %t with the arguments swapped; want %t", there, back, c.want)
			}
		})
	}
}
