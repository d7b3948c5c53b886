// SPDX-License-Identifier: Apache-2.0

package table

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kubelet-ordering/hack/compare/internal/record"
	"kubelet-ordering/hack/compare/internal/report"
)

func attempts(states ...string) (list []record.Attempt) {
	for _, state := range states {
		a := record.Attempt{State: state}
		if state != "passed" {
			a.Message = "because <b>"
		}
		list = append(list, a)
	}
	return list
}

func table() Table {
	all := func(states ...string) map[string][]record.Attempt {
		m := map[string][]record.Attempt{}
		for i, name := range []string{"same", "worse", "flaky", "broken", "skips"} {
			m[name] = attempts(strings.Split(states[i], ",")...)
		}
		return m
	}
	t := Table{Sides: []Side{
		{"pristine", "v1", all("passed", "passed", "passed,failed", "failed", "skipped")},
		{"ours", "v1+a", all("passed", "timedout", "failed,passed", "failed", "skipped")},
	}}
	for _, name := range []string{"same", "worse", "flaky", "broken", "skips"} {
		t.Rows = append(t.Rows, Row{Spec: report.Spec{Name: name}})
	}
	t.Rows[2].Known = "a known flake"
	t.Rows = append(t.Rows, Row{Spec: report.Spec{Name: "gpu"}, LeftOut: "it needs a GPU"}, Row{Spec: report.Spec{Name: "later"}})
	return t
}

func TestSummary(t *testing.T) {
	var got strings.Builder
	if err := table().Summary(&got, "##"); err != nil {
		t.Fatal(err)
	}
	want := `| kubelet | pass | fail | sometimes | skipped by itself | left out | not run |
|---|--:|--:|--:|--:|--:|--:|
| pristine | 2 | 1 | 1 | 1 | 1 | 1 |
| ours | 1 | 2 | 1 | 1 | 1 | 1 |

## Differences

- pristine: pass; ours: fail (because &lt;b>)
  - worse

## Fails on each kubelet

- a known flake
  - flaky
- because &lt;b>
  - broken

## Skipped by itself

- because &lt;b>
  - skips

## Left out

- it needs a GPU
  - gpu
`
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
}

func TestItem(t *testing.T) {
	for name, tt := range map[string]struct{ text, want string }{
		"short":   {"a_b", "  - a\\_b\n"},
		"long":    {strings.Repeat("word ", 23) + "word", "  - " + strings.Repeat("word ", 22) + "word\n    word\n"},
		"a dash":  {strings.Repeat("a", 116) + " - b", "  - " + strings.Repeat("a", 116) + "\n    \\- b\n"},
		"no text": {"", "  - \n"},
	} {
		t.Run(name, func(t *testing.T) {
			var got strings.Builder
			item(&got, "  ", tt.text)
			if diff := cmp.Diff(tt.want, got.String()); diff != "" {
				t.Errorf("item (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRan(t *testing.T) {
	all := table()
	delete(all.Sides[1].Attempts, "flaky")
	var got []string
	for _, row := range all.Ran().Rows {
		got = append(got, row.Name)
	}
	if diff := cmp.Diff([]string{"same", "worse", "broken", "skips"}, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestFails(t *testing.T) {
	for name, want := range map[string]bool{"same": false, "worse": true, "flaky": true, "skips": false, "gpu": false} {
		if got := table().Fails(name); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
