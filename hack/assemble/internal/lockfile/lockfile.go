// SPDX-License-Identifier: Apache-2.0

// Package lockfile records the inputs of an assembled tree for review.
package lockfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pmezard/go-difflib/difflib"

	"kubelet-ordering/hack/assemble/internal/module"
	"kubelet-ordering/hack/assemble/internal/own"
	"kubelet-ordering/hack/assemble/internal/seam"
)

// Name is the lock file's name in the repository's root.
const Name = "upstream.lock"

const header = `# What the assembled tree is made of: upstream modules, seams, own files.
# Written by "go run ./hack/assemble -update-lock"; review what changes here as you review code.
`

// Text renders the lock file. It lists own files without their content, which is in git.
func Text(modules []module.Module, seams []seam.Seam, files []own.File) string {
	var b strings.Builder
	b.WriteString(header)
	b.WriteString("\n")
	for _, m := range modules {
		fmt.Fprintf(&b, "module %s %s %s\n", m.Path, m.Version, m.Sum)
	}
	b.WriteString("\n")
	for _, s := range seams {
		fmt.Fprintf(&b, "%s %s own=%s upstream=%s body=%s\n", s.Kind, s.Target, s.Own, s.Upstream, s.Body)
	}
	b.WriteString("\n")
	for _, f := range files {
		fmt.Fprintf(&b, "file %s\n", f.Path)
	}
	return b.String()
}

// Read returns the lock file's text, or an empty text if there is no lock file.
func Read(root string) (string, error) {
	data, err := os.ReadFile(filepath.Join(root, Name))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("reading the lock file: %w", err)
	}
	return string(data), nil
}

// Check fails unless the lock file has that text.
func Check(root, want string) error {
	got, err := Read(root)
	if err != nil {
		return err
	}
	if got == want {
		return nil
	}
	diff, err := difflib.GetUnifiedDiffString(difflib.UnifiedDiff{
		A: difflib.SplitLines(got), FromFile: "it says", B: difflib.SplitLines(want), ToFile: "it should say",
	})
	if err != nil {
		return fmt.Errorf("comparing the lock file: %w", err)
	}
	return fmt.Errorf("%s does not say what the tree is made of:\n%sreview this and run go run ./hack/assemble -update-lock",
		filepath.Join(root, Name), diff)
}

// Write writes the lock file unless it already has that text.
func Write(root, text string) error {
	got, err := Read(root)
	if err != nil || got == text {
		return err
	}
	name := filepath.Join(root, Name)
	temp := name + ".new"
	if err := os.WriteFile(temp, []byte(text), 0o644); err != nil {
		return fmt.Errorf("writing the lock file: %w", err)
	}
	if err := os.Rename(temp, name); err != nil {
		return fmt.Errorf("writing the lock file: %w", err)
	}
	return nil
}
