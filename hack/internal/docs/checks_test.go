// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const annotated = `
apiVersion: v1
kind: Pod
metadata:
  name: p
  annotations:
    container.lifecycle.alpha.kubernetes.io/app: '{"dependsOn":[{"container":"db"}]}'
spec:
  containers:
  - {name: app, image: app}
  - {name: db, image: db}
`

// fields has the placeholder ORDER for the fields of its container app.
const fields = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: d}
spec:
  selector: {matchLabels: {a: b}}
  template:
    metadata: {labels: {a: b}}
    spec:
      containers:
      - name: app
        image: app
        lifecycle: ORDER
      - {name: db, image: db}
`

func TestCheckYAML(t *testing.T) {
	withFields := func(order string) string { return strings.Replace(fields, "ORDER", order, 1) }
	for name, tc := range map[string]struct {
		text string
		want string // part of the error; empty for none
	}{
		"annotation":      {text: annotated},
		"field":           {text: withFields(`{dependsOn: [{container: db}], preStop: {sleep: {seconds: 1}}}`)},
		"two objects":     {text: annotated + "---" + withFields("{type: Standard}")},
		"container alone": {text: "name: app\nlifecycle: {type: Sidecar}\n"},
		"nothing":         {text: "\n", want: "empty"},
		"unknown field": {
			text: strings.Replace(annotated, "image: db", "imago: db", 1),
			want: `unknown field "spec.containers[1].imago"`,
		},
		"field twice": {text: strings.Replace(annotated, "name: db,", "name: db, name: db,", 1), want: "already set"},
		"wrong case": {
			text: strings.Replace(annotated, "image: db", "Image: db", 1),
			want: `unknown field "spec.containers[1].Image"`,
		},
		"unknown kind": {text: strings.Replace(annotated, "kind: Pod", "kind: Pot", 1), want: `no kind "Pot"`},
		"unknown container": {
			text: strings.Replace(annotated, `"container":"db"`, `"container":"dp"`, 1),
			want: "no such container",
		},
		"unknown container by field": {text: withFields(`{dependsOn: [{container: dp}]}`), want: "no such container"},
		"unknown field of a field": {
			text: withFields(`{dependsOn: [{container: db, when: Ready}]}`),
			want: `unknown field "dependsOn[0].when"`,
		},
		"unknown hook": {
			text: withFields(`{type: Standard, preStart: {}}`),
			want: `unknown field "spec.template.spec.containers[0].lifecycle.preStart"`,
		},
		"unknown type": {text: withFields(`{type: Helper}`), want: "Helper"},
		"order of init containers": {
			text: strings.Replace(withFields(`{type: Standard}`), "containers:", "initContainers:", 1),
			want: `init container`,
		},
		"container alone, wrong field": {text: "name: app\nlifecycle: {kind: Sidecar}\n", want: `unknown field`},
	} {
		t.Run(name, func(t *testing.T) {
			err := CheckYAML(tc.text)
			if tc.want == "" {
				if err != nil {
					t.Errorf("a good example is rejected: %v", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got error %v, want one with %q", err, tc.want)
			}
		})
	}
}

func TestParse(t *testing.T) {
	d := Parse("d.md", "# A `b` c!\n[x](y.md#z) `code [not](a link)`\n```yaml\n# no heading\n```\n## A b c\n<!-- [old](gone.md) -->\n")
	want := &Document{
		Path: "d.md",
		Headings: []Heading{
			{Level: 1, Text: "A `b` c!", Anchor: "a-b-c", Line: 1},
			{Level: 2, Text: "A b c", Anchor: "a-b-c-1", Line: 6},
		},
		Blocks: []Block{{Language: "yaml", Text: "# no heading\n", Line: 3}},
		Links:  []Link{{Target: "y.md#z", Line: 2}},
		Spans:  []Span{{Text: "b", Line: 1}, {Text: "code [not](a link)", Line: 2}},
	}
	d.Lines = nil
	if diff := cmp.Diff(want, d); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestChecksFindMistakes(t *testing.T) {
	known := map[string]bool{"SyncPod": true, "MyGate": true}
	isMetric := func(name string) bool { return name == "kubelet_good_seconds" }
	has := func(path string) bool {
		return path == "d.md" || path == "docs/e.md" || path == "hack/do.sh" || path == "hack"
	}
	names := func(documents []*Document) []string {
		return UnknownNames(documents, known, isMetric, "container.lifecycle.x.kubernetes.io/")
	}
	links := func(documents []*Document) []string { return BrokenLinks(documents, has) }
	files := func(documents []*Document) []string { return MissingFiles(documents, has) }
	for name, tc := range map[string]struct {
		check func([]*Document) []string
		text  string
		want  []string
	}{
		"a placeholder": {
			check: Leftovers, text: "An\nOUT-OF-IT\n",
			want: []string{`d.md:2: "OUT-OF-IT" is left over: write what belongs here`},
		},
		"a placeholder in a block": {
			check: Leftovers, text: "# A\n```text\n$ ls\nOUT-A\n```\n",
			want: []string{`d.md:4: "OUT-A" is left over: write what belongs here`},
		},
		"a conflict": {
			check: Leftovers, text: "```text\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> theirs\n```\n",
			want: []string{
				`d.md:2: "<<<<<<< HEAD" is left over: write what belongs here`, `d.md:4: "=======" is left over: write what belongs here`,
				`d.md:6: ">>>>>>> theirs" is left over: write what belongs here`,
			},
		},
		"nothing left over": {check: Leftovers, text: "KEP-753 is\nREADY\n```text\nNAME  READY\nA-B c\n---\n```\n"},
		"good names": {
			check: names, text: "`SyncPod`, `kubelet_good_seconds_bucket`, `MyGate=false` and `container.lifecycle.x.kubernetes.io/app`",
		},
		"word": {check: names, text: "`SyncPot`", want: []string{`d.md:1: no code knows the name "SyncPot"`}},
		"metric": {
			check: names, text: "`kubelet_bad_seconds`",
			want: []string{`d.md:1: the kubelet has no metric "kubelet_bad_seconds"`},
		},
		"gate": {
			check: names, text: "```sh\nkubelet --feature-gates=Gate=true\n```",
			want: []string{`d.md:1: no code knows the name "Gate"`},
		},
		"annotation": {check: names, text: "`containers.lifecycle.x.kubernetes.io/app`", want: []string{
			`d.md:1: the annotation prefix is "container.lifecycle.x.kubernetes.io/", not "containers.lifecycle.x.kubernetes.io/"`}},
		"good links":     {check: links, text: "# Top\n[a](#top) [b](docs/e.md) [c](https://example.com/x.md)"},
		"link to a file": {check: links, text: "[a](docs/f.md)", want: []string{`d.md:1: the link to "docs/f.md" leads to no file`}},
		"anchor":         {check: links, text: "# Top\n[a](#bottom)", want: []string{`d.md:2: the link to "#bottom" leads to no heading`}},
		"good files":     {check: files, text: "`hack/do.sh -x`, `hack/*.sh` and `d.md`\n```sh\n  hack/do.sh\n```"},
		"file":           {check: files, text: "`hack/undo.sh -x`", want: []string{`d.md:1: there is no file "hack/undo.sh"`}},
		"file in a block": {check: files, text: "```sh\ncat docs/guide.md\n```", want: []string{
			`d.md:1: there is no file "docs/guide.md"`}},
		"headings": {
			check: func(documents []*Document) []string {
				return MissingHeadings(documents[0], []string{"## One", "### Two", "## Three"})
			},
			text: "## One\n## Two\n## Three\n",
			want: []string{`d.md: no heading "### Two" where the template has it`},
		},
		"order of headings": {
			check: func(documents []*Document) []string {
				return MissingHeadings(documents[0], []string{"## One", "## Two"})
			},
			text: "## Two\n## One\n",
			want: []string{`d.md: no heading "## Two" where the template has it`},
		},
		"names that are missing": {
			check: func(documents []*Document) []string { return Unmentioned(documents[0], []string{"one", "two"}) },
			text:  "`one` and two",
			want:  []string{`d.md does not mention "two"`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, tc.check([]*Document{Parse("d.md", tc.text)})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
