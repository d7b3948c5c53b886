// SPDX-License-Identifier: Apache-2.0

package ocispec

import (
	"strings"
	"testing"
)

func TestDocumentOf(t *testing.T) {
	tests := map[string]struct {
		args string
		want Document
		none bool
	}{
		"create":                  {args: "--root /run/x --log /l --log-format json create --bundle /b --pid-file /p id", want: Document{Path: "/b/config.json"}},
		"create, equals sign":     {args: "create --bundle=/b id", want: Document{Path: "/b/config.json"}},
		"create, here":            {args: "create id", want: Document{Path: "config.json"}},
		"run, short":              {args: "run -b /b id", want: Document{Path: "/b/config.json"}},
		"exec":                    {args: "--root /run/x exec --process /tmp/p.json --detach id", want: Document{Path: "/tmp/p.json", Process: true}},
		"exec without a document": {args: "exec id sh", none: true},
		"start":                   {args: "--root /create start id", none: true},
		"an option named create":  {args: "--log create state id", none: true},
		"nothing":                 {args: "", none: true},
		"version":                 {args: "--version", none: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, ok := DocumentOf(strings.Fields(test.args))
			if ok == test.none || got != test.want {
				t.Errorf("got %+v, %v, want %+v, %v", got, ok, test.want, !test.none)
			}
		})
	}
}
