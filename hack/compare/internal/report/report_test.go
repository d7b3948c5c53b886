// SPDX-License-Identifier: Apache-2.0

package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRead(t *testing.T) {
	for name, tt := range map[string]struct {
		content string
		ordered map[string]bool
		want    []Spec
		err     bool
	}{
		"a spec": {
			content: `[{"SpecReports":[{"ContainerHierarchyTexts":["[sig-node] Pods","when"],"ContainerHierarchyLabels":[["a"],[]],
				"LeafNodeType":"It","LeafNodeText":"works","LeafNodeLabels":["b"],"IsSerial":true}]}]`,
			want: []Spec{{Name: "[sig-node] Pods when works", Group: "[sig-node] Pods", Labels: []string{"a", "b"}, Serial: true}},
		},
		"the outermost container that is Ordered as a whole": {
			content: `[{"SpecReports":[
				{"ContainerHierarchyTexts":["a"],"LeafNodeType":"It","LeafNodeText":"1"},
				{"ContainerHierarchyTexts":["a","b"],"LeafNodeType":"It","LeafNodeText":"1"},
				{"ContainerHierarchyTexts":["a","b","c"],"LeafNodeType":"It","LeafNodeText":"1"},
				{"ContainerHierarchyTexts":["a","d","e"],"LeafNodeType":"It","LeafNodeText":"1"},
				{"ContainerHierarchyTexts":["a","d","f"],"LeafNodeType":"It","LeafNodeText":"1"}]}]`,
			ordered: map[string]bool{"a b 1": true, "a b c 1": true, "a d e 1": true},
			want: []Spec{{Name: "a 1", Group: "a"}, {Name: "a b 1", Group: "a", Ordered: "a b"}, {Name: "a b c 1", Group: "a", Ordered: "a b"},
				{Name: "a d e 1", Group: "a", Ordered: "a d e"}, {Name: "a d f 1", Group: "a"}},
		},
		"a container without a text": {
			content: `[{"SpecReports":[{"ContainerHierarchyTexts":["a","","b"],"LeafNodeType":"It","LeafNodeText":"1"}]}]`,
			want:    []Spec{{Name: "a b 1", Group: "a"}},
		},
		"what is not a spec": {content: `[{"SpecReports":[{"LeafNodeType":"BeforeSuite"},{"LeafNodeType":"It"}]}]`},
		"cut off":            {content: `[{"SpecReports":[`, err: true},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "report.json")
			if err := os.WriteFile(path, []byte(tt.content), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := Read(path, tt.ordered)
			if (err != nil) != tt.err {
				t.Errorf("the error is %v", err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("specs (-want +got):\n%s", diff)
			}
		})
	}
	if _, err := Read(filepath.Join(t.TempDir(), "absent"), nil); err == nil {
		t.Error("a report that does not exist is read")
	}
}

func TestFirstLines(t *testing.T) {
	long := strings.Repeat("ö", maxMessage)
	for message, want := range map[string]string{"": "", "it\n  did not": "it did not", long: long[:maxMessage] + " ..."} {
		if got := firstLines(message); got != want {
			t.Errorf("%q: %q", message, got)
		}
	}
}
