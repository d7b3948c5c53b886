// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"kubelet-ordering/hack/testnode/internal/host"
	"kubelet-ordering/hack/testnode/internal/rootdir"
	"kubelet-ordering/hack/testnode/internal/space"
)

func cleanCommand([]string) (int, error) {
	here, err := findPlaces()
	if err != nil {
		return 1, err
	}
	if err := sweep(here.runBase()); err != nil {
		return 1, err
	}
	return 0, sweepCgroups()
}

// sweep removes what killed runs left in base: cgroups and files. Processes, mounts and networks ended with the first process of
// each node.
func sweep(base string) error {
	leftovers, err := rootdir.Leftovers(base)
	if err != nil {
		return err
	}
	if len(leftovers) == 0 {
		return nil
	}
	cgroups, err := host.DetectCgroups()
	if err != nil {
		return err
	}
	var failures []error
	for _, leftover := range leftovers {
		fmt.Fprintf(os.Stderr, "testnode: removing what an earlier run has left in %s\n", leftover.Path)
		failures = append(failures, space.RemoveCgroup(cgroups.Hierarchies, space.CgroupName(leftover.Path), cgroupLimit), leftover.Remove())
	}
	return errors.Join(failures...)
}

// sweepCgroups removes nodes' cgroups in which nothing runs. They remain when a run's directory is removed by hand.
func sweepCgroups() error {
	cgroups, err := host.DetectCgroups()
	if err != nil {
		return err
	}
	var failures []error
	for _, hierarchy := range cgroups.Hierarchies {
		dirs, err := filepath.Glob(hierarchy.Dir(space.CgroupPrefix + "*"))
		if err != nil {
			return fmt.Errorf("look for cgroups of earlier runs: %w", err)
		}
		for _, dir := range dirs {
			if space.Empty(dir) {
				failures = append(failures, space.RemoveCgroup([]host.Hierarchy{hierarchy}, filepath.Base(dir), cgroupLimit))
			}
		}
	}
	return errors.Join(failures...)
}
