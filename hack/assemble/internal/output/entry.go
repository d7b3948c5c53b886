// SPDX-License-Identifier: Apache-2.0

package output

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// An Entry is one file of the tree to be written.
type Entry struct {
	// Path is the file's path in the tree.
	Path string
	// Source is the file to copy, unless Data is set.
	Source string
	// Edit, if set, transforms the source's content into the tree's.
	Edit func(src []byte) ([]byte, error)

	// Data is the content of a file that does not come from a module, with its time and mode.
	Data       []byte
	ModTime    time.Time
	Executable bool
}

// put writes the entry into dir. If there is an old tree of the same modules, put links the old file instead: it was
// verified when it was written, and a link is several times faster.
func (e Entry) put(dir, old string) error {
	if e.Source == "" {
		return write(filepath.Join(dir, e.Path), e.Data, e.Executable, e.ModTime)
	}
	info, err := os.Stat(e.Source)
	if err != nil {
		return fmt.Errorf("reading the module cache: %w", err)
	}
	if old != "" && e.Edit == nil && link(filepath.Join(old, e.Path), filepath.Join(dir, e.Path), info) {
		return nil
	}
	data, err := os.ReadFile(e.Source)
	if err != nil {
		return fmt.Errorf("reading the module cache: %w", err)
	}
	modTime := info.ModTime()
	if e.Edit != nil {
		if data, err = e.Edit(data); err != nil {
			return err
		}
		modTime = time.Time{} // the source's time would hide a change of the seams from other tools
	}
	// Published modules have no file modes, and scripts must be executable.
	return write(filepath.Join(dir, e.Path), data, bytes.HasPrefix(data, []byte("#!")), modTime)
}

// link reports whether it reused the old file, which must be unchanged since this program wrote it.
func link(old, name string, source os.FileInfo) bool {
	info, err := os.Lstat(old)
	if err != nil || !info.Mode().IsRegular() || info.Size() != source.Size() || !info.ModTime().Equal(source.ModTime()) {
		return false
	}
	if mode := info.Mode(); mode != 0o644 && mode != 0o755 {
		return false
	}
	return os.Link(old, name) == nil
}

func write(name string, data []byte, executable bool, modTime time.Time) error {
	mode := os.FileMode(0o644)
	if executable {
		mode = 0o755
	}
	if err := os.WriteFile(name, data, mode); err != nil {
		return fmt.Errorf("writing the tree: %w", err)
	}
	if err := os.Chmod(name, mode); err != nil { // independent of the umask
		return fmt.Errorf("writing the tree: %w", err)
	}
	if modTime.IsZero() {
		return nil
	}
	if err := os.Chtimes(name, modTime, modTime); err != nil {
		return fmt.Errorf("writing the tree: %w", err)
	}
	return nil
}
