// SPDX-License-Identifier: Apache-2.0

package choice

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kubelet-ordering/hack/compare/internal/report"
)

func TestReadLeftOut(t *testing.T) {
	for name, tt := range map[string]struct {
		in, spec, want, err string
	}{
		"no patterns":           {spec: "a"},
		"a reason of two lines": {in: "# It needs\n# a GPU.\nGPU\nTPU\n", spec: "with TPU", want: "It needs a GPU."},
		"the next reason":       {in: "# one\na\n\n# two\nb", spec: "b", want: "two"},
		"no match":              {in: "# one\n^a$", spec: "ab"},
		"no reason":             {in: "a", err: `line 1: "a" has no reason`},
		"no expression":         {in: "# one\n(", err: "line 2: "},
	} {
		t.Run(name, func(t *testing.T) {
			left, err := ReadLeftOut(strings.NewReader(tt.in))
			if (err != nil) != (tt.err != "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Fatalf("the error is %v, want %q", err, tt.err)
			}
			if got := Reason(left, tt.spec); got != tt.want {
				t.Errorf("the reason is %q, want %q", got, tt.want)
			}
		})
	}
}

func specs(groups string) (list []report.Spec) {
	for i, group := range strings.Split(groups, "") {
		list = append(list, report.Spec{Name: fmt.Sprintf("%s %d", group, i), Group: group})
	}
	return list
}

func TestRuns(t *testing.T) {
	for name, tt := range map[string]struct {
		groups string
		want   []string
	}{
		"groups stay together":      {groups: "aabbb", want: []string{"aa", "bbb"}},
		"small groups share a run":  {groups: "abab", want: []string{"aabb"}},
		"a large group is divided":  {groups: "aaaaaab", want: []string{"aaaa", "aab"}},
		"exactly one run":           {groups: "aaaa", want: []string{"aaaa"}},
		"one more than fits":        {groups: "aaaab", want: []string{"aaaa", "b"}},
		"in the order of the names": {groups: "cba", want: []string{"abc"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, run := range Runs(specs(tt.groups), 4) {
				text := ""
				for _, s := range run {
					text += s.Group
				}
				got = append(got, text)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("runs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFocus(t *testing.T) {
	focus := regexp.MustCompile(Focus([]report.Spec{{Name: "[sig-node] a (b)"}, {Name: "c"}}))
	for name, want := range map[string]bool{"Suite [sig-node] a (b)": true, "Suite c": true, "Suite [sig-node] a (b) d": false, "Suite b": false} {
		if got := focus.MatchString(name); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
