// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	tests := map[string]struct {
		args   string
		want   string
		rounds int
		cases  int
	}{
		"nothing":          {rounds: 3, cases: 32},
		"quick":            {args: "-quick", rounds: 3, cases: 9},
		"full":             {args: "-full", rounds: 5, cases: 91},
		"own rounds":       {args: "-full -rounds 2 -only chain", rounds: 2, cases: 30},
		"both":             {args: "-quick -full", want: "exclude each other"},
		"unknown part":     {args: "-part start,end", want: `part "end"`},
		"bad expression":   {args: "-only (", want: "no regular expression"},
		"no rounds":        {args: "-rounds -1", want: "at least 1"},
		"too many pods":    {args: "-pods 101", want: "1 to 100"},
		"tenants":          {args: "-part tenant -hostile 2 -ordinary 3", rounds: 3, cases: 32},
		"too many tenants": {args: "-hostile 90", want: "at most 100 together"},
		"too many beside":  {args: "-part where -beside 101", want: "0 to 100"},
		"no neighbors":     {args: "-hostile 0", want: "1 or more of each"},
		"no rest":          {args: "-rest 1ms", want: "at least 1s"},
		"no pod":           {args: "-only square", want: "no pod's name matches"},
		"no pod, but many": {args: "-only square -part many", rounds: 3},
		"a stray argument": {args: "chain", want: `argument "chain"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			o, err := parse(strings.Fields(test.args))
			if test.want != "" {
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Fatalf("got %v, want in it %q", err, test.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if o.plan.Rounds != test.rounds || len(o.plan.Cases) != test.cases {
				t.Errorf("got %d rounds of %d pods, want %d of %d", o.plan.Rounds, len(o.plan.Cases), test.rounds, test.cases)
			}
		})
	}
}
