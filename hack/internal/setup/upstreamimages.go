// SPDX-License-Identifier: Apache-2.0

package setup

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"kubelet-ordering/hack/internal/image"
)

// devicePlugin is the name of a program of upstream's.
const devicePlugin = "sample-device-plugin"

// certificates are files of agnhost, with which it serves HTTPS and gRPC with TLS.
var certificates = []string{"localhost.crt", "localhost.key"}

// keepUpstreamFiles copies what upstream's images have and no build makes, if there is a tree, for later setups without it.
func (s Setup) keepUpstreamFiles() error {
	if s.Tree == "" {
		return nil
	}
	sources := map[string]string{"bash": staticBash}
	for _, name := range certificates {
		sources[name] = filepath.Join(s.Tree, "test", "images", "agnhost", "porter", name)
	}
	for name, source := range sources {
		content, err := os.ReadFile(source)
		if err != nil {
			return fmt.Errorf("read a file of upstream's test images: %w", err)
		}
		if err := os.WriteFile(filepath.Join(s.BinDir(), name), content, 0o644); err != nil {
			return fmt.Errorf("keep a file of upstream's test images: %w", err)
		}
	}
	return nil
}

// hasUpstreamFiles reports whether a setup, perhaps an earlier one, has made all that upstream's images need.
func (s Setup) hasUpstreamFiles() bool {
	missing := func(name string) bool { return !file(filepath.Join(s.BinDir(), name))() }
	return !slices.ContainsFunc(append([]string{"agnhost", "nonewprivs", devicePlugin, "bash"}, certificates...), missing)
}

// upstreamImages returns the images of upstream's specs, or none if no setup has built their programs. They have busybox, bash and
// a small curl in place of the tools that upstream's have from Alpine (dig, iperf and so on).
func (s Setup) upstreamImages(userland []image.File) ([]image.Image, error) {
	if !s.hasUpstreamFiles() {
		return nil, nil
	}
	agnhost, err := s.program("agnhost", "agnhost")
	if err != nil {
		return nil, err
	}
	nnp, err := s.program("nonewprivs", "usr/local/bin/nnp")
	if err != nil {
		return nil, err
	}
	nnp.Mode = 0o6755
	plugin, err := s.program(devicePlugin, "sampledeviceplugin")
	if err != nil {
		return nil, err
	}
	curl, err := s.program("curl", "usr/bin/curl")
	if err != nil {
		return nil, err
	}
	with := func(name string, own ...image.File) []image.File {
		return append(append(slices.Clone(userland), image.Text("etc/image", name+"\n")), own...)
	}
	bash, err := s.program("bash", "bin/bash")
	if err != nil {
		return nil, err
	}
	server := []image.File{agnhost, curl, bash, image.Link("agnhost-2", "agnhost"), image.Dir("uploads", 0o755)}
	for _, name := range certificates {
		certificate, err := s.program(name, name)
		if err != nil {
			return nil, err
		}
		certificate.Mode = 0o644
		server = append(server, certificate)
	}
	// The only image of the registry that agnhost can be.
	pauseThere, err := s.pauseImage()
	if err != nil {
		return nil, err
	}
	registry, err := image.Registry("var/registry", "pause", "testing", pauseThere)
	if err != nil {
		return nil, err
	}
	server = append(server, registry...)
	images := []image.Image{
		{
			Name: nonewprivsImage, Command: []string{"nnp"},
			Files: with(nonewprivsImage, image.Dir("usr/local", 0o755), image.Dir("usr/local/bin", 0o755), nnp),
		},
		{Name: devicePluginImage, Entrypoint: []string{"/sampledeviceplugin", "-alsologtostderr"}, Files: with(devicePluginImage, plugin)},
		// The others are stand-ins. They have what specs look at, and nothing else.
		{Name: nonRootImage, Command: []string{"sh"}, User: "1234", Files: with(nonRootImage)},
		{Name: kittenImage, Files: with(kittenImage, image.Text("data.json", `{"image": "kitten.jpg"}`+"\n"),
			image.Text("etc/os-release", `NAME="stand-in for a test image of Alpine Linux"`+"\n"))},
		{Name: glibcDNSImage, Command: []string{"sh"}, Files: with(glibcDNSImage)},
		{Name: ipcUtilsImage, Command: []string{"sh"}, Files: with(ipcUtilsImage,
			image.Program("bin/ipcs", []byte("#!/bin/sh\n# As ipcs -m: the second column has the IDs.\nexec cat /proc/sysvipc/shm\n")))},
	}
	pause, err := s.program("pause", "bin/nginx")
	if err != nil {
		return nil, err
	}
	for _, name := range []string{nginxImage, newerNginxImage} {
		// A process of that name, and its ID in the file where nginx keeps it. It serves no pages.
		images = append(images, image.Image{
			Name: name, Entrypoint: []string{"sh", "-c", "echo $$ >/var/run/nginx.pid; exec nginx"}, Files: with(name, pause, image.Dir("var/run", 0o755)),
		})
	}
	// The older one is the same program. Specs want it only to be another image.
	for _, name := range []string{agnhostImage, olderAgnhostImage} {
		images = append(images, image.Image{Name: name, Entrypoint: []string{"/agnhost"}, Command: []string{"pause"}, Files: with(name, server...)})
	}
	return images, nil
}
