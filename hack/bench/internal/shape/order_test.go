// SPDX-License-Identifier: Apache-2.0

package shape

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOrder(t *testing.T) {
	independent := Case{Kind: Independent, Size: 2}
	tests := map[string]struct {
		c     Case
		style Style
		want  []Node
	}{
		"by declaration": {c: independent, style: Annotations, want: []Node{{Name: "s1"}, {Name: "s2"}, {Name: App, After: []string{"s1", "s2"}}}},
		"native sidecars, in turn": {c: independent, style: Native,
			want: []Node{{Name: "s1"}, {Name: "s2", After: []string{"s1"}}, {Name: App, After: []string{"s2"}}}},
		"no order": {c: Case{Kind: Ordinary, Size: 2}, style: Native, want: []Node{{Name: "c1"}, {Name: "c2"}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, Order(test.c, test.style)); diff != "" {
				t.Errorf("order (-want +got):\n%s", diff)
			}
		})
	}
}
