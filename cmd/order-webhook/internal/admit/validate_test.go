// SPDX-License-Identifier: Apache-2.0

package admit

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	admissionv1 "k8s.io/api/admission/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
	"sigs.k8s.io/yaml"
)

const order = "container.lifecycle.alpha.kubernetes.io/"

// A pod with a proxy that the app waits for, and what makes it invalid.
const (
	probe  = `{name: proxy, readinessProbe: {exec: {command: ["true"]}}}`
	valid  = `{annotations: {` + order + `proxy: "{type: Sidecar}"}}`
	cycle  = `{annotations: {` + order + `proxy: "{dependsOn: [{container: app}]}", ` + order + `app: "{dependsOn: [{container: proxy}]}"}}`
	absent = `{annotations: {` + order + `proxi: "{type: Sidecar}"}}`
	none   = `{}`
	spec   = `{containers: [{name: app}, ` + probe + `]}`
)

// objectOf returns an object of the kind whose pod, or whose pod template, has the metadata and the spec.
func objectOf(kind, metadata, spec string) string {
	template := fmt.Sprintf("{metadata: %s, spec: %s}", metadata, spec)
	switch kind {
	case "Pod":
		return fmt.Sprintf("{apiVersion: v1, kind: Pod, metadata: %s, spec: %s}", strings.Replace(metadata, "{", "{name: web, ", 1), spec)
	case "CronJob":
		return "{apiVersion: batch/v1, kind: CronJob, metadata: {name: web}, spec: {jobTemplate: {spec: {template: " + template + "}}}}"
	case "PodTemplate":
		return "{apiVersion: v1, kind: PodTemplate, metadata: {name: web}, template: " + template + "}"
	case "Job":
		return "{apiVersion: batch/v1, kind: Job, metadata: {name: web}, spec: {template: " + template + "}}"
	case "ReplicationController":
		return "{apiVersion: v1, kind: ReplicationController, metadata: {name: web}, spec: {template: " + template + "}}"
	}
	return "{apiVersion: apps/v1, kind: " + kind + ", metadata: {name: web}, spec: {template: " + template + "}}"
}

