// SPDX-License-Identifier: Apache-2.0

// Package assemble assembles the tree to build from upstream's modules, the project's own files and the seams between them.
package assemble

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"kubelet-ordering/hack/assemble/internal/lockfile"
	"kubelet-ordering/hack/assemble/internal/module"
	"kubelet-ordering/hack/assemble/internal/output"
	"kubelet-ordering/hack/assemble/internal/own"
	"kubelet-ordering/hack/assemble/internal/seam"
	"kubelet-ordering/hack/assemble/internal/upstream"
)

// Options configure a run.
type Options struct {
	// Root is the repository.
	Root string
	// Out is the output directory; empty means the default one in Root.
	Out string
	// Modules are upstream's modules.
	Modules []module.Module
	// Pristine leaves own files and seams out.
	Pristine bool
	// UpdateLock writes the lock file instead of comparing it.
	UpdateLock bool
	// Tool is a hash of this program: a different program may make a different tree.
	Tool string
	// Log gets a line that says what was done.
	Log io.Writer
}

// DefaultOut returns the default output directory, relative to the repository.
func DefaultOut(pristine bool) string {
	if pristine {
		return filepath.Join("_output", "pristine")
	}
	return filepath.Join("_output", "kubernetes")
}

// Run assembles a tree unless the existing one is up to date.
func Run(ctx context.Context, o Options) error {
	begin := time.Now()
	if o.Out == "" {
		o.Out = filepath.Join(o.Root, DefaultOut(o.Pristine))
	}
	// Lock before reading anything: otherwise a run that waited would write outdated files.
	tree, err := output.Open(ctx, o.Out, o.Log)
	if err != nil {
		return err
	}
	defer tree.Close()
	var files []own.File
	if !o.Pristine {
		if files, err = own.Files(o.Root); err != nil {
			return err
		}
	}
	lock, err := lockfile.Read(o.Root)
	if err != nil {
		return err
	}
	stamp := o.stamp(files, lock)
	if tree.UpToDate(stamp) {
		fmt.Fprintf(o.Log, "%s is up to date\n", o.Out)
		return nil
	}
	up, plan, lock, err := o.plan(files)
	if err != nil {
		return err
	}
	verify := func() error { return module.Verify(o.Modules) }
	if err := tree.Replace(ctx, entries(up, files, plan), verify, o.stamp(files, lock)); err != nil {
		return fmt.Errorf("assembling %s: %w", o.Out, err)
	}
	fmt.Fprintf(o.Log, "%s: Kubernetes %s, %d own files, %d seams, %.1f s\n", o.Out, o.Modules[0].Version, len(files),
		len(plan.Seams), time.Since(begin).Seconds())
	return nil
}

// plan resolves the seams and settles the lock file, both before anything is copied.
func (o Options) plan(files []own.File) (*upstream.Tree, seam.Plan, string, error) {
	fail := func(err error) (*upstream.Tree, seam.Plan, string, error) { return nil, seam.Plan{}, "", err }
	up, err := upstream.Open(o.Modules)
	if err != nil {
		return fail(err)
	}
	if err := up.CheckStaging(); err != nil {
		return fail(err)
	}
	if o.Pristine {
		return up, seam.Plan{}, "", nil
	}
	plan, err := seam.Resolve(files, up)
	if err != nil {
		return fail(err)
	}
	lock := lockfile.Text(o.Modules, plan.Seams, files)
	if o.UpdateLock {
		err = lockfile.Write(o.Root, lock)
	} else {
		err = lockfile.Check(o.Root, lock)
	}
	if err != nil {
		return fail(err)
	}
	return up, plan, lock, nil
}

func (o Options) stamp(files []own.File, lock string) output.Stamp {
	s := output.Stamp{Tool: o.Tool}
	h := sha256.New()
	for _, m := range o.Modules {
		fmt.Fprintln(h, m.Path, m.Version, m.Sum)
	}
	s.Modules = fmt.Sprintf("%x", h.Sum(nil))
	if !o.Pristine {
		s.Own = own.Hash(files)
		s.Lock = fmt.Sprintf("%x", sha256.Sum256([]byte(lock)))
	}
	return s
}
