// SPDX-License-Identifier: Apache-2.0

package setup

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"kubelet-ordering/hack/internal/image"
)

// The names of the images that the kubelet, containerd and upstream's tests use.
const (
	pauseImage   = "registry.k8s.io/pause:3.10.2"
	busyboxImage = "registry.k8s.io/e2e-test-images/busybox:1.37.0-2"
	// olderBusyboxImage is for tests that change a container's image.
	olderBusyboxImage = "registry.k8s.io/e2e-test-images/busybox:1.37.0-1"
	agnhostImage      = "registry.k8s.io/e2e-test-images/agnhost:2.66.1"
	// Only upstream's specs want these.
	oldestBusyboxImage = "registry.k8s.io/e2e-test-images/busybox:1.36.1-1"
	olderAgnhostImage  = "registry.k8s.io/e2e-test-images/agnhost:2.55"
	nonewprivsImage    = "registry.k8s.io/e2e-test-images/nonewprivs:1.4"
	nginxImage         = "registry.k8s.io/e2e-test-images/nginx:1.27.0-2"
	newerNginxImage    = "registry.k8s.io/e2e-test-images/nginx:1.28.0-2"
	nonRootImage       = "registry.k8s.io/e2e-test-images/nonroot:1.5"
	kittenImage        = "registry.k8s.io/e2e-test-images/kitten:1.8"
	glibcDNSImage      = "registry.k8s.io/e2e-test-images/glibc-dns-testing:2.1.1"
	devicePluginImage  = "registry.k8s.io/e2e-test-images/sample-device-plugin:1.8.0"
	ipcUtilsImage      = "registry.k8s.io/e2e-test-images/ipc-utils:1.4"
)

// BasicImages are those that every test node has. The others are so big that pulling them delays a node's start by 2 s.
var BasicImages = []string{pauseImage, busyboxImage, olderBusyboxImage}

// images writes all images every time: that is fast, and the same content yields the same bytes.
func (s Setup) images() error {
	pause, err := s.pauseImage()
	if err != nil {
		return err
	}
	files, err := s.userland()
	if err != nil {
		return err
	}
	images := []image.Image{pause}
	for _, name := range []string{busyboxImage, olderBusyboxImage, oldestBusyboxImage} {
		// The name in a file gives each image its own digest, because tests that change an image must see a different one.
		own := append(slices.Clone(files), image.Text("etc/image", name+"\n"))
		images = append(images, image.Image{Name: name, Command: []string{"sh"}, Files: own})
	}
	more, err := s.upstreamImages(files)
	if err != nil {
		return err
	}
	return image.WriteLayout(s.ImageDir(), append(images, more...)...)
}

func (s Setup) pauseImage() (image.Image, error) {
	pause, err := s.program("pause", "pause")
	return image.Image{Name: pauseImage, Entrypoint: []string{"/pause"}, User: "65535:65535", Files: []image.File{pause}}, err
}

// program returns a built program as an image's file at the path.
func (s Setup) program(name, path string) (image.File, error) {
	content, err := os.ReadFile(filepath.Join(s.BinDir(), name))
	if err != nil {
		return image.File{}, fmt.Errorf("read a program for an image: %w", err)
	}
	return image.Program(path, content), nil
}

// userland returns busybox with a link for each applet, nmeter, and the files that programs expect in /etc.
func (s Setup) userland() ([]image.File, error) {
	content, err := os.ReadFile(busybox)
	if err != nil {
		return nil, fmt.Errorf("read busybox (the Debian package busybox-static brings it): %w", err)
	}
	nmeter, err := s.program("nmeter", "bin/nmeter")
	if err != nil {
		return nil, err
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
		image.Program("bin/busybox", content), nmeter, image.Link("usr/bin/env", "/bin/busybox"),
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
