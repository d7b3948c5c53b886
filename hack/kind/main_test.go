// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFlagSetParse(t *testing.T) {
	const ofKind = "-- --name NAME"
	for name, tt := range map[string]struct {
		line            string
		args            []string
		arguments, rest []string
		fails, lacks    string
	}{
		"flags on both sides of an argument": {args: []string{"--force", "n1", "--force=false"}, arguments: []string{"n1"}},
		"what follows --":                    {args: []string{"n1", "--", "--name", "x"}, arguments: []string{"n1"}, rest: []string{"--name", "x"}},
		"an unknown flag":                    {args: []string{"--name", "x"}, fails: "-name", lacks: ofKind},
		"a flag of kind, where kind has some": {
			line: "[-- KIND FLAGS]", args: []string{"--name", "x"}, fails: ofKind,
		},
	} {
		t.Run(name, func(t *testing.T) {
			set := flags("do", tt.line, "")
			set.Bool("force", false, "")
			arguments, rest, err := set.parse(tt.args)
			if tt.fails != "" {
				if !errors.Is(err, errUsage) || !strings.Contains(err.Error(), tt.fails) || tt.lacks != "" && strings.Contains(err.Error(), tt.lacks) {
					t.Fatalf("error %v, want one with %q", err, tt.fails)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([][]string{tt.arguments, tt.rest}, [][]string{arguments, rest}); diff != "" {
				t.Errorf("arguments and rest (-want +got):\n%s", diff)
			}
		})
	}
}
