// SPDX-License-Identifier: Apache-2.0

package assemble

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"kubelet-ordering/hack/assemble/internal/output"
	"kubelet-ordering/hack/assemble/internal/own"
	"kubelet-ordering/hack/assemble/internal/seam"
)

// Diff writes what the project changes in upstream as one patch, which `git apply` accepts in upstream's tree. The paths of files
// or directories limit the patch; without paths it covers everything. Diff needs no assembled tree.
func Diff(ctx context.Context, o Options, paths []string, w io.Writer) error {
	files, err := own.Files(o.Root)
	if err != nil {
		return err
	}
	up, plan, _, err := o.plan(files)
	if err != nil {
		return err
	}
	unused := slices.Clone(paths)
	wanted := func(name string) bool {
		below := func(p string) bool { return covers(p, name) }
		unused = slices.DeleteFunc(unused, below)
		return len(paths) == 0 || slices.ContainsFunc(paths, below)
	}
	var before, after []output.Entry
	for name, edits := range plan.Edits {
		if !wanted(name) {
			continue
		}
		source, err := up.Read(name)
		if err != nil {
			return err
		}
		edited, err := seam.Apply(name, source, edits)
		if err != nil {
			return err
		}
		before = append(before, output.Entry{Path: name, Data: source})
		after = append(after, output.Entry{Path: name, Data: edited})
	}
	for _, f := range files {
		if wanted(f.Path) {
			after = append(after, output.Entry{Path: f.Path, Data: f.Data, Executable: f.Executable})
		}
	}
	if len(unused) > 0 {
		return fmt.Errorf("the project changes nothing in %s: name files or directories of the assembled tree", strings.Join(unused, ", "))
	}
	return gitDiff(ctx, before, after, w)
}

// covers reports whether the file is at the path or below it.
func covers(path, file string) bool {
	path = filepath.ToSlash(filepath.Clean(path))
	return path == "." || path == file || strings.HasPrefix(file, path+"/")
}

// gitDiff prints the patch from the files before to the files after. It uses a temporary git repository.
func gitDiff(ctx context.Context, before, after []output.Entry, w io.Writer) error {
	dir, err := os.MkdirTemp("", "assemble-diff-")
	if err != nil {
		return fmt.Errorf("making a place for the files to compare: %w", err)
	}
	defer os.RemoveAll(dir)
	git := func(tree string, stdout io.Writer, args ...string) error {
		cmd := exec.CommandContext(ctx, "git", args...)
		cmd.Dir = dir
		// The user's git settings must not change the patch.
		cmd.Env = append(cmd.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "GIT_DIR="+filepath.Join(dir, "git"),
			"GIT_WORK_TREE="+filepath.Join(dir, tree))
		var stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = stdout, &stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("git %s: %w\n%s", args[0], err, strings.TrimSpace(stderr.String()))
		}
		return nil
	}
	if err := output.Write(ctx, filepath.Join(dir, "before"), before); err != nil {
		return err
	}
	if err := output.Write(ctx, filepath.Join(dir, "after"), after); err != nil {
		return err
	}
	if err := git("before", nil, "init", "--quiet", "--template="); err != nil {
		return err
	}
	if err := git("before", nil, "add", "--all", "--force"); err != nil {
		return err
	}
	if err := git("after", nil, "add", "--all", "--force", "--intent-to-add"); err != nil {
		return err
	}
	return git("after", w, "diff", "--no-ext-diff", "--no-color", "--no-renames", "--binary")
}
