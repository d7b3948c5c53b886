// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"kubelet-ordering/hack/internal/repository"
	"kubelet-ordering/hack/internal/setup"
	"kubelet-ordering/hack/testnode/internal/host"
	"kubelet-ordering/hack/testnode/internal/node"
	"kubelet-ordering/hack/testnode/internal/space"
)

// places knows the paths of a checkout.
type places struct {
	repo string
}

// repoVariable names the repository where there is no Go to find it, as in a machine of `testnode machine`.
const repoVariable = "TESTNODE_REPO"

func findPlaces() (places, error) {
	if repo := os.Getenv(repoVariable); repo != "" {
		return places{repo: repo}, nil
	}
	root, err := repository.Root()
	return places{repo: root}, err
}

func (p places) in(names ...string) string {
	return filepath.Join(append([]string{p.repo, "_output"}, names...)...)
}

func (p places) runBase() string { return p.in("node", "run") }

// nodeSpec returns what all nodes on this machine have in common.
func (p places) nodeSpec(root string) (node.Spec, error) {
	cgroups, err := host.DetectCgroups()
	if err != nil {
		return node.Spec{}, err
	}
	missing, err := host.MissingCapabilities()
	if err != nil {
		return node.Spec{}, err
	}
	spec := node.Spec{
		Space:         space.Spec{Root: root, Hierarchies: cgroups.Hierarchies},
		CNIBinDir:     setup.CNIBinDir(),
		ImageDir:      p.in("node", "images"),
		Images:        setup.BasicImages,
		CgroupVersion: cgroups.Version,
		Restricted:    slices.Contains(missing, "CAP_SYS_RESOURCE"),
		Env:           os.Environ(),
	}
	if spec.Dir, err = os.Getwd(); err != nil {
		return node.Spec{}, fmt.Errorf("find the current directory: %w", err)
	}
	if slices.Contains(missing, "CAP_SYS_ADMIN") {
		return node.Spec{}, fmt.Errorf("a node needs namespaces: run as root with CAP_SYS_ADMIN")
	}
	if spec.CNIBinDir == "" {
		return node.Spec{}, fmt.Errorf("this machine is not set up for a node: run `hack/build.sh node` first")
	}
	return spec, nil
}

// programs returns the paths of the node's programs by name, installed on this machine or built for the node.
func (p places) programs() (map[string]string, error) {
	machine, err := p.setup()
	if err != nil {
		return nil, err
	}
	programs := machine.Runtime.Programs(machine.BinDir())
	for _, path := range programs {
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("this machine is not set up for a node (run `hack/build.sh node` first): %w", err)
		}
	}
	return programs, nil
}

// setup returns the setup of this machine for nodes.
func (p places) setup() (setup.Setup, error) {
	runtime, err := setup.RuntimeOf(os.Getenv(setup.RuntimeVariable))
	return setup.Setup{Repo: p.repo, Out: p.in("node"), Runtime: runtime}, err
}
