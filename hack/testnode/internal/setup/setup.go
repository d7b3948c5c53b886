// SPDX-License-Identifier: Apache-2.0

// Package setup gets what a test node needs: packages of the distribution, programs built from Go modules, and images. What
// is there already is left alone.
package setup

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"kubelet-ordering/hack/testnode/internal/progress"
)

// Setup says where things go.
type Setup struct {
	// Repo is the root of the repository.
	Repo string
	// Out is where the programs (bin) and the images (images) go.
	Out string
	// Tree is a full Kubernetes tree, for agnhost.
	Tree string
	// Agnhost asks for that image too: it takes minutes.
	Agnhost bool
	Log     *progress.Log
}

// BinDir is where the programs are.
func (s Setup) BinDir() string { return filepath.Join(s.Out, "bin") }

// ImageDir is where the image archives are.
func (s Setup) ImageDir() string { return filepath.Join(s.Out, "images") }

// Run makes everything that is missing.
func (s Setup) Run() error {
	for _, dir := range []string{s.BinDir(), s.ImageDir()} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("make a directory for the test node: %w", err)
		}
	}
	if err := s.packages(); err != nil {
		return err
	}
	if err := s.programs(); err != nil {
		return err
	}
	if err := s.helpers(); err != nil {
		return err
	}
	return s.images()
}

// run is a step that shows the end of the program's output only when it fails.
func (s Setup) run(what, dir string, env []string, argv ...string) error {
	return s.Log.Step(what, func() error {
		command := exec.Command(argv[0], argv[1:]...)
		command.Dir, command.Env = dir, append(os.Environ(), env...)
		output, err := command.CombinedOutput()
		if err != nil {
			lines := strings.Split(strings.TrimSpace(string(output)), "\n")
			if len(lines) > 15 {
				lines = lines[len(lines)-15:]
			}
			return fmt.Errorf("%s: %w:\n%s", strings.Join(argv, " "), err, strings.Join(lines, "\n"))
		}
		return nil
	})
}
