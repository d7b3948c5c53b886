// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "k8s.io/api/core/v1"
)

func seconds(s int64) *int64 { return &s }

func TestDecode(t *testing.T) {
	cases := map[string]struct {
		annotation string
		want       Lifecycle
	}{
		"empty object": {annotation: `{}`},
		"JSON": {
			annotation: `{"type":"Sidecar","dependsOn":[{"container":"certs","condition":"Succeeded","optional":true}],` +
				`"before":[{"container":"web"},{"type":"Standard"}],"stopTimeoutSeconds":5}`,
			want: Lifecycle{
				Type:               Sidecar,
				DependsOn:          []Dependency{{Container: "certs", Condition: Succeeded, Optional: true}},
				Before:             []Dependency{{Container: "web"}, {Type: Standard}},
				StopTimeoutSeconds: seconds(5),
			},
		},
		"YAML": {
			annotation: "type: Sidecar\ndependsOn:\n- container: certs\n  condition: Succeeded\n  optional: true\n" +
				"before: [container: web, type: Standard]\nstopTimeoutSeconds: 5\n",
			want: Lifecycle{
				Type:               Sidecar,
				DependsOn:          []Dependency{{Container: "certs", Condition: Succeeded, Optional: true}},
				Before:             []Dependency{{Container: "web"}, {Type: Standard}},
				StopTimeoutSeconds: seconds(5),
			},
		},
		"YAML flow":                {annotation: `{type: Sidecar}`, want: Lifecycle{Type: Sidecar}},
		"YAML with document marks": {annotation: "---\ntype: Sidecar\n...\n", want: Lifecycle{Type: Sidecar}},
		"YAML with CRLF and BOM": {
			annotation: "\ufefftype: Sidecar\r\nbefore: [{container: web}]\r\n",
			want:       Lifecycle{Type: Sidecar, Before: names("web")},
		},
		"YAML with a comment":    {annotation: "# the mesh\ntype: Sidecar # really\n", want: Lifecycle{Type: Sidecar}},
		"YAML with an ampersand": {annotation: "type: Sidecar # R&D, that is research & development, 2*3 * 4", want: Lifecycle{Type: Sidecar}},
		"YAML with a percent":    {annotation: "before: [container: 'a%', container: \"%\"] # 100 %", want: Lifecycle{Before: names("a%", "%")}},
		"YAML merge":             {annotation: "<<: {type: Sidecar}", want: Lifecycle{Type: Sidecar}},
		"YAML with as many marks as there may be": {
			annotation: "before: [" + strings.Repeat("container: a,", MaxYAMLMarks/2-1) + "]",
			want:       Lifecycle{Before: names(slices.Repeat([]string{"a"}, MaxYAMLMarks/2-1)...)},
		},
		"JSON of the greatest size": {
			annotation: `{"type":"Sidecar"}` + strings.Repeat(" ", MaxLifecycleBytes-len(`{"type":"Sidecar"}`)),
			want:       Lifecycle{Type: Sidecar},
		},
		"YAML with a number name": {annotation: "before: [container: '1']\n", want: Lifecycle{Before: names("1")}},
		"JSON with tabs":          {annotation: "\n{\n\t\"type\":\t\"Sidecar\"\n}\n", want: Lifecycle{Type: Sidecar}},
		"JSON escapes": {
			annotation: `{"type":"\u0053idecar","before":[{"container":"\/"},{"container":"\ud83d\ude00"}]}`,
			want:       Lifecycle{Type: Sidecar, Before: names("/", "😀")},
		},
		"null fields are absent": {annotation: `{"type":null,"dependsOn":null,"before":null,"stopTimeoutSeconds":null}`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			plan, errs := FromPod(newPod().container("app", c.annotation).pod, podFields)
			if len(errs) > 0 {
				t.Fatal(errs)
			}
			if diff := cmp.Diff(&c.want, plan.Containers[0].Lifecycle); diff != "" {
				t.Errorf("Lifecycle (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDecodeErrors(t *testing.T) {
	const (
		path   = "metadata.annotations[container.lifecycle.alpha.kubernetes.io/app]: Invalid value: "
		remedy = `: write an object with the fields type, dependsOn, before, preStopTiming and stopTimeoutSeconds, such as {` +
			`"type":"Sidecar"}`
		noAnchors = ` or, in a comment or a string, what looks like one, and neither is allowed: write each value out, or write JSON`
	)
	cases := map[string]struct {
		annotation string
		// want is the text between the path and the remedy.
		want []string
	}{
		"empty":          {annotation: ``, want: []string{`"": it is not an object`}},
		"space":          {annotation: " \n", want: []string{`" \n": it is not an object`}},
		"only a comment": {annotation: `# Sidecar`, want: []string{`"# Sidecar": it is not an object`}},
		"null":           {annotation: `null`, want: []string{`"null": it is not an object`}},
		"a list":         {annotation: `[{}]`, want: []string{`"[{}]": it is not an object`}},
		"a YAML list":    {annotation: `- type: Sidecar`, want: []string{`"- type: Sidecar": it is not an object`}},
		"a string":       {annotation: `"Sidecar"`, want: []string{`"\"Sidecar\"": it is not an object`}},
		"a YAML string":  {annotation: `Sidecar`, want: []string{`"Sidecar": it is not an object`}},
		"a number":       {annotation: `5`, want: []string{`"5": it is not an object`}},
		"unknown field":  {annotation: `{"kind":"Sidecar"}`, want: []string{`"{\"kind\":\"Sidecar\"}": unknown field "kind"`}},
		"wrong case":     {annotation: `{"Type":"Sidecar"}`, want: []string{`"{\"Type\":\"Sidecar\"}": unknown field "Type"`}},
		"wrong case, YAML": {
			annotation: `stoptimeoutseconds: 5`,
			want:       []string{`"stoptimeoutseconds: 5": unknown field "stoptimeoutseconds"`},
		},
		"unknown inner field": {
			annotation: `{"dependsOn":[{"container":"web","Optional":true}]}`,
			want:       []string{`"{\"dependsOn\":[{\"container\":\"web\",\"Optional\":true}]}": unknown field "dependsOn[0].Optional"`},
		},
		"repeated key": {
			annotation: `{"type":"Sidecar","type":"Sidecar"}`,
			want:       []string{`"{\"type\":\"Sidecar\",\"type\":\"Sidecar\"}": duplicate field "type"`},
		},
		"repeated key, YAML": {
			annotation: "type: Sidecar\ntype: Sidecar",
			want:       []string{`"type: Sidecar\ntype: Sidecar": yaml: unmarshal errors: line 2: key "type" already set in map`},
		},
		"several": {
			annotation: `{"b":1,"a":2,"type":"Sidecar","type":"Sidecar"}`,
			want: []string{
				`"{\"b\":1,\"a\":2,\"type\":\"Sidecar\",\"type\":\"Sidecar\"}": unknown field "b"`,
				`"{\"b\":1,\"a\":2,\"type\":\"Sidecar\",\"type\":\"Sidecar\"}": unknown field "a"`,
				`"{\"b\":1,\"a\":2,\"type\":\"Sidecar\",\"type\":\"Sidecar\"}": duplicate field "type"`,
			},
		},
		"wrong type": {
			annotation: `{"stopTimeoutSeconds":"5"}`,
			want: []string{
				`"{\"stopTimeoutSeconds\":\"5\"}": json: cannot unmarshal string into Go struct field Lifecycle.stopTimeoutSeconds of type int64`,
			},
		},
		"fraction": {
			annotation: `stopTimeoutSeconds: 0.5`,
			want: []string{
				`"stopTimeoutSeconds: 0.5": json: cannot unmarshal number 0.5 into Go struct field Lifecycle.stopTimeoutSeconds of type int64`,
			},
		},
		"string for a list": {
			annotation: `before: web`,
			want: []string{`"before: web": json: cannot unmarshal string into Go struct field Lifecycle.before of type ` +
				`[]dependency.Dependency`},
		},
		"names for entries": {
			annotation: `dependsOn: [web]`,
			want: []string{
				`"dependsOn: [web]": json: cannot unmarshal string into Go struct field Lifecycle.dependsOn of type dependency.Dependency`,
			},
		},
		"YAML's booleans": {
			annotation: `before: [no]`,
			want: []string{`"before: [no]": json: cannot unmarshal bool into Go struct field Lifecycle.before of type ` +
				`dependency.Dependency`},
		},
		"YAML's alias": {
			annotation: `before: [*]`,
			want:       []string{`"before: [*]": yaml: did not find expected alphabetic or numeric character`},
		},
		"broken": {
			annotation: `{"type":"Sidecar"`,
			want:       []string{`"{\"type\":\"Sidecar\"": yaml: line 1: did not find expected ',' or '}'`},
		},
		"words after it": {
			annotation: `{"type":"Sidecar"} x`,
			want:       []string{`"{\"type\":\"Sidecar\"} x": something follows the first object`},
		},
		"two objects": {
			annotation: `{"type":"Sidecar"}{"before":[{"container":"web"}]}`,
			want:       []string{`"{\"type\":\"Sidecar\"}{\"before\":[{\"container\":\"web\"}]}": something follows the first object`},
		},
		"two documents": {
			annotation: "type: Sidecar\n---\nbefore: [{container: web}]",
			want:       []string{`"type: Sidecar\n---\nbefore: [{container: web}]": something follows the first object`},
		},
		"after the end": {
			annotation: "type: Sidecar\n...\nbefore: [{container: web}]",
			want:       []string{`"type: Sidecar\n...\nbefore: [{container: web}]": something follows the first object`},
		},
		"an anchor": {
			annotation: "before: &all [{container: web}]",
			want:       []string{`"before: &all [{container: web}]": it has a YAML anchor or alias (&a)` + noAnchors},
		},
		"an anchor and an alias": {
			annotation: "{dependsOn: [&w {container: web}, *w]}",
			want:       []string{`"{dependsOn: [&w {container: web}, *w]}": it has a YAML anchor or alias (&w)` + noAnchors},
		},
		"a merge key with an alias": {
			annotation: "x: &x {type: Sidecar}\n<<: *x",
			want:       []string{`"x: &x {type: Sidecar}\n<<: *x": it has a YAML anchor or alias (&x)` + noAnchors},
		},
		"an alias of nothing": {
			annotation: "before: *all",
			want:       []string{`"before: *all": it has a YAML anchor or alias (*a)` + noAnchors},
		},
		"an alias in a comment": {
			annotation: "type: Sidecar # *important*: the proxy",
			want:       []string{`"type: Sidecar # *important*: the proxy": it has a YAML anchor or alias (*i)` + noAnchors},
		},
		"an anchor in a string": {
			annotation: "before: ['&web']",
			want:       []string{`"before: ['&web']": it has a YAML anchor or alias (&w)` + noAnchors},
		},
		"a directive": {
			annotation: "%TAG !a! tag:example.com,2026:\n---\ntype: Sidecar",
			want: []string{`"%TAG !a! tag:example.com,2026:\n---\ntype: Sidecar": it has a YAML directive (%), and directives are not ` +
				`allowed`},
		},
		"not UTF-8": {
			annotation: "type: Sidecar # \xff",
			want:       []string{`"type: Sidecar # ": it is not valid UTF-8`},
		},
		"a number as a name": {
			annotation: "5: Sidecar",
			want:       []string{`"5: Sidecar": a field's name is not a string`},
		},
		"several repeated keys, YAML": {
			annotation: "type: Sidecar\ntype: Sidecar\ntype: Sidecar",
			want: []string{`"type: Sidecar\ntype: Sidecar\ntype: Sidecar": yaml: unmarshal errors: line 2: key "type" already set in ` +
				`map`},
		},
		"YAML with too many marks": {
			annotation: "before: [" + strings.Repeat("a,", MaxYAMLMarks-2) + "b,c]",
			want: []string{`"before: [` + strings.Repeat("a,", 59) + `a…": it is not valid JSON (invalid character 'b' looking for beginning ` +
				`of value), and as YAML it has too many parts (257, and may have 256): write it as JSON`},
		},
		"too large": {
			annotation: `{"type":"Sidecar"}` + strings.Repeat(" ", MaxLifecycleBytes),
			want: []string{`"{\"type\":\"Sidecar\"}` + strings.Repeat(" ", maxValueBytes-len(`{"type":"Sidecar"}`)) +
				`…": it has 16402 bytes, and may have 16384`},
		},
		"long": {
			annotation: "[" + strings.Repeat("é", 150),
			want:       []string{`"[` + strings.Repeat("é", 63) + `…": yaml: line 1: did not find expected ',' or ']'`},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var want []string
			for _, text := range c.want {
				want = append(want, path+text+remedy)
			}
			if diff := cmp.Diff(want, problems(newPod().container("app", c.annotation).container("web", "-").pod)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

// TestDecodeLongError: the user chooses the field names, which may be as long as the annotation.
func TestDecodeLongError(t *testing.T) {
	for _, text := range problems(newPod().container("app", `{"`+strings.Repeat("x", 100_000)+`":1}`).pod) {
		if len(text) > MaxTextBytes {
			t.Errorf("a message of %d bytes", len(text))
		}
	}
}

func TestDecodeOwner(t *testing.T) {
	cases := map[string]struct {
		pod  *podBuilder
		want []string
	}{
		"unknown container": {
			pod: newPod().container("app", "-").annotate("ap", `{}`),
			want: []string{
				`metadata.annotations[container.lifecycle.alpha.kubernetes.io/ap]: Invalid value: "ap": the pod has no regular container and ` +
					`no native sidecar of this name: correct the name in the annotation, or remove the annotation`,
			},
		},
		"no name": {
			pod: newPod().container("app", "-").annotate("", `{}`),
			want: []string{
				`metadata.annotations[container.lifecycle.alpha.kubernetes.io/]: Invalid value: "": the pod has no regular container and ` +
					`no native sidecar of this name: correct the name in the annotation, or remove the annotation`,
			},
		},
		"init container": {
			pod: newPod().init("setup").container("app", "-").annotate("setup", `{"type":"Sidecar"}`),
			want: []string{
				`metadata.annotations[container.lifecycle.alpha.kubernetes.io/setup]: Forbidden: "setup" is an init container ` +
					`that is no native sidecar, and those run one after another: remove the annotation`,
			},
		},
		"native sidecar": {
			pod: newPod().native("proxy").container("app", "-").annotate("proxy", `{"before":[{"container":"app"}]}`),
		},
		"ephemeral container": {
			pod: func() *podBuilder {
				b := newPod().container("app", "-").annotate("debug", `{}`)
				b.pod.Spec.EphemeralContainers = []v1.EphemeralContainer{{EphemeralContainerCommon: v1.EphemeralContainerCommon{Name: "debug"}}}
				return b
			}(),
			want: []string{
				`metadata.annotations[container.lifecycle.alpha.kubernetes.io/debug]: Invalid value: "debug": the pod has no regular container ` +
					`and no native sidecar of this name: correct the name in the annotation, or remove the annotation`,
			},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, problems(c.pod.pod)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}