func raw(t testing.TB, text string) runtime.RawExtension {
	t.Helper()
	if text == "" {
		return runtime.RawExtension{}
	}
	content, err := yaml.YAMLToJSONStrict([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return runtime.RawExtension{Raw: content}
}

func request(t testing.TB, operation admissionv1.Operation, now, old string) admission.Request {
	return admission.Request{AdmissionRequest: admissionv1.AdmissionRequest{
		UID: "u", Operation: operation, Object: raw(t, now), OldObject: raw(t, old)}}
}

// answer is what a test looks at.
type answer struct {
	Allowed bool
	// Causes are the fields of the causes.
	Causes []string
	// Rules are those of the warnings.
	Rules []string
}

func answerOf(r admission.Response) answer {
	a := answer{Allowed: r.Allowed}
	if r.Result != nil && r.Result.Details != nil {
		for _, cause := range r.Result.Details.Causes {
			a.Causes = append(a.Causes, cause.Field)
		}
	}
	for _, text := range r.Warnings {
		if _, rule, ok := strings.Cut(text, " ["); ok && strings.HasSuffix(rule, "]") {
			text = strings.TrimSuffix(rule[strings.LastIndex(rule, "[")+1:], "]")
		}
		a.Rules = append(a.Rules, text)
	}
	return a
}

func TestValidator(t *testing.T) {
	const key = "metadata.annotations[" + order
	create := func(object string) admission.Request { return request(t, admissionv1.Create, object, "") }
	update := func(now, old string) admission.Request { return request(t, admissionv1.Update, now, old) }
	allowed := answer{Allowed: true}
	pod := func(metadata, spec string) string { return objectOf("Pod", metadata, spec) }
	tests := map[string]struct {
		request admission.Request
		want    answer
	}{
		"no order":      {create(pod(none, spec)), allowed},
		"a valid order": {create(pod(valid, spec)), allowed},
		"a cycle":       {create(pod(cycle, spec)), answer{Causes: []string{key + "app]"}}},
		"no such name":  {create(pod(absent, spec)), answer{Causes: []string{key + "proxi]"}}},
		"undecodable":   {create(pod(`{annotations: {`+order+`app: "{"}}`, spec)), answer{Causes: []string{key + "app]"}}},
		"two problems": {create(pod(`{annotations: {`+order+`app: "{", `+order+`b: "{}"}}`, spec)),
			answer{Causes: []string{key + "app]", key + "b]"}}},
		"an empty value": {create(pod(`{annotations: {`+order+`app: ""}}`, spec)), answer{Causes: []string{key + "app]"}}},
		"a trap": {create(pod(valid, `{containers: [{name: app}, {name: proxy}]}`)),
			answer{Allowed: true, Rules: []string{"sidecar-without-probe"}}},
		"a trap, of a controller": {create(pod(
			`{ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: r, uid: u, controller: true}], `+valid[1:],
			`{containers: [{name: app}, {name: proxy}]}`)), allowed},
		"a mirror pod": {create(pod(`{annotations: {kubernetes.io/config.mirror: x, `+order+`proxi: "{}"}}`, spec)),
			answer{Allowed: true, Rules: []string{"invalid-order"}}},
		"the field": {create(pod(none, `{containers: [{name: app, lifecycle: {dependsOn: [{container: b}]}}]}`)),
			answer{Causes: []string{"spec.containers[0].lifecycle.dependsOn[0].container"}}},
		"an unreadable field": {create(pod(none, `{containers: [{name: app, lifecycle: {dependsOn: 1}}]}`)),
			answer{Causes: []string{"spec.containers[0].lifecycle"}}},
		"a mesh that injects": {create(objectOf("Deployment", `{annotations: {`+order+`istio-proxy: "{type: Sidecar}"}}`, spec)),
			answer{Allowed: true, Rules: []string{"injected-container"}}},
		"a named injector": {create(objectOf("Deployment", `{annotations: {`+order+`agent: "{type: Sidecar}"}}`, spec)),
			answer{Allowed: true, Rules: []string{"injected-container"}}},
		"no containers": {create("{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {template: {spec: {}}}}"), allowed},
		"another kind":  {create("{apiVersion: v1, kind: ConfigMap, metadata: {name: web}}"), allowed},
		"no pod": {create(pod(absent, "{containers: [{name: 1}]}")), answer{Allowed: true, Rules: []string{
			"its container order was not checked: the object: cannot be read as a pod: cannot convert int64 to string"}}},
		"a deletion":   {request(t, admissionv1.Delete, "", pod(absent, spec)), allowed},
		"a connection": {request(t, admissionv1.Connect, pod(absent, spec), ""), allowed},

		"made invalid":  {update(pod(absent, spec), pod(valid, spec)), answer{Causes: []string{key + "proxi]"}}},
		"order added":   {update(pod(absent, spec), pod(none, spec)), answer{Causes: []string{key + "proxi]"}}},
		"order removed": {update(pod(none, spec), pod(absent, spec)), allowed},
		"unchanged":     {update(pod(absent, spec), pod(absent, spec)), allowed},
		"another image": {update(pod(absent, spec),
			pod(absent, strings.Replace(spec, "name: app", "name: app, image: b", 1))), allowed},
		"a finalizer removed": {update(pod(absent, spec), pod(`{finalizers: [a/b], `+absent[1:], spec)), allowed},
		"made invalid while it is deleted": {update(pod(`{deletionTimestamp: "2026-11-22T08:00:00Z", `+absent[1:], spec),
			pod(valid, spec)), allowed},
		"trap, order unchanged": {update(pod(valid, `{containers: [{name: app}, {name: proxy}]}`), pod(valid, spec)), allowed},
		"one of two mended": {update(pod(`{annotations: {`+order+`b: "{}"}}`, spec),
			pod(`{annotations: {`+order+`app: "{", `+order+`b: "{}"}}`, spec)),
			answer{Allowed: true, Rules: []string{"invalid-order"}}},
		"one of two replaced": {update(pod(`{annotations: {`+order+`app: "[", `+order+`b: "{}"}}`, spec),
			pod(`{annotations: {`+order+`app: "{", `+order+`b: "{}"}}`, spec)), answer{Causes: []string{key + "app]", key + "b]"}}},
		"an unreadable old object": {update(pod(absent, spec), "{apiVersion: v1, kind: Pod, spec: {containers: [{name: 1}]}}"),
			answer{Causes: []string{key + "proxi]"}}},
		"an unreadable field, unchanged": {update(pod(none, `{containers: [{name: app, lifecycle: {dependsOn: 1}}]}`),
			pod(none, `{containers: [{name: app, lifecycle: {dependsOn: 1}}]}`)), answer{Allowed: true, Rules: []string{"invalid-order"}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			v := &Validator{Injected: []string{"agent"}}
			if diff := cmp.Diff(test.want, answerOf(v.Handle(context.Background(), test.request))); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// TestKinds: the orders of all kinds of templates are checked, and the path is that of the object.
func TestKinds(t *testing.T) {
	for kind, base := range map[string]string{
		"Pod": "", "Deployment": "spec.template.", "StatefulSet": "spec.template.", "DaemonSet": "spec.template.", "ReplicaSet": "spec.template.",
		"Job": "spec.template.", "ReplicationController": "spec.template.", "PodTemplate": "template.",
		"CronJob": "spec.jobTemplate.spec.template.",
	} {
		t.Run(kind, func(t *testing.T) {
			v := &Validator{}
			if got := v.Handle(context.Background(), request(t, admissionv1.Create, objectOf(kind, valid, spec), "")); !got.Allowed {
				t.Errorf("a valid order is refused: %v", got.Result)
			}
			got := v.Handle(context.Background(), request(t, admissionv1.Create, objectOf(kind, absent, spec), ""))
			want := answer{Causes: []string{base + "metadata.annotations[" + order + "proxi]"}}
			if diff := cmp.Diff(want, answerOf(got)); diff != "" {
				t.Fatalf("-want +got\n%s", diff)
			}
			status := got.Result
			if status.Details.Kind != kind || status.Details.Name != "web" || status.Code != 422 || status.Reason != "Invalid" {
				t.Errorf("it does not name the object: %+v", status)
			}
			for _, part := range []string{kind + ` "web"`, want.Causes[0], "correct the name in the annotation, or remove the annotation"} {
				if !strings.Contains(status.Message, part) {
					t.Errorf("%q is missing from the message: %s", part, status.Message)
				}
			}
		})
	}
}

// TestAnswersAreBounded: whatever an object has, the answer is small, and says how much it leaves out.
func TestAnswersAreBounded(t *testing.T) {
	var unknown, containers, traps []string
	for i := range 2000 {
		unknown = append(unknown, fmt.Sprintf(`%sno-%d: "{dependsOn: [{container: a%d}, {container: a%d}]}"`, order, i, i, i))
		containers = append(containers, fmt.Sprintf("{name: c-%d}", i))
	}
	for i := range 100 {
		traps = append(traps, fmt.Sprintf(`%sc-%d: "{type: Sidecar}"`, order, i))
	}
	many := `{annotations: {` + strings.Join(unknown, ", ") + `}}`
	aliases := `{annotations: {` + order + `app: "a: &a [x, x]\nb: [*a, *a]"}}`
	tests := map[string]struct {
		object   string
		causes   int
		contains string
	}{
		"many unknown":     {objectOf("Pod", many, spec), 33, "1968 more problems"},
		"2,000 containers": {objectOf("Job", valid, `{containers: [`+strings.Join(containers, ", ")+`]}`), 1, "may have 128 of them"},
		"YAML aliases":     {objectOf("Pod", aliases, spec), 1, "YAML anchor or alias"},
		"a great value": {objectOf("Pod", `{annotations: {`+order+`app: "`+strings.Repeat("x", 3<<20)+`"}}`, spec), 1,
			"it has 3145728 bytes"},
		"a great name": {objectOf("Pod", `{annotations: {? `+order+strings.Repeat("x", 3<<20)+` : ""}}`, spec), 1, "correct the name"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := (&Validator{}).Handle(context.Background(), request(t, admissionv1.Create, test.object, ""))
			text, err := json.Marshal(got.Result)
			if err != nil {
				t.Fatal(err)
			}
			if got.Allowed || len(got.Result.Details.Causes) != test.causes || !strings.Contains(got.Result.Message, test.contains) {
				t.Errorf("allowed %t, %d causes, %.2000s", got.Allowed, len(got.Result.Details.Causes), text)
			}
			if len(text) > 64<<10 {
				t.Errorf("the answer has %d bytes", len(text))
			}
		})
	}
	t.Run("many traps", func(t *testing.T) {
		object := objectOf("Pod", `{annotations: {`+strings.Join(traps, ", ")+`}}`,
			`{containers: [{name: app}, `+strings.Join(containers[:100], ", ")+`]}`)
		got := (&Validator{}).Handle(context.Background(), request(t, admissionv1.Create, object, ""))
		if !got.Allowed || len(got.Warnings) != maxWarnings+1 || !strings.Contains(got.Warnings[maxWarnings], "and 94 more") {
			t.Errorf("allowed %t, warnings %q", got.Allowed, got.Warnings)
		}
		if size := len(strings.Join(got.Warnings, "")); size > 4096 {
			t.Errorf("the API server would cut %d bytes of warnings short", size)
		}
	})
}
