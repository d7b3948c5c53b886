// SPDX-License-Identifier: Apache-2.0

package choice

import (
	"regexp"
	"strings"
	"testing"

	"kubelet-ordering/hack/compare/internal/report"
)

func TestReadExplanations(t *testing.T) {
	for name, tt := range map[string]struct {
		in, spec, want, err string
	}{
		"no patterns":            {spec: "a"},
		"a reason of two lines":  {in: "# It needs\n# a GPU.\nGPU\nTPU\n", spec: "with TPU", want: "It needs a GPU."},
		"the next reason":        {in: "# one\na\n\n# two\nb", spec: "b", want: "two"},
		"a heading is no reason": {in: "# About this file.\n\n# one\na", spec: "a", want: "one"},
		"no match":               {in: "# one\n^a$", spec: "ab"},
		"no reason":              {in: "a", err: `line 1: "a" has no reason`},
		"no expression":          {in: "# one\n(", err: "line 2: "},
	} {
		t.Run(name, func(t *testing.T) {
			left, err := ReadExplanations(strings.NewReader(tt.in))
			if (err != nil) != (tt.err != "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Fatalf("the error is %v, want %q", err, tt.err)
			}
			if got := Reason(left, tt.spec); got != tt.want {
				t.Errorf("the reason is %q, want %q", got, tt.want)
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
