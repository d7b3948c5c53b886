// SPDX-License-Identifier: Apache-2.0

package ocispec

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

func TestRestrictFile(t *testing.T) {
	limits := Limits{MissingCapabilities: []string{"CAP_SYS_RESOURCE"}, OOMScoreAdj: -5}
	tests := map[string]struct {
		process     bool
		given, want string
	}{
		"config, everything to be taken out": {
			given: `{"ociVersion":"1.2.0","process":{"args":["sh"],"capabilities":{"bounding":["CAP_CHOWN","CAP_SYS_RESOURCE"],` +
				`"effective":["CAP_SYS_RESOURCE"]},"rlimits":[{"type":"RLIMIT_NOFILE","hard":9}],"oomScoreAdj":-997}}`,
			want: `{"ociVersion":"1.2.0","process":{"args":["sh"],"capabilities":{"bounding":["CAP_CHOWN"],"effective":[]},"oomScoreAdj":-5}}`,
		},
		"config, a score that is allowed stays": {
			given: `{"process":{"oomScoreAdj":1000}}`,
			want:  `{"process":{"oomScoreAdj":1000}}`,
		},
		"config, nothing to do adds nothing": {
			given: `{"process":{"args":["x"]},"linux":{"resources":{"memory":{"limit":9007199254740991}}}}`,
			want:  `{"process":{"args":["x"]},"linux":{"resources":{"memory":{"limit":9007199254740991}}}}`,
		},
		"config without a process": {given: `{"root":{}}`, want: `{"root":{}}`},
		"process of an exec": {
			process: true,
			given:   `{"cwd":"/","capabilities":{"permitted":["CAP_SYS_RESOURCE","CAP_KILL"]},"rlimits":[]}`,
			want:    `{"cwd":"/","capabilities":{"permitted":["CAP_KILL"]}}`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "document.json")
			if err := os.WriteFile(path, []byte(test.given), 0o640); err != nil {
				t.Fatal(err)
			}
			if err := RestrictFile(Document{Path: path, Process: test.process}, limits); err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(decode(t, string(got)), decode(t, test.want)) {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestRestrictFileKeepsBigNumbers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.json")
	const given = `{"linux":{"resources":{"memory":{"limit":9223372036854771712}}}}`
	if err := os.WriteFile(path, []byte(given), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := RestrictFile(Document{Path: path}, Limits{}); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(path); string(got) != given {
		t.Errorf("got  %s\nwant %s", got, given)
	}
}

func TestRestrictFileSaysWhichFile(t *testing.T) {
	if err := RestrictFile(Document{Path: "/does/not/exist"}, Limits{}); err == nil {
		t.Fatal("want an error")
	}
}

func decode(t *testing.T, text string) any {
	t.Helper()
	var decoded any
	if err := json.Unmarshal([]byte(text), &decoded); err != nil {
		t.Fatalf("decode %s: %v", text, err)
	}
	return decoded
}
