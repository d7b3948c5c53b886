// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestConfig(t *testing.T) {
	tests := map[string]struct {
		runtime []string
		want    map[string]any
	}{
		"all capabilities": {nil, map[string]any{"default-runtime": nil, "runtimes": nil, "data-root": "/data"}},
		"a wrapper": {[]string{"/lab", "_runtime"}, map[string]any{
			"default-runtime": "lab",
			"runtimes":        map[string]any{"lab": map[string]any{"path": "/lab", "runtimeArgs": []any{"_runtime"}}},
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			content, err := Engine{Dir: "/e", Data: "/data", Runtime: test.runtime}.Config()
			if err != nil {
				t.Fatal(err)
			}
			var got map[string]any
			if err := json.Unmarshal(content, &got); err != nil {
				t.Fatal(err)
			}
			for key, want := range test.want {
				if diff := cmp.Diff(want, got[key]); diff != "" {
					t.Errorf("%s: -want +got\n%s", key, diff)
				}
			}
		})
	}
}

func TestUnpackKeepsWhatIsThereAndLeavesNoHalf(t *testing.T) {
	// Without programs on the PATH every download fails.
	t.Setenv("PATH", t.TempDir())
	if err := Unpack(context.Background(), t.TempDir(), "a"); err != nil {
		t.Errorf("got %v for a directory that is there, want nothing to be done", err)
	}
	dir := filepath.Join(t.TempDir(), "engine")
	if err := Unpack(context.Background(), dir, "a"); err == nil {
		t.Error("want an error without apt-get")
	}
	for _, left := range []string{dir, dir + ".new"} {
		if _, err := os.Stat(left); err == nil {
			t.Errorf("%s is left behind", left)
		}
	}
}
