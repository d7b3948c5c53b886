// SPDX-License-Identifier: Apache-2.0

package setup

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"

	"kubelet-ordering/hack/testnode/internal/image"
)

// The names under which the kubelet, containerd and upstream's tests look for images.
const (
	pauseImage   = "registry.k8s.io/pause:3.10.2"
	busyboxImage = "registry.k8s.io/e2e-test-images/busybox:1.37.0-2"
	// olderBusyboxImage is for tests that change an image.
	olderBusyboxImage = "registry.k8s.io/e2e-test-images/busybox:1.37.0-1"
	agnhostImage      = "registry.k8s.io/e2e-test-images/agnhost:2.66.1"
)

// Archive is the file of an image in a directory.
func Archive(dir, name string) string {
	return filepath.Join(dir, strings.ReplaceAll(path.Base(name), ":", "-")+".tar")
}

// Archives are the image archives that were made; agnhost only if it was asked for once.
func Archives(dir string) []string {
	return present(dir, pauseImage, busyboxImage, olderBusyboxImage, agnhostImage)
}

// BasicArchives are those without agnhost, which is big: a node that imports it is up 2 s later.
func BasicArchives(dir string) []string {
	return present(dir, pauseImage, busyboxImage, olderBusyboxImage)
}

func present(dir string, names ...string) []string {
	var found []string
	for _, name := range names {
		if archive := Archive(dir, name); file(archive)() {
			found = append(found, archive)
		}
	}
	return found
}

func (s Setup) images() error {
	sources, err := s.sourceHash()
	if err != nil {
		return err
	}
	content, err := os.ReadFile(busybox)
	if err != nil {
		return fmt.Errorf("read busybox (the Debian package busybox-static brings it): %w", err)
	}
	key := fmt.Sprintf("%s %x", sources, sha256.Sum256(content))
	var results []string
	for _, name := range []string{pauseImage, busyboxImage, olderBusyboxImage} {
		results = append(results, Archive(s.ImageDir(), name))
	}
	err = s.once("images", key, results, func() error {
		return s.Log.Step("making images", func() error { return s.makeImages(content) })
	})
	if err != nil || !s.Agnhost {
		return err
	}
	return s.agnhost(key, content)
}

func (s Setup) makeImages(busybox []byte) error {
	pause, err := os.ReadFile(filepath.Join(s.BinDir(), "pause"))
	if err != nil {
		return fmt.Errorf("read the pause program: %w", err)
	}
	files, err := s.userland(busybox)
	if err != nil {
		return err
	}
	images := []image.Image{
		{Name: pauseImage, Entrypoint: []string{"/pause"}, User: "65535:65535", Files: []image.File{image.Program("pause", pause)}},
	}
	for _, name := range []string{busyboxImage, olderBusyboxImage} {
		// The name inside gives each its own digest: tests that change an image must see another one.
		images = append(images, image.Image{Name: name, Command: []string{"sh"}, Files: append(files[:len(files):len(files)], image.Text("etc/image", name+"\n"))})
	}
	for _, made := range images {
		if err := s.writeImage(made); err != nil {
			return err
		}
	}
	return nil
}

func (s Setup) writeImage(made image.Image) error {
	target := Archive(s.ImageDir(), made.Name)
	out, err := os.Create(target + ".new")
	if err != nil {
		return fmt.Errorf("make the archive of image %q: %w", made.Name, err)
	}
	defer out.Close()
	buffered := bufio.NewWriterSize(out, 1<<20)
	if err := image.Write(buffered, made); err != nil {
		return err
	}
	if err := buffered.Flush(); err != nil {
		return fmt.Errorf("write the archive of image %q: %w", made.Name, err)
	}
	if err := os.Rename(target+".new", target); err != nil {
		return fmt.Errorf("put the archive of image %q in place: %w", made.Name, err)
	}
	return nil
}

// userland is busybox with a link for each applet, nmeter, and what programs expect to find in /etc.
func (s Setup) userland(content []byte) ([]image.File, error) {
	nmeter, err := os.ReadFile(filepath.Join(s.BinDir(), "nmeter"))
	if err != nil {
		return nil, fmt.Errorf("read the nmeter program: %w", err)
	}
	applets, err := exec.Command(busybox, "--list").Output()
	if err != nil {
		return nil, fmt.Errorf("list busybox's applets: %w", err)
	}
	files := []image.File{
		image.Dir("bin", 0o755), image.Dir("dev", 0o755), image.Dir("etc", 0o755), image.Dir("home", 0o755), image.Dir("proc", 0o755),
		image.Dir("root", 0o700), image.Dir("sys", 0o755), image.Dir("tmp", 0o1777), image.Dir("usr", 0o755), image.Dir("usr/bin", 0o755),
		image.Dir("var", 0o755), image.Dir("var/log", 0o755),
		image.Text("etc/passwd", passwd), image.Text("etc/group", group),
		image.Program("bin/busybox", content), image.Program("bin/nmeter", nmeter), image.Link("usr/bin/env", "/bin/busybox"),
	}
	for _, applet := range strings.Fields(string(applets)) {
		if applet != "busybox" && applet != "nmeter" {
			files = append(files, image.Link("bin/"+applet, "busybox"))
		}
	}
	return files, nil
}

const passwd = `root:x:0:0:root:/root:/bin/sh
nobody:x:65534:65534:nobody:/home:/bin/false
user-defined-in-image:x:1000:1000::/home:/bin/sh
`

const group = `root:x:0:
nobody:x:65534:
user-defined-in-image:x:1000:
group-defined-in-image:x:50000:user-defined-in-image
`
