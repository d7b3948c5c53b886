// SPDX-License-Identifier: Apache-2.0

package main

import (
	"path/filepath"

	"kubelet-ordering/hack/internal/repository"
	"kubelet-ordering/hack/testnode/kindlab/internal/engine"
)

// places knows the paths of a checkout that the lab uses.
type places struct{ repo string }

func findPlaces() (places, error) {
	root, err := repository.Root()
	return places{repo: root}, err
}

func (p places) in(names ...string) string {
	return filepath.Join(append([]string{p.repo, "_output"}, names...)...)
}

// own returns a path of the lab alone.
func (p places) own(names ...string) string {
	return p.in(append([]string{"kindlab"}, names...)...)
}

// root is the directory of the lab that is up. There is one per checkout, because all use the same images.
func (p places) root() string { return p.own("run", "lab") }

func (p places) engine() engine.Engine {
	return engine.Engine{Dir: p.own("engine"), Data: p.own("docker")}
}
