// SPDX-License-Identifier: Apache-2.0

package markdown

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAlign(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"no table": {text: "a | b\n\nc\n", want: "a | b\n\nc\n"},
		"a table": {
			text: "x\n\n| a | number |\n|---|--:|\n|longer–|1|\n| |  |\n\ny\n",
			want: "x\n\n| a       | number |\n|---------|-------:|\n| longer– |      1 |\n|         |        |\n\ny\n",
		},
		"a table at the end": {text: "| a |\n|---|\n", want: "| a   |\n|-----|\n"},
		"nothing":            {},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, Align(test.text)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
