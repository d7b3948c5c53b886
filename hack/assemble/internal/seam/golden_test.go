// SPDX-License-Identifier: Apache-2.0

package seam

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"kubelet-ordering/hack/assemble/internal/fixture"
	"kubelet-ordering/hack/assemble/internal/own"
)

var update = flag.Bool("update", false, "write the golden files")

const golden = "testdata/store.txtar"

// spliceFixture applies the fixture's seams.
func spliceFixture(t *testing.T) (archive *txtar.Archive, after []byte, files []own.File) {
	t.Helper()
	archive, err := txtar.ParseFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	before := archived(t, archive, "upstream/store/store.go").Data
	src := mapSource{"store/store.go": string(before)}
	files = ownFiles(t, src, map[string]string{"store/ordering.go": string(archived(t, archive, "own/store/ordering.go").Data)})
	plan, err := Resolve(files, src)
	if err != nil {
		t.Fatal(err)
	}
	after, err = Apply("store/store.go", before, plan.Edits["store/store.go"])
	if err != nil {
		t.Fatal(err)
	}
	return archive, after, files
}

// archived returns a file of the archive.
func archived(t *testing.T, archive *txtar.Archive, name string) *txtar.File {
	t.Helper()
	for i := range archive.Files {
		if archive.Files[i].Name == name {
			return &archive.Files[i]
		}
	}
	t.Fatalf("%s has no %s", golden, name)
	return nil
}

func TestGolden(t *testing.T) {
	archive, after, _ := spliceFixture(t)
	before, want := archived(t, archive, "upstream/store/store.go").Data, archived(t, archive, "spliced/store/store.go")
	if *update {
		want.Data = after
		if err := os.WriteFile(golden, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(after, want.Data) {
		t.Errorf("got\n%s\nwant\n%s", after, want.Data)
	}
	// No line has moved: each line keeps its text, except for the renamed functions and the added fields.
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
		t.Errorf("got %d changed lines, want %d: one per seam, and all lines of the replaced function", changed, want)
	}
}

// TestGoldenRuns compiles the spliced fixture with the own file, and checks that a stack trace shows upstream's real line.
func TestGoldenRuns(t *testing.T) {
	archive, after, files := spliceFixture(t)
	before := archived(t, archive, "upstream/store/store.go").Data
	tree := fixture.Tree{"store/store.go": string(after), files[0].Path: string(files[0].Data)}
	for _, name := range []string{"go.mod", "main.go"} {
		tree[name] = string(archived(t, archive, "upstream/"+name).Data)
	}
	dir := t.TempDir()
	fixture.Write(t, dir, tree)
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
