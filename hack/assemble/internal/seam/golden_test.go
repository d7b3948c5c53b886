// SPDX-License-Identifier: Apache-2.0

package seam

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"kubelet-ordering/hack/assemble/internal/own"
)

var update = flag.Bool("update", false, "write the golden files")

const golden = "testdata/store.go.golden"

// spliceFixture applies the fixture's seams.
func spliceFixture(t *testing.T) (before, after []byte, files []own.File) {
	t.Helper()
	read := func(name string) []byte {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	before = read("upstream/store/store.go")
	src := mapSource{"store/store.go": string(before)}
	files = ownFiles(t, src, map[string]string{"store/ordering.go": string(read("own/store/ordering.go"))})
	plan, err := Resolve(files, src)
	if err != nil {
		t.Fatal(err)
	}
	after, err = Apply("store/store.go", before, plan.Edits["store/store.go"])
	if err != nil {
		t.Fatal(err)
	}
	return before, after, files
}

func TestGolden(t *testing.T) {
	before, after, _ := spliceFixture(t)
	if *update {
		if err := os.WriteFile(golden, after, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(after, want) {
		t.Errorf("got\n%s\nwant\n%s", after, want)
	}
	// Every line is where it was: it has all that it had, but for the names and the fields.
	old, now := strings.Split(string(before), "\n"), strings.Split(string(after), "\n")
	if len(old) != len(now) {
		t.Fatalf("got %d lines, want %d", len(now), len(old))
	}
	changed := 0
	for i := range old {
		if old[i] != now[i] {
			changed++
		}
	}
	if want := 7 + 9; changed != want {
		t.Errorf("got %d changed lines, want %d: one for each seam, and all of the function that is replaced", changed, want)
	}
}

// TestGoldenRuns compiles the spliced fixture with the own file, and looks for upstream's real line in a stack trace.
func TestGoldenRuns(t *testing.T) {
	before, after, files := spliceFixture(t)
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/upstream")); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"store/store.go": after, files[0].Path: files[0].Data} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := goTool(dir, "vet", "./..."); err != nil {
		t.Fatalf("go vet: %v\n%s", err, out)
	}
	out, err := goTool(dir, "run", "-gcflags=-l", ".")
	if err == nil {
		t.Fatalf("the fixture did not panic:\n%s", out)
	}
	lineOf := func(mark string) int {
		upTo, _, found := bytes.Cut(before, []byte(mark))
		if !found {
			t.Fatalf("no %q in the fixture", mark)
		}
		return bytes.Count(upTo, []byte("\n")) + 1
	}
	for _, mark := range []string{"// the line to find", `return s.Sell(first, "nothing")`} {
		if want := fmt.Sprintf("store.go:%d ", lineOf(mark)); !strings.Contains(out, want) {
			t.Errorf("the stack trace does not name %s:\n%s", want, out)
		}
	}
}

func goTool(dir string, args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off")
	out, err := cmd.CombinedOutput()
	return string(out), err
}
