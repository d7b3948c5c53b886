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
	// Path is the file's place in the tree.
	Path string
	// Source is the file to copy, unless Data is set.
	Source string
	// Edit, if set, makes the tree's content from the source's.
	Edit func(src []byte) ([]byte, error)

	// Data is the content of a file that does not come from a module, with its time and mode.
	Data       []byte
	ModTime    time.Time
	Executable bool
}

// put writes the entry into dir. With an old tree of the same modules, a file that is there already is linked: it was
// verified when it was written, and that is several times faster.
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
		modTime = time.Time{} // the source's time would hide from others that the seams changed
	}
	// Modules are published without modes, and scripts want to be run.
	return write(filepath.Join(dir, e.Path), data, bytes.HasPrefix(data, []byte("#!")), modTime)
}

// link tells whether it could reuse the old file, which must be as this program left it.
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
	if err := os.Chmod(name, mode); err != nil { // whatever the umask
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
