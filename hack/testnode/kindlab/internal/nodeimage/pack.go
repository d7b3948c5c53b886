// SPDX-License-Identifier: Apache-2.0

package nodeimage

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"kubelet-ordering/hack/internal/image"
)

// Content is what the node image consists of. Later parts replace files of earlier ones.
type Content struct {
	// Base is the directory of the Debian system.
	Base string
	// Files are added to it.
	Files []image.File
	// Programs maps paths in the image to programs on this machine.
	Programs map[string]string
	// Store is containerd's directory, with the images of pods.
	Store string
}

// storePath is where containerd has its directory in a node.
const storePath = "var/lib/containerd"

// Pack writes the image's file system as a tar archive.
func (c Content) Pack(out io.Writer) error {
	archive := tar.NewWriter(out)
	replaced := map[string]bool{}
	for _, file := range c.Files {
		replaced[strings.TrimSuffix(file.Path, "/")] = true
	}
	for path := range c.Programs {
		replaced[path] = true
	}
	if err := addTree(archive, c.Base, "", func(path string) bool { return replaced[path] || isLeftOut(path) }); err != nil {
		return err
	}
	for _, file := range c.Files {
		if err := addFile(archive, file); err != nil {
			return err
		}
	}
	for _, path := range sortedKeys(c.Programs) {
		if err := addFrom(archive, c.Programs[path], &tar.Header{Typeflag: tar.TypeReg, Name: path, Mode: 0o755}); err != nil {
			return err
		}
	}
	if err := addTree(archive, c.Store, storePath, func(string) bool { return false }); err != nil {
		return err
	}
	if err := archive.Close(); err != nil {
		return fmt.Errorf("end the node image: %w", err)
	}
	return nil
}

func addFile(archive *tar.Writer, file image.File) error {
	header := &tar.Header{Typeflag: tar.TypeReg, Name: file.Path, Mode: file.Mode, Size: int64(len(file.Content))}
	switch {
	case file.Link != "":
		header.Typeflag, header.Linkname, header.Size = tar.TypeSymlink, file.Link, 0
	case strings.HasSuffix(file.Path, "/"):
		header.Typeflag, header.Size = tar.TypeDir, 0
	}
	err := archive.WriteHeader(header)
	if err == nil && header.Typeflag == tar.TypeReg {
		_, err = archive.Write(file.Content)
	}
	if err != nil {
		return fmt.Errorf("pack %q: %w", file.Path, err)
	}
	return nil
}

// addFrom adds a file of this machine.
func addFrom(archive *tar.Writer, source string, header *tar.Header) error {
	file, err := os.Open(source)
	if err != nil {
		return fmt.Errorf("pack %q: %w", header.Name, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err == nil {
		header.Size = info.Size()
		err = archive.WriteHeader(header)
	}
	if err == nil {
		_, err = io.Copy(archive, file)
	}
	if err != nil {
		return fmt.Errorf("pack %q from %q: %w", header.Name, source, err)
	}
	return nil
}

// addTree adds a directory with owners, modes and links. It leaves out sockets and devices.
func addTree(archive *tar.Writer, root, prefix string, skip func(path string) bool) error {
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("pack %q: %w", path, err)
		}
		relative, err := filepath.Rel(root, path)
		if err != nil || relative == "." {
			return err
		}
		if skip(relative) {
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("pack %q: %w", path, err)
		}
		return addEntry(archive, path, filepath.Join(prefix, relative), info)
	})
}

func addEntry(archive *tar.Writer, path, name string, info fs.FileInfo) error {
	target := ""
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		var err error
		if target, err = os.Readlink(path); err != nil {
			return fmt.Errorf("pack %q: %w", path, err)
		}
	case !info.IsDir() && !info.Mode().IsRegular():
		return nil
	}
	header, err := tar.FileInfoHeader(info, target)
	if err != nil {
		return fmt.Errorf("pack %q: %w", path, err)
	}
	header.Name, header.Uname, header.Gname, header.Format = name, "", "", tar.FormatPAX
	if owner, ok := info.Sys().(*syscall.Stat_t); ok {
		header.Uid, header.Gid = int(owner.Uid), int(owner.Gid)
	}
	if info.Mode().IsRegular() {
		return addFrom(archive, path, header)
	}
	if info.IsDir() {
		header.Name += "/"
	}
	if err := archive.WriteHeader(header); err != nil {
		return fmt.Errorf("pack %q: %w", path, err)
	}
	return nil
}
