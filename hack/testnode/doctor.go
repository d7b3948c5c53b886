// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"fmt"
	"os"
	"strings"

	"kubelet-ordering/hack/internal/setup"
	"kubelet-ordering/hack/testnode/internal/host"
	"kubelet-ordering/hack/testnode/internal/machine"
)

// doctorCommand fails if a node cannot be brought up on this machine. Specs that cannot run here do not make it fail.
func doctorCommand([]string) (int, error) {
	here, err := findPlaces()
	if err != nil {
		return 1, err
	}
	wanted, err := here.setup()
	if err != nil {
		return 1, err
	}
	found, err := host.Examine()
	if err != nil {
		return 1, err
	}
	found.Disposable = machine.Within() == nil
	for _, fact := range []struct{ what, is, ifEmpty string }{
		{"kernel", found.Kernel, ""},
		{"cgroups", fmt.Sprintf("v%d, %s", found.Cgroups.Version, strings.Join(found.HierarchyNames(), " ")), ""},
		{"cgroup driver", cgroupDriver(), ""},
		{"process 1", found.Init, ""},
		{"machine", kindOfMachine(), ""},
		{"user namespaces", onOff(found.UserNamespaces), ""},
		{"seccomp", onOff(found.Seccomp), ""},
		{"AppArmor", onOff(found.AppArmor), ""},
		{"lacks", strings.Join(found.Missing, " "), "no capability"},
		{"processors", fmt.Sprint(found.Processors), ""},
		{"CNI plugins", setup.CNIBinDir(), "none: run setup"},
		{"to be installed", strings.Join(wanted.MissingPackages(), " "), "nothing"},
		{"runtime", strings.Join(wanted.Runtime.Describe(), "\n"+strings.Repeat(" ", 17)), ""},
	} {
		fmt.Printf("%-17s%s\n", fact.what, cmp.Or(fact.is, fact.ifEmpty))
	}
	for _, path := range []string{
		here.in("bin", "kubelet"), here.in("bin", "e2e_node.test"), here.in("bin", "controlplane"), here.in("bin", "e2e_cluster.test"),
		here.in("pristine-bin", "kubelet"), here.in("pristine-bin", "e2e_node.test"), here.in("pristine-bin", "kube-apiserver"),
	} {
		if _, err := os.Stat(path); err != nil {
			fmt.Printf("%-17s%s\n", "not built", path)
		}
	}
	fmt.Println("\nWhat cannot be tested here:")
	for _, limit := range host.Limits(found) {
		fmt.Printf("- %s\n  because %s\n", limit.What, limit.Why)
	}
	fmt.Println("\nWhat was seen with pods that have an order:")
	for _, sight := range host.Sights {
		fmt.Printf("- %s:\n  %s\n", sight.What, sight.SeenBy(found))
	}
	if blockers := host.Blockers(found); len(blockers) > 0 {
		return 1, fmt.Errorf("no node can be brought up here: %s", strings.Join(blockers, "; "))
	}
	return 0, nil
}

func onOff(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}

func cgroupDriver() string {
	if machine.Within() == nil {
		return "systemd with -systemd, else cgroupfs"
	}
	return "cgroupfs (the node has a process 1 of its own, and it is not systemd)"
}

func kindOfMachine() string {
	if machine.Within() == nil {
		return "one of hack/vm.sh, to be thrown away"
	}
	return "not to be changed: hack/vm.sh makes one of its own, with systemd, cgroup v2 and all capabilities"
}
