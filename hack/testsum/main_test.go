// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"
)

func TestSummary(t *testing.T) {
	tests := map[string]struct {
		in     string
		wantOK bool
		want   []string
	}{
		"counts tests and packages": {
			in: `{"Action":"run","Package":"p","Test":"A"}
{"Action":"output","Package":"p","Test":"A","Output":"noise\n"}
{"Action":"pass","Package":"p","Test":"A"}
{"Action":"skip","Package":"p","Test":"B"}
{"Action":"pass","Package":"p"}`,
			wantOK: true,
			want:   []string{"unit: 1 passed, 0 failed, 1 skipped, in 1 packages"},
		},
		"shows what a failed test said": {
			in: `{"Action":"pass","Package":"p","Test":"B"}
{"Action":"output","Package":"p","Test":"A","Output":"got 1, want 2\n"}
{"Action":"fail","Package":"p","Test":"A"}
{"Action":"fail","Package":"p"}`,
			want: []string{"--- p A\ngot 1, want 2", "1 passed, 1 failed"},
		},
		"a build error is a failure and is shown": {
			in: `{"Action":"build-output","ImportPath":"p","Output":"undefined: x\n"}
{"Action":"pass","Package":"q","Test":"A"}
{"Action":"fail","Package":"p"}`,
			want: []string{"undefined: x"},
		},
		"no tests at all is no success": {in: `go: no such package`, want: []string{"go: no such package", "0 passed"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			s, err := read(strings.NewReader(tc.in))
			if err != nil {
				t.Fatal(err)
			}
			if s.ok() != tc.wantOK {
				t.Errorf("ok = %t, want %t", s.ok(), tc.wantOK)
			}
			var out strings.Builder
			s.print(&out, "unit")
			for _, want := range tc.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("output lacks %q:\n%s", want, out.String())
				}
			}
		})
	}
}
