// SPDX-License-Identifier: Apache-2.0

package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRead(t *testing.T) {
	long := strings.Repeat("ö", maxMessage)
	for name, tt := range map[string]struct {
		content string
		want    []Spec
		err     bool
	}{
		"a spec": {
			content: `[{"SpecReports":[{"ContainerHierarchyTexts":["[sig-node] Pods","when"],"LeafNodeType":"It","LeafNodeText":"works",
				"State":"failed","RunTime":2000000000,"Failure":{"Message":"it\n  did not"}}]}]`,
			want: []Spec{{Name: "[sig-node] Pods when works", Group: "[sig-node] Pods", State: "failed", Took: 2 * time.Second, Message: "it did not"}},
		},
		"what is not a spec": {content: `[{"SpecReports":[{"LeafNodeType":"BeforeSuite"},{"LeafNodeType":"It"}]}]`},
		"a long message": {
			content: `[{"SpecReports":[{"ContainerHierarchyTexts":["a"],"LeafNodeType":"It","LeafNodeText":"b","Failure":{"Message":"` + long + `"}}]}]`,
			want:    []Spec{{Name: "a b", Group: "a", Message: long[:maxMessage] + " ..."}},
		},
		"cut off": {content: `[{"SpecReports":[`, err: true},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "report.json")
			if err := os.WriteFile(path, []byte(tt.content), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := Read(path)
			if (err != nil) != tt.err {
				t.Errorf("the error is %v", err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("specs (-want +got):\n%s", diff)
			}
		})
	}
	if _, err := Read(filepath.Join(t.TempDir(), "absent")); err == nil {
		t.Error("a report that does not exist is read")
	}
}
