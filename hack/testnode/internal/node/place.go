// SPDX-License-Identifier: Apache-2.0

package node

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Place makes a program available at the target path: it creates the directory and links the program, or copies it if it cannot
// be linked.
func Place(source, target string) error {
	if err := place(source, target); err != nil {
		return fmt.Errorf("copy the program %q: %w", source, err)
	}
	return nil
}

func place(source, target string) error {
	resolved, err := filepath.EvalSymlinks(source)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	if os.Link(resolved, target) == nil {
		return nil
	}
	in, err := os.Open(resolved)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(target, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}
