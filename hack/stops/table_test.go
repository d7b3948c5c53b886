// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTable(t *testing.T) {
	dir := t.TempDir()
	ordering, pristine := filepath.Join(dir, "ordering"), filepath.Join(dir, "pristine")
	for file, text := range map[string]string{
		ordering: `{"path":"deletion","period":8,"container":"app","toldWant":0,"told":0,"endWant":4,"end":4.012}
{"path":"deletion","period":8,"container":"certs","toldWant":4,"told":4.13,"endWant":8,"end":8.05}
`,
		pristine: `{"path":"deletion","period":8,"container":"certs","told":8.2,"end":10.4}
`,
	} {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := report([]string{ordering, pristine})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"| deletion |    8.0 | app       |           0.00 | 0.00 |            4.00 |  4.01 | 0.012 |              – |     – |",
		"|          |        | certs     |           4.00 | 4.13 |            8.00 |  8.05 | 0.130 |           8.20 | 10.40 |",
		"",
		"Seconds since the first container was told to stop. The furthest off is 0.130 s.",
		"",
	}
	if diff := cmp.Diff(want, strings.Split(got, "\n")[2:]); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
}

func TestReadErrors(t *testing.T) {
	for name, text := range map[string]string{"no measurements": "", "not JSON": "oops\n"} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "f")
			if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			if _, err := report([]string{file}); err == nil || !strings.Contains(err.Error(), file) {
				t.Errorf("error %v, want one that names the file", err)
			}
		})
	}
}
