// SPDX-License-Identifier: Apache-2.0

package ociruntime

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRestrict(t *testing.T) {
	tests := map[string]struct{ in, want string }{
		"a privileged container": {
			`{"process": {"capabilities": {"bounding": ["CAP_KILL", "CAP_SYS_RESOURCE"]}, "oomScoreAdj": -999, "rlimits": [{"type": "x"}]}}`,
			`{"process": {"capabilities": {"bounding": ["CAP_KILL"]}, "oomScoreAdj": 5}}`,
		},
		"a process": {
			`{"capabilities": {"effective": ["CAP_SYS_RESOURCE"], "ambient": null}, "args": ["a"]}`,
			`{"capabilities": {"effective": [], "ambient": null}, "args": ["a"]}`,
		},
		"a score that is allowed": {`{"process": {"oomScoreAdj": 900}}`, `{"process": {"oomScoreAdj": 900}}`},
		"nothing of it":           {`{"root": {"path": "rootfs"}}`, `{"root": {"path": "rootfs"}}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Restrict([]byte(test.in), 5)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(decode(t, []byte(test.want)), decode(t, got)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
	if _, err := Restrict([]byte("[]"), 0); err == nil {
		t.Error("want an error for what is no object")
	}
}

func decode(t *testing.T, content []byte) any {
	t.Helper()
	var value any
	if err := json.Unmarshal(content, &value); err != nil {
		t.Fatal(err)
	}
	return value
}

func TestFileOf(t *testing.T) {
	tests := map[string]string{
		"--root /r --log-format json create --bundle /b --pid-file /p id": "/b/config.json",
		"run -b /b id": "/b/config.json",
		"create id":    "config.json",
		"--root /r exec --process /tmp/p --tty id": "/tmp/p",
		"exec --process=/tmp/p id":                 "/tmp/p",
		"exec id sh":                               "",
		"--root /r kill id 9":                      "",
		"--log /l start id":                        "",
		"exec --process":                           "",
	}
	for args, want := range tests {
		t.Run(args, func(t *testing.T) {
			if got := fileOf(strings.Fields(args)); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}
