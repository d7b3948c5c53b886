// SPDX-License-Identifier: Apache-2.0

package shape

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestStages(t *testing.T) {
	const w = 300 * time.Millisecond
	tests := map[string]struct {
		c    Case
		want []Stage
	}{
		"independent": {c: Case{Kind: Independent, Size: 4, WarmUp: w}, want: []Stage{{4, w}, {1, 0}}},
		"chain":       {c: Case{Kind: Chain, Size: 2, WarmUp: w}, want: []Stage{{1, w}, {1, w}, {1, 0}}},
		"diamond":     {c: Case{Kind: Diamond, WarmUp: w}, want: []Stage{{1, w}, {2, w}, {1, w}, {1, 0}}},
		"realistic":   {c: Case{Kind: Realistic, WarmUp: w}, want: []Stage{{1, w}, {2, w}, {1, w}, {1, 0}}},
		"ordinary":    {c: Case{Kind: Ordinary, Size: 3}, want: []Stage{{3, 0}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, test.c.Stages()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
