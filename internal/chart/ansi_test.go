// SPDX-License-Identifier: Apache-2.0

package chart

import "testing"

func TestDepthOf(t *testing.T) {
	tests := map[string]struct {
		env  map[string]string
		want Depth
	}{
		"NO_COLOR wins":   {env: map[string]string{"NO_COLOR": "1", "COLORTERM": "truecolor"}, want: Plain},
		"dumb":            {env: map[string]string{"TERM": "dumb"}, want: Plain},
		"truecolor":       {env: map[string]string{"TERM": "xterm", "COLORTERM": "truecolor"}, want: True},
		"256 colours":     {env: map[string]string{"TERM": "tmux-256color"}, want: Indexed},
		"an old terminal": {env: map[string]string{"TERM": "linux"}, want: Sixteen},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := DepthOf(func(key string) string { return test.env[key] }); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}
