// SPDX-License-Identifier: Apache-2.0

package report

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Each result is returned once, when its line is complete.
func TestFollower(t *testing.T) {
	path := filepath.Join(t.TempDir(), ResultsFile)
	follower := NewFollower(path)
	for _, step := range []struct {
		content string
		want    []Spec
	}{
		{"", nil},
		{`{"name":"a","state":"passed","seconds":1.5}` + "\n" + `{"name":"b",`, []Spec{{Name: "a", State: "passed", Took: 1500 * time.Millisecond}}},
		{"", nil},
		{`"state":"failed","message":"too\n late"}` + "\n", []Spec{{Name: "b", State: "failed", Message: "too late"}}},
	} {
		if step.content != "" {
			appendTo(t, path, step.content)
		}
		got, err := follower.Next()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(step.want, got); diff != "" {
			t.Errorf("after %q (-want +got):\n%s", step.content, diff)
		}
	}
	appendTo(t, path, "no JSON\n")
	if _, err := follower.Next(); err == nil {
		t.Error("what is no result is read")
	}
}

func appendTo(t *testing.T, path, content string) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if _, err := file.WriteString(content); err != nil {
		t.Fatal(err)
	}
}
