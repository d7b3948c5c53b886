// SPDX-License-Identifier: Apache-2.0

package result

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFile(t *testing.T) {
	want := []Sample{
		{Round: 1, Subject: Ours, Case: "a", Metric: Start, Value: 1.5},
		{Round: 2, Subject: Pristine, Case: "a", Metric: Stop, Failure: "too late"},
	}
	tests := map[string]struct {
		more string
		want []Sample
	}{
		"whole":   {want: want},
		"cut off": {more: `{"Round":3,"Subj`, want: want},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "samples")
			for _, s := range want {
				if err := Append(path, s); err != nil {
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
			got, err := ReadLines(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if got, err := ReadLines(filepath.Join(t.TempDir(), "none")); got != nil || err != nil {
		t.Errorf("got %v, %v of no file", got, err)
	}
}

func TestRun(t *testing.T) {
	want := Run{Machine: "m", Samples: []Sample{
		{Subject: Ours, Case: "a", Metric: Start, Value: 1},
		{Subject: Ours, Case: "a", Metric: Start, Failure: "no"},
		{Subject: Ours, Case: "b", Metric: Start, Value: 2},
	}}
	path := filepath.Join(t.TempDir(), "new", "run.json")
	if err := want.Write(path); err != nil {
		t.Fatal(err)
	}
	got, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]float64{1}, got.Values(Ours, "a", Start)); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want.Samples[1:2], got.Failures()); diff != "" {
		t.Errorf("failures (-want +got):\n%s", diff)
	}
}
