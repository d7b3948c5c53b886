// SPDX-License-Identifier: Apache-2.0

package report

import (
	"slices"
	"testing"

	"kubelet-ordering/hack/assemble/internal/fixture"
	"kubelet-ordering/hack/assemble/internal/module"
	"kubelet-ordering/hack/assemble/internal/seam"
	"kubelet-ordering/hack/assemble/internal/upstream"
)

func tree(t *testing.T, files fixture.Tree) *upstream.Tree {
	t.Helper()
	tr, err := upstream.Open(fixture.Modules(t, map[string]fixture.Tree{module.Kubernetes: files}))
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func TestCompare(t *testing.T) {
	before := fixture.Tree{"pkg/a/a.go": "package a\n\nfunc run(n int) {\n\tprintln(n)\n}\n"}
	tests := map[string]struct {
		after fixture.Tree
		want  Row
	}{
		"identical": {after: before, want: Row{Status: "identical", Effort: None}},
		"parameter renamed": {
			after: fixture.Tree{"pkg/a/a.go": "package a\n\nfunc run(m int) {\n\tprintln(m)\n}\n"},
			want:  Row{Status: "body changed (4 lines)", Effort: Review, ChangedLines: 4},
		},
		"moved": {
			after: fixture.Tree{"pkg/a/b.go": before["pkg/a/a.go"]},
			want:  Row{Status: "moved to another file", Effort: None, Detail: []string{"pkg/a/a.go -> pkg/a/b.go"}},
		},
		"signature": {
			after: fixture.Tree{"pkg/a/a.go": "package a\n\nfunc run(n int) error {\n\tprintln(n)\n}\n"},
			want: Row{Status: "body changed (2 lines), signature changed", Effort: Adapt, ChangedLines: 2,
				Detail: []string{"was func run(int)", "is  func run(int) (error)"}},
		},
		"missing":   {after: fixture.Tree{"pkg/a/a.go": "package a\n"}, want: Row{Status: "missing", Effort: Rework}},
		"no folder": {after: fixture.Tree{"go.mod": "module x\n"}, want: Row{Status: "missing", Effort: Rework}},
		"several": {
			after: fixture.Tree{"pkg/a/a_linux.go": before["pkg/a/a.go"], "pkg/a/a_windows.go": before["pkg/a/a.go"]},
			want:  Row{Status: "several matches", Effort: Rework, Detail: []string{"pkg/a/a_linux.go:3", "pkg/a/a_windows.go:3"}},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			seams := []seam.Seam{{Kind: seam.Wrap, Target: "run", Dir: "pkg/a", Package: "a"}}
			r, err := Compare(tree(t, before), tree(t, tc.after), seams, nil)
			if err != nil {
				t.Fatal(err)
			}
			got := r.Rows[0]
			if got.Status != tc.want.Status || got.Effort != tc.want.Effort || got.ChangedLines != tc.want.ChangedLines ||
				!slices.Equal(got.Detail, tc.want.Detail) {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
		})
	}
}
