// SPDX-License-Identifier: Apache-2.0

// Package setup gets what a test node needs: packages of the distribution, programs built from Go modules, and images. What
// is there already is left alone.
package setup

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"kubelet-ordering/hack/internal/gobuild"
	"kubelet-ordering/hack/internal/progress"
)

// Setup says where things go.
type Setup struct {
	// Repo is the root of the repository.
	Repo string
	// Out is where the programs (bin) and the images (images) go.
	Out string
	// Runtime says whose containerd and runc are used.
	Runtime Runtime
	// Tree, if set, is a full Kubernetes tree, from which the image agnhost is made too: it takes minutes.
	Tree string
	Log  *progress.Log
}

// BinDir is where the programs are.
func (s Setup) BinDir() string { return filepath.Join(s.Out, "bin") }

// ImageDir is where the image archives are.
func (s Setup) ImageDir() string { return filepath.Join(s.Out, "images") }

// Run makes everything that is missing, in one plan with the other builds, which come last.
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
		builds = append(builds, s.agnhost())
	}
	plan, err := gobuild.NewPlan(ctx, s.Log, append(builds, others...)...)
	if err != nil {
		return err
	}
	if err := plan.Run(ctx); err != nil {
		return err
	}
	return s.images()
}

// helpers builds our own small programs, for images.
func (s Setup) helpers() gobuild.Build {
	return s.static("the node's own programs", s.Repo, "./hack/testnode/internal/cmd/...")
}

// agnhost builds upstream's test server.
func (s Setup) agnhost() gobuild.Build { return s.static("agnhost", s.Tree, "./test/images/agnhost") }

// static builds programs that need nothing from the file system that they run in.
func (s Setup) static(name, dir, pattern string) gobuild.Build {
	return gobuild.Build{
		Name:     name,
		Dir:      dir,
		Env:      []string{"CGO_ENABLED=0"},
		Flags:    []string{"-trimpath", "-ldflags=-s -w"},
		Packages: []string{pattern},
		Command:  []string{"build", "-o", s.BinDir() + "/", pattern},
	}
}
