// SPDX-License-Identifier: Apache-2.0

package shape

import (
	"testing"
	"time"
)

func TestExpect(t *testing.T) {
	const w = 300 * time.Millisecond
	chain := Case{Kind: Chain, Size: 16, WarmUp: w, Period: 10}
	tests := map[string]struct {
		c        Case
		style    Style
		from, to time.Duration
	}{
		"native sidecars wait for each probe": {c: chain, style: Native, from: 160 * time.Second, to: 190 * time.Second},
		"ours do not":                         {c: chain, style: Annotations, from: 16 * w, to: 10 * time.Second},
		"nobody waits":                        {c: Case{Kind: Ordinary, Size: 16}, style: Native, from: usualStart, to: 2 * time.Second},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := test.c.Expect(test.style); got < test.from || got > test.to {
				t.Errorf("got %v, want %v to %v", got, test.from, test.to)
			}
		})
	}
}
