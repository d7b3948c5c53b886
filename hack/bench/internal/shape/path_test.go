// SPDX-License-Identifier: Apache-2.0

package shape

import (
	"testing"
	"time"
)

func TestPath(t *testing.T) {
	const ms = time.Millisecond
	tests := map[string]struct {
		c    Case
		want time.Duration
	}{
		"one sidecar":         {c: Case{Kind: Independent, Size: 1, WarmUp: 300 * ms}, want: 500 * ms},
		"sixteen at a time":   {c: Case{Kind: Independent, Size: 16, WarmUp: 300 * ms}, want: 500 * ms},
		"a chain of four":     {c: Case{Kind: Chain, Size: 4, WarmUp: 300 * ms}, want: 1700 * ms},
		"without warm-up":     {c: Case{Kind: Chain, Size: 4}, want: 500 * ms},
		"diamond":             {c: Case{Kind: Diamond, WarmUp: 300 * ms}, want: 1300 * ms},
		"realistic":           {c: Case{Kind: Realistic, WarmUp: 300 * ms}, want: 1300 * ms},
		"ordinary containers": {c: Case{Kind: Ordinary, Size: 16, WarmUp: 300 * ms}, want: 100 * ms},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := test.c.Path(100 * ms); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}
