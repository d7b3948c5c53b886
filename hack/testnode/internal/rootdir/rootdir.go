// SPDX-License-Identifier: Apache-2.0

// Package rootdir creates the root directories of test nodes. Each stays locked as long as any process of its node lives. A
// directory that is not locked was left by a killed run.
package rootdir

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// lockFile marks a root directory as ours: directories without it are never removed.
const lockFile = "testnode.lock"

// Root is a locked root directory.
type Root struct {
	Path string
	// Lock is held as long as any process has this descriptor or a copy of it open.
	Lock *os.File
}

// Fresh creates and locks a directory with a random name below base.
func Fresh(base string) (*Root, error) {
	return Make(filepath.Join(base, strings.ToLower(rand.Text()[:6])))
}

// Make creates the directory and locks it. The directory must not exist yet.
func Make(path string) (*Root, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("make the directory above a node's: %w", err)
	}
	if err := os.Mkdir(path, 0o755); err != nil {
		return nil, fmt.Errorf("make the node's directory (remove it): %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(path, lockFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the node's directory: %w", err)
	}
	if err := flock(lock); err != nil {
		lock.Close()
		return nil, fmt.Errorf("lock the node's directory %q: %w", path, err)
	}
	return &Root{Path: path, Lock: lock}, nil
}

// Leftovers locks and returns the root directories below base that no running node uses. It leaves out directories that are not
// ours.
func Leftovers(base string) ([]*Root, error) {
	entries, err := os.ReadDir(base)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look for what earlier runs have left: %w", err)
	}
	var found []*Root
	for _, entry := range entries {
		if root := leftover(filepath.Join(base, entry.Name())); root != nil {
			found = append(found, root)
		}
	}
	return found, nil
}

// leftover locks and returns the directory if a dead node left it, and returns nil otherwise.
func leftover(path string) *Root {
	lock, err := os.OpenFile(filepath.Join(path, lockFile), os.O_RDWR, 0)
	if err != nil {
		return nil
	}
	if err := flock(lock); err != nil {
		lock.Close()
		return nil
	}
	return &Root{Path: path, Lock: lock}
}

// Remove removes the directory and its contents. It removes the lock file last, so that a later run can finish an interrupted
// removal.
func (r *Root) Remove() error {
	defer r.Lock.Close()
	entries, err := os.ReadDir(r.Path)
	if err != nil {
		return fmt.Errorf("remove the node's directory: %w", err)
	}
	for _, entry := range entries {
		if entry.Name() == lockFile {
			continue
		}
		if err := os.RemoveAll(filepath.Join(r.Path, entry.Name())); err != nil {
			return fmt.Errorf("remove the node's directory %q (is something mounted in it?): %w", r.Path, err)
		}
	}
	if err := os.RemoveAll(r.Path); err != nil {
		return fmt.Errorf("remove the node's directory: %w", err)
	}
	return nil
}

func flock(file *os.File) error {
	return syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}
