// SPDX-License-Identifier: Apache-2.0

package output

import (
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"kubelet-ordering/hack/assemble/internal/fixture"
)

func open(t *testing.T, dir string) *Tree {
	t.Helper()
	tree, err := Open(t.Context(), dir, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tree.Close)
	return tree
}

// verified accepts all sources.
func verified() error { return nil }

func oldTree(t *testing.T) (dir string, files fixture.Tree) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "out")
	tree, err := Open(t.Context(), dir, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	if err := tree.Replace(t.Context(), []Entry{{Path: "a/b", Data: []byte("old")}}, verified, Stamp{Tool: "1"}); err != nil {
		t.Fatal(err)
	}
	return dir, fixture.Read(t, filepath.Dir(dir))
}

// When the context ends during the write, the old tree stays and nothing else is left.
func TestReplaceFailsInTheMiddle(t *testing.T) {
	tests := map[string]struct {
		edit func(cancel func()) error
		want error
	}{
		"interrupted": {edit: func(cancel func()) error { cancel(); return nil }, want: context.Canceled},
		"failed":      {edit: func(func()) error { return io.ErrUnexpectedEOF }, want: io.ErrUnexpectedEOF},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			dir, before := oldTree(t)
			source := filepath.Join(t.TempDir(), "source")
			if err := os.WriteFile(source, nil, 0o644); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			edit := func(src []byte) ([]byte, error) { return src, tc.edit(cancel) }
			tree := open(t, dir)
			entries := []Entry{{Path: "a/b", Data: []byte("new")}, {Path: "c", Source: source, Edit: edit}}
			err := tree.Replace(ctx, entries, verified, Stamp{Tool: "2"})
			if !errors.Is(err, tc.want) {
				t.Errorf("got error %v, want %v", err, tc.want)
			}
			if after := fixture.Read(t, filepath.Dir(dir)); !maps.Equal(after, before) {
				t.Errorf("got %v, want %v", after, before)
			}
		})
	}
}

// A killed run cannot clean up; the next one does.
func TestOpenAfterAKilledRun(t *testing.T) {
	tests := map[string]func(t *testing.T, dir string){
		"while writing": func(t *testing.T, dir string) {
			fixture.Write(t, filepath.Join(filepath.Dir(dir), ".out.next"), fixture.Tree{"half/of": "it"})
		},
		"between the two renames": func(t *testing.T, dir string) {
			fixture.Write(t, filepath.Join(filepath.Dir(dir), ".out.next"), fixture.Tree{"all/of": "it"})
			if err := os.Rename(dir, filepath.Join(filepath.Dir(dir), ".out.prev")); err != nil {
				t.Fatal(err)
			}
		},
		"before the old tree was removed": func(t *testing.T, dir string) {
			fixture.Write(t, filepath.Join(filepath.Dir(dir), ".out.prev"), fixture.Tree{"rest": "of it"})
		},
	}
	for name, kill := range tests {
		t.Run(name, func(t *testing.T) {
			dir, before := oldTree(t)
			kill(t, dir)
			if tree := open(t, dir); !tree.UpToDate(Stamp{Tool: "1"}) {
				t.Error("the old tree is gone")
			}
			if after := fixture.Read(t, filepath.Dir(dir)); !maps.Equal(after, before) {
				t.Errorf("got %v, want %v", after, before)
			}
		})
	}
}

func TestOpenWaits(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	first, err := Open(t.Context(), dir, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := Open(ctx, dir, io.Discard); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got error %v while another run holds the directory, want %v", err, context.DeadlineExceeded)
	}
	first.Close()
	open(t, dir)
}
