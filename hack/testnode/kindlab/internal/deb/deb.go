// SPDX-License-Identifier: Apache-2.0

// Package deb makes Debian packages, and a repository of them that apt reads from a directory.
package deb

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"kubelet-ordering/hack/internal/image"
)

// Package is a Debian package for the architecture of this machine.
type Package struct {
	Name, Version, Description string
	// Depends are the names of packages, with their versions where these matter.
	Depends []string
	// Files are those that are not Programs. Parent directories come first.
	Files []image.File
	// Programs maps paths in the package to programs on this machine.
	Programs map[string]string
	// Configuration are the paths of files that dpkg keeps as the administrator has changed them.
	Configuration []string
	// Scripts maps the names of maintainer scripts, such as postinst, to their texts.
	Scripts map[string]string
}

// FileName is the package's name in a repository.
func (p Package) FileName() string {
	return fmt.Sprintf("%s_%s_%s.deb", p.Name, p.Version, runtime.GOARCH)
}

func (p Package) control() string {
	var text strings.Builder
	// Debian names the architectures that this project runs on as Go does.
	fmt.Fprintf(&text, "Package: %s\nVersion: %s\nArchitecture: %s\nMaintainer: kindlab <root@localhost>\nSection: admin\n",
		p.Name, p.Version, runtime.GOARCH)
	if len(p.Depends) > 0 {
		fmt.Fprintf(&text, "Depends: %s\n", strings.Join(p.Depends, ", "))
	}
	fmt.Fprintf(&text, "Description: %s\n", p.Description)
	return text.String()
}

// Adder takes what something depends on.
type Adder interface {
	Text(text string)
	File(path string)
}

// AddTo adds all that the package depends on.
func (p Package) AddTo(sum Adder) {
	sum.Text(p.control())
	for _, file := range p.Files {
		sum.Text(file.Path + "\n" + string(file.Content))
	}
	for _, values := range []map[string]string{p.Programs, p.Scripts} {
		for _, key := range slices.Sorted(maps.Keys(values)) {
			sum.Text(key + "\n" + values[key])
		}
	}
	for _, path := range slices.Sorted(maps.Keys(p.Programs)) {
		sum.File(p.Programs[path])
	}
	sum.Text(strings.Join(p.Configuration, "\n"))
}

// Build makes the package with dpkg-deb in the directory of a repository.
func (p Package) Build(ctx context.Context, repository string) error {
	work, err := os.MkdirTemp(repository, "work-")
	if err != nil {
		return fmt.Errorf("make a place for the package %s: %w", p.Name, err)
	}
	defer os.RemoveAll(work)
	if err := p.stage(work); err != nil {
		return fmt.Errorf("make the package %s: %w", p.Name, err)
	}
	command := exec.CommandContext(ctx, "dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "--build", work,
		filepath.Join(repository, p.FileName()))
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("make the package %s: dpkg-deb: %w: %s", p.Name, err, strings.TrimSpace(string(output)))
	}
	return nil
}

// stage lays out the package in a directory.
func (p Package) stage(work string) error {
	// The directory is the package's root directory, which everybody may read.
	if err := os.Chmod(work, 0o755); err != nil {
		return err
	}
	for path, source := range p.Programs {
		if err := install(source, filepath.Join(work, path)); err != nil {
			return err
		}
	}
	files := slices.Clone(p.Files)
	files = append(files, image.Text("DEBIAN/control", p.control()))
	if len(p.Configuration) > 0 {
		files = append(files, image.Text("DEBIAN/conffiles", "/"+strings.Join(p.Configuration, "\n/")+"\n"))
	}
	for name, text := range p.Scripts {
		files = append(files, image.Program("DEBIAN/"+name, []byte(text)))
	}
	for _, file := range files {
		path := filepath.Join(work, file.Path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, file.Content, os.FileMode(file.Mode)); err != nil {
			return err
		}
	}
	return nil
}

// install copies a program.
func install(from, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// Index writes the list of the packages in a directory, by which apt takes it for a repository.
func Index(ctx context.Context, repository string) error {
	packages, err := filepath.Glob(filepath.Join(repository, "*.deb"))
	if err != nil {
		return fmt.Errorf("list the packages in %s: %w", repository, err)
	}
	var text strings.Builder
	for _, path := range packages {
		control, err := exec.CommandContext(ctx, "dpkg-deb", "--field", path).Output()
		if err != nil {
			return fmt.Errorf("read the package %s: %w", path, err)
		}
		size, sum, err := digest(path)
		if err != nil {
			return fmt.Errorf("read the package %s: %w", path, err)
		}
		fmt.Fprintf(&text, "%s\nFilename: ./%s\nSize: %d\nSHA256: %s\n\n",
			strings.TrimSpace(string(control)), filepath.Base(path), size, sum)
	}
	if err := os.WriteFile(filepath.Join(repository, "Packages"), []byte(text.String()), 0o644); err != nil {
		return fmt.Errorf("write the list of packages: %w", err)
	}
	return nil
}

func digest(path string) (size int64, sum string, err error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, "", err
	}
	defer file.Close()
	hash := sha256.New()
	size, err = io.Copy(hash, file)
	return size, hex.EncodeToString(hash.Sum(nil)), err
}
