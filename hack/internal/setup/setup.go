// SPDX-License-Identifier: Apache-2.0

// Package setup installs or builds what a test node needs: packages of the distribution, programs built from Go modules, and
// images. It keeps what is already there.
package setup

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"kubelet-ordering/hack/internal/gobuild"
	"kubelet-ordering/hack/internal/progress"
)

// Setup says what to set up, and where.
type Setup struct {
	// Repo is the root of the repository.
	Repo string
	// Out is the directory for the programs (bin) and the images (images).
	Out string
	// Runtime says which containerd and runc to use.
	Runtime Runtime
	// Tree, if set, is a full Kubernetes tree from which the images of upstream's specs are built too, which takes minutes.
	Tree string
	Log  *progress.Log
}

// BinDir returns the directory of the programs.
func (s Setup) BinDir() string { return filepath.Join(s.Out, "bin") }

// ImageDir returns the directory of the images, an OCI layout.
func (s Setup) ImageDir() string { return filepath.Join(s.Out, "images") }

// Run sets up everything that is missing. It includes the other builds in the same plan, after its own.
func (s Setup) Run(ctx context.Context, others ...gobuild.Build) error {
	for _, dir := range []string{s.BinDir(), s.ImageDir()} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("make a directory for the test node: %w", err)
		}
	}
	if err := s.packages(ctx); err != nil {
		return err
	}
	for _, line := range s.Runtime.Describe() {
		s.Log.Printf("the node runs %s", line)
	}
	builds, err := s.runtimeBuilds(ctx)
	if err != nil {
		return err
	}
	builds = append(builds, s.helpers())
	if s.Tree != "" {
		builds = append(builds, s.upstreamPrograms())
	}
	plan, err := gobuild.NewPlan(ctx, s.Log, append(builds, others...)...)
	if err != nil {
		return err
	}
	if err := plan.Run(ctx); err != nil {
		return err
	}
	if err := s.keepUpstreamFiles(); err != nil {
		return err
	}
	return s.images()
}

// helpers returns the build of our own small programs for images.
func (s Setup) helpers() gobuild.Build {
	return s.static("the node's own programs", s.Repo, "./hack/testnode/internal/cmd/...")
}

// upstreamPrograms returns the build of the programs in images of upstream's specs. With the flags of the trees' programs they share
// almost all that these have compiled; that includes cgo, so they need the linker to be static.
func (s Setup) upstreamPrograms() gobuild.Build {
	patterns := []string{"./test/images/agnhost", "./test/images/nonewprivs", "./test/images/sample-device-plugin"}
	return gobuild.Build{
		Name:     "programs of upstream's test images",
		Dir:      s.Tree,
		Flags:    []string{"-trimpath", "-tags", "selinux,notest,grpcnotrace"},
		Packages: patterns,
		Command:  append([]string{"build", "-ldflags", "-s -w -linkmode external -extldflags -static", "-o", s.BinDir() + "/"}, patterns...),
	}
}

// static returns the build of statically linked programs.
func (s Setup) static(name, dir, pattern string) gobuild.Build {
	return gobuild.Build{
		Name:     name,
		Dir:      dir,
		Env:      []string{"CGO_ENABLED=0"},
		Flags:    []string{"-trimpath", "-buildvcs=false", "-ldflags=-s -w"},
		Packages: []string{pattern},
		Command:  []string{"build", "-o", s.BinDir() + "/", pattern},
	}
}
