// SPDX-License-Identifier: Apache-2.0

package jsonfile

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type value struct {
	Name string
	N    int
}

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "value.json")
	want := value{Name: "a", N: 1}
	if err := Write(path, want); err != nil {
		t.Fatal(err)
	}
	got, err := Read[value](path)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if _, err := Read[[]value](path); err == nil {
		t.Error("want an error for a value of another type")
	}
	if _, err := Read[value](path + "-none"); err == nil {
		t.Error("want an error for a missing file")
	}
}

func TestLines(t *testing.T) {
	want := []value{{Name: "a", N: 1}, {Name: "b"}}
	tests := map[string]struct {
		more string
		bad  bool
	}{
		"whole":     {},
		"truncated": {more: `{"Name":"c","N`},
		"no values": {more: "x\n", bad: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "values")
			for _, v := range want {
				if err := Append(path, v); err != nil {
					t.Fatal(err)
				}
			}
			file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := file.WriteString(test.more); err != nil {
				t.Fatal(err)
			}
			file.Close()
			got, err := ReadLines[value](path)
			if test.bad {
				if err == nil {
					t.Errorf("got %v, want an error", got)
				}
				return
			}
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
	if got, err := ReadLines[value](filepath.Join(t.TempDir(), "none")); got != nil || err != nil {
		t.Errorf("got %v, %v for a missing file", got, err)
	}
}
