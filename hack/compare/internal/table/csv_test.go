// SPDX-License-Identifier: Apache-2.0

package table

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kubelet-ordering/hack/compare/internal/record"
)

func TestCSV(t *testing.T) {
	results := table()
	results.Sides[1].Attempts["same"] = attempts("passed", "passed", "passed")
	results.Sides[1].Attempts["broken"][0].Message = "for another reason"
	results.Sides = append(results.Sides, Side{Name: "again", Build: "v1+a", Attempts: results.Sides[1].Attempts})
	var got strings.Builder
	if err := results.CSV(&got); err != nil {
		t.Fatal(err)
	}
	want := `spec,pristine (v1),ours (v1+a),again (v1+a),left out,pristine says,ours says,again says
same,pass,pass 3,pass 3,,,,
worse,pass,fail,fail,,,because <b>,
flaky,"pass, fail","pass, fail","pass, fail",,because <b>,,
broken,fail,fail,fail,,because <b>,for another reason,
skips,skipped,skipped,skipped,,because <b>,,
gpu,not run,not run,not run,it needs a GPU,,,
later,not run,not run,not run,,,,
`
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}

	sides, err := ReadCSV(strings.NewReader(got.String()))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]record.Attempt{{Spec: "broken", State: "failed", Message: "for another reason", Kubelet: "v1+a"}},
		sides[2].Attempts["broken"]); diff != "" {
		t.Errorf("what the last side did not say anew (-want +got):\n%s", diff)
	}
	var again strings.Builder
	if err := (Table{Sides: sides, Rows: results.Rows}).CSV(&again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, again.String()); diff != "" {
		t.Errorf("read and written again (-want +got):\n%s", diff)
	}
}

func TestReadCSVErrors(t *testing.T) {
	for name, tt := range map[string]struct{ table, want string }{
		"nothing":          {"", "it is empty"},
		"another table":    {"a,b\n1,2\n", "columns"},
		"no build":         {"spec,ours,left out,ours says\n", `"ours" names no build`},
		"no result":        {"spec,ours (v),left out,ours says\na,pass,,\nb,good,,\n", `line 3, column "ours (v)": "good" is no result`},
		"too many":         {"spec,ours (v),left out,ours says\na,pass 99999999999,,\n", "no count"},
		"less than one":    {"spec,ours (v),left out,ours says\na,pass 0,,\n", "no count"},
		"a column too few": {"spec,ours (v),left out,ours says\na,pass\n", "wrong number of fields"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := ReadCSV(strings.NewReader(tt.table)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error: %v", err)
			}
		})
	}
}
