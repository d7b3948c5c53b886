// SPDX-License-Identifier: Apache-2.0

// Package output writes a tree of files atomically: all of it or nothing.
package output

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// A Tree is an output directory, locked for one run.
type Tree struct {
	dir string
	// next is where the new tree is built, prev where the old one is kept until it is removed.
	next, prev string
	release    func()
	log        io.Writer
}

// Open waits until no other run holds the directory, and cleans up after a killed run.
func Open(ctx context.Context, dir string, log io.Writer) (*Tree, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("finding the output directory: %w", err)
	}
	parent, base := filepath.Split(dir)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return nil, fmt.Errorf("making the output's parent directory: %w", err)
	}
	beside := func(suffix string) string { return filepath.Join(parent, "."+base+suffix) }
	t := &Tree{dir: dir, next: beside(".next"), prev: beside(".prev"), log: log}
	if t.release, err = acquire(ctx, beside(".lock"), log); err != nil {
		return nil, err
	}
	if err := t.recover(); err != nil {
		t.Close()
		return nil, err
	}
	return t, nil
}

// Close releases the directory for other runs.
func (t *Tree) Close() { t.release() }

// UpToDate reports whether the tree was made from these inputs.
func (t *Tree) UpToDate(s Stamp) bool { return readStamp(t.dir) == s }

// recover cleans up after a killed run.
func (t *Tree) recover() error {
	if _, err := os.Lstat(t.dir); errors.Is(err, fs.ErrNotExist) {
		if err := os.Rename(t.prev, t.dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("restoring the tree of an interrupted run: %w", err)
		}
	} else if err := t.checkReplaceable(); err != nil {
		return err
	}
	return t.clean()
}

// checkReplaceable protects a directory that another program made.
func (t *Tree) checkReplaceable() error {
	entries, err := os.ReadDir(t.dir)
	if err != nil {
		return fmt.Errorf("looking at the output directory: %w", err)
	}
	if len(entries) > 0 && readStamp(t.dir) == (Stamp{}) {
		return fmt.Errorf("%s has no %s, so it is not this program's to replace: remove it or choose another output",
			t.dir, StampName)
	}
	return nil
}

func (t *Tree) clean() error {
	if err := errors.Join(os.RemoveAll(t.next), os.RemoveAll(t.prev)); err != nil {
		return fmt.Errorf("removing temporary directories: %w", err)
	}
	return nil
}

// Replace builds the tree from the entries and swaps it in. It verifies the sources, unless the old tree was made from the same
// verified sources. On an error, and when the context ends, the old tree stays.
func (t *Tree) Replace(ctx context.Context, entries []Entry, verify func() error, stamp Stamp) (err error) {
	defer func() { err = errors.Join(err, t.clean()) }()
	old := ""
	if s := readStamp(t.dir); s.Tool == stamp.Tool && s.Modules == stamp.Modules {
		old = t.dir
	}
	if err := makeDirs(t.next, entries); err != nil {
		return err
	}
	if err := putAll(ctx, entries, t.next, old); err != nil {
		return err
	}
	// Verify after copying, to detect a source that changed during the copy.
	if old == "" {
		if err := verify(); err != nil {
			return err
		}
	}
	if err := stamp.write(t.next); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return t.swap()
}

func (t *Tree) swap() error {
	if err := os.Rename(t.dir, t.prev); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("moving the old tree away: %w", err)
	}
	if err := os.Rename(t.next, t.dir); err != nil {
		return errors.Join(fmt.Errorf("moving the new tree in: %w", err), os.Rename(t.prev, t.dir))
	}
	return nil
}

// Write writes the files into a new directory, without a stamp and without verifying their modules' hashes.
func Write(ctx context.Context, dir string, entries []Entry) error {
	if err := makeDirs(dir, entries); err != nil {
		return err
	}
	return putAll(ctx, entries, dir, "")
}

func makeDirs(root string, entries []Entry) error {
	dirs := map[string]bool{".": true}
	for _, e := range entries {
		for dir := path.Dir(e.Path); !dirs[dir]; dir = path.Dir(dir) {
			dirs[dir] = true
		}
	}
	sorted := make([]string, 0, len(dirs))
	for dir := range dirs {
		sorted = append(sorted, dir)
	}
	slices.SortFunc(sorted, strings.Compare)
	for _, dir := range sorted {
		name := filepath.Join(root, dir)
		if err := errors.Join(os.Mkdir(name, 0o755), os.Chmod(name, 0o755)); err != nil {
			return fmt.Errorf("making the tree's directories: %w", err)
		}
	}
	return nil
}

func putAll(ctx context.Context, entries []Entry, dir, old string) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	queue := make(chan Entry)
	var workers sync.WaitGroup
	for range 2 * runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for e := range queue {
				if err := e.put(dir, old); err != nil {
					cancel(err)
				}
			}
		})
	}
	for _, e := range entries {
		if ctx.Err() != nil {
			break
		}
		queue <- e
	}
	close(queue)
	workers.Wait()
	return context.Cause(ctx)
}
