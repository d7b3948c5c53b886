// SPDX-License-Identifier: Apache-2.0

package setup

import (
	"errors"
	"io/fs"
	"slices"

	"kubelet-ordering/hack/internal/image"
)

// testImages returns images that only upstream's specs use, under the names that they ask for. Those with programs of upstream exist if
// Tree was set in this setup or an earlier one. The others are stand-ins: they have what the specs look at, and nothing else.
func (s Setup) testImages(userland []image.File) ([]image.Image, error) {
	with := func(files ...image.File) []image.File { return slices.Concat(userland, files) }
	images := []image.Image{
		{Name: nonRootImage, Command: []string{"sh"}, User: "1234", Files: with()},
		{Name: kittenImage, Files: with(image.Text("data.json", `{"image": "kitten.jpg"}`+"\n"),
			image.Text("etc/os-release", `NAME="stand-in for a test image of Alpine Linux"`+"\n"))},
	}
	pause, err := s.program("pause", "bin/nginx")
	if err != nil {
		return nil, err
	}
	for _, name := range []string{nginxImage, newerNginxImage} {
		// A process of that name, and its ID in the file where nginx keeps it.
		images = append(images, image.Image{Name: name, Entrypoint: []string{"sh", "-c", "echo $$ >/var/run/nginx.pid; exec nginx"},
			Files: with(pause, image.Dir("var/run", 0o755), image.Text("etc/image", name+"\n"))})
	}
	agnhost, err := s.program("agnhost", "agnhost")
	if errors.Is(err, fs.ErrNotExist) {
		return images, nil
	}
	if err != nil {
		return nil, err
	}
	// Upstream's image has tools of Alpine that this one lacks: dig, curl, iperf and so on.
	for _, name := range []string{agnhostImage, olderAgnhostImage} {
		images = append(images, image.Image{Name: name, Entrypoint: []string{"/agnhost"}, Command: []string{"pause"}, Files: with(
			agnhost, image.Link("agnhost-2", "agnhost"), image.Dir("uploads", 0o755), image.Text("etc/image", name+"\n"))})
	}
	setUID, err := s.program("nonewprivs", "bin/nnp")
	if errors.Is(err, fs.ErrNotExist) {
		return images, nil
	}
	setUID.Mode = 0o6755
	return append(images, image.Image{Name: setUIDImage, Command: []string{"nnp"}, Files: with(setUID)}), err
}
