// SPDX-License-Identifier: Apache-2.0

package space

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEntriesOf(t *testing.T) {
	for name, tt := range map[string]struct{ paths, want []string }{
		"elsewhere":            {[]string{"/work", "/var/tmp/a", "/tmpfile", "relative"}, nil},
		"the directory itself": {[]string{"/tmp", "/"}, nil},
		"below an entry":       {[]string{"/tmp/a/b/c"}, []string{"a"}},
		"entries, each once":   {[]string{"/tmp/b", "/tmp/a/c", "/tmp/b/d"}, []string{"a", "b"}},
		"a name with dots":     {[]string{"/tmp/..a"}, []string{"..a"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, entriesOf("/tmp", tt.paths)); diff != "" {
				t.Errorf("entries (-want +got):\n%s", diff)
			}
		})
	}
}
