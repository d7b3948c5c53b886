// SPDX-License-Identifier: Apache-2.0

package shape

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestIntendedEnds(t *testing.T) {
	const s = time.Second
	tests := map[string]struct {
		size  int
		style Style
		want  map[string]time.Duration
	}{
		"one":   {size: 1, style: Annotations},
		"three": {size: 3, style: Annotations, want: map[string]time.Duration{"app": 12 * s, "s2": 14 * s, "s1": 16 * s}},
		"all but floors": {
			size: 8, style: Annotations,
			want: map[string]time.Duration{
				"app": 2 * s, "s7": 4 * s, "s6": 6 * s, "s5": 8 * s, "s4": 10 * s, "s3": 12 * s, "s2": 14 * s, "s1": 16 * s,
			},
		},
		"no order": {size: 3, style: Native},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			pod, err := Pod(Case{Kind: Deaf, Size: test.size}, "p", test.style)
			if err != nil {
				t.Fatal(err)
			}
			got, err := IntendedEnds(pod)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
