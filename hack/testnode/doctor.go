// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"strings"

	"kubelet-ordering/hack/internal/setup"
	"kubelet-ordering/hack/testnode/internal/host"
)

// doctorCommand fails when a node cannot be brought up here; that some specs cannot run is no failure.
func doctorCommand([]string) (int, error) {
	here, err := findPlaces()
	if err != nil {
		return 1, err
	}
	wanted, err := here.setup()
	if err != nil {
		return 1, err
	}
	machine, err := host.Examine()
	if err != nil {
		return 1, err
	}
	fmt.Printf("kernel         %s\n", machine.Kernel)
	fmt.Printf("cgroups        v%d, %s\n", machine.Cgroups.Version, strings.Join(machine.HierarchyNames(), " "))
	fmt.Printf("cgroup driver  cgroupfs (the node has a process 1 of its own, and it is not systemd)\n")
	fmt.Printf("process 1      %s\n", machine.Init)
	fmt.Printf("capabilities   %s\n", orElse(strings.Join(machine.Missing, " "), "all", "all but "))
	fmt.Printf("processors     %d\n", machine.Processors)
	fmt.Printf("CNI plugins    %s\n", orElse(setup.CNIBinDir(), "none: run setup", ""))
	fmt.Printf("packages       %s\n", orElse(strings.Join(wanted.MissingPackages(), " "), "all there", "run setup, it installs "))
	for _, line := range wanted.Runtime.Describe() {
		fmt.Printf("programs       %s\n", line)
	}
	for _, path := range []string{
		here.in("bin", "kubelet"), here.in("bin", "e2e_node.test"), here.in("bin", "controlplane"), here.in("bin", "e2e_cluster.test"),
		here.in("pristine-bin", "kubelet"), here.in("pristine-bin", "e2e_node.test"), here.in("pristine-bin", "kube-apiserver"),
	} {
		if _, err := os.Stat(path); err != nil {
			fmt.Printf("not built      %s\n", path)
		}
	}
	fmt.Println("\nWhat cannot be tested here:")
	for _, limit := range host.Limits(machine) {
		fmt.Printf("- %s\n  because %s\n", limit.What, limit.Why)
	}
	if blockers := host.Blockers(machine); len(blockers) > 0 {
		return 1, fmt.Errorf("no node can be brought up here: %s", strings.Join(blockers, "; "))
	}
	return 0, nil
}

func orElse(text, ifEmpty, prefix string) string {
	if text == "" {
		return ifEmpty
	}
	return prefix + text
}
