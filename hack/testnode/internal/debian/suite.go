// SPDX-License-Identifier: Apache-2.0

// Package debian gets packages of any suite of Debian, without installing them and without touching the machine's own sources.
package debian

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// keyring signs all of Debian's suites. The package debian-archive-keyring brings it.
const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"

// Suite is one suite, such as bookworm, with package lists of its own in Dir.
type Suite struct {
	Mirror, Name, Dir string
}

// Open reads the suite's package lists into the directory.
func Open(ctx context.Context, mirror, name, dir string) (Suite, error) {
	suite := Suite{Mirror: mirror, Name: name, Dir: dir}
	for _, made := range []string{"lists/partial", "packages"} {
		if err := os.MkdirAll(filepath.Join(dir, made), 0o755); err != nil {
			return suite, fmt.Errorf("make a directory for package lists: %w", err)
		}
	}
	source := fmt.Sprintf("deb [signed-by=%s] %s %s main\n", keyring, mirror, name)
	if err := os.WriteFile(filepath.Join(dir, "sources.list"), []byte(source), 0o644); err != nil {
		return suite, fmt.Errorf("name the source of packages: %w", err)
	}
	return suite, suite.apt(ctx, "apt-get", "update", "-q")
}

// options keep apt away from the machine's own sources, lists and caches.
func (s Suite) options() []string {
	var options []string
	for _, option := range []string{
		"Dir::Etc::sourcelist=" + filepath.Join(s.Dir, "sources.list"), "Dir::Etc::sourceparts=/dev/null",
		"Dir::State::lists=" + filepath.Join(s.Dir, "lists"), "Dir::Cache::pkgcache=", "Dir::Cache::srcpkgcache=",
		// Downloads go to a directory of root, which apt's own user cannot enter.
		"APT::Sandbox::User=root",
	} {
		options = append(options, "-o", option)
	}
	return options
}

func (s Suite) apt(ctx context.Context, tool string, args ...string) error {
	command := exec.CommandContext(ctx, tool, append(s.options(), args...)...)
	command.Dir = filepath.Join(s.Dir, "packages")
	command.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	output, err := command.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s (suite %s of %s): %w: %s", tool, strings.Join(args, " "), s.Name, s.Mirror, err, tail(string(output)))
	}
	return nil
}

// Unpack downloads the package and unpacks it into the directory. It returns the package's version.
func (s Suite) Unpack(ctx context.Context, name, dir string) (string, error) {
	if err := s.apt(ctx, "apt-get", "download", "-q", name); err != nil {
		return "", err
	}
	files, err := filepath.Glob(filepath.Join(s.Dir, "packages", name+"_*.deb"))
	if err != nil || len(files) != 1 {
		return "", fmt.Errorf("find the package %q that apt-get downloaded: got %q, want one file", name, files)
	}
	if output, err := exec.CommandContext(ctx, "dpkg-deb", "--extract", files[0], dir).CombinedOutput(); err != nil {
		return "", fmt.Errorf("unpack %q: %w: %s", files[0], err, tail(string(output)))
	}
	return versionOf(filepath.Base(files[0])), nil
}

// versionOf returns the version in the name of a package's file. A colon in it is escaped there.
func versionOf(file string) string {
	parts := strings.Split(file, "_")
	if len(parts) < 2 {
		return ""
	}
	return strings.ReplaceAll(parts[1], "%3a", ":")
}

// tail returns the last lines of an output.
func tail(output string) string {
	lines := strings.Split(strings.TrimSpace(output), "\n")
	return strings.Join(lines[max(0, len(lines)-10):], "\n")
}
