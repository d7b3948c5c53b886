// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"
	"fmt"
	"strings"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"

	"k8s.io/kubernetes/test/e2e/framework"
	e2epod "k8s.io/kubernetes/test/e2e/framework/pod"
	e2eskipper "k8s.io/kubernetes/test/e2e/framework/skipper"
	"k8s.io/kubernetes/test/utils/actor"
)

// needUserNamespaces skips the spec if the node cannot run a pod in a user namespace.
func needUserNamespaces(ctx context.Context, f *framework.Framework) {
	ginkgo.GinkgoHelper()
	if !supportsUserNS(ctx, f) {
		e2eskipper.Skipf("not seen: user namespaces (hostUsers: false), which this node's container runtime does not support: " +
			"it needs a kernel and an OCI runtime with ID-mapped mounts")
	}
}

// needAppArmor skips the spec if the node has no AppArmor.
func needAppArmor() {
	ginkgo.GinkgoHelper()
	if !isAppArmorEnabled() {
		e2eskipper.Skipf("not seen: AppArmor, which this node's kernel has not, or has off")
	}
}

// confinement are lines of /proc/PID/status of a process that has no privileges: neither now nor after an exec of a set-user-ID program.
var confinement = []string{
	fmt.Sprintf("Uid: %[1]d %[1]d %[1]d %[1]d", actor.UnprivilegedID), fmt.Sprintf("Gid: %[1]d %[1]d %[1]d %[1]d", actor.UnprivilegedID),
	"CapInh: 0000000000000000", "CapPrm: 0000000000000000", "CapEff: 0000000000000000", "CapBnd: 0000000000000000",
	"CapAmb: 0000000000000000", "NoNewPrivs: 1", "Seccomp: 2",
}

// expectConfined asks the kernel what the first process of each container may do.
func expectConfined(f *framework.Framework, pod *v1.Pod) {
	ginkgo.GinkgoHelper()
	for _, c := range pod.Spec.Containers {
		see := func(command string) []string {
			var lines []string
			for line := range strings.Lines(e2epod.ExecCommandInContainer(f, pod.Name, c.Name, "/bin/sh", "-c", command)) {
				lines = append(lines, strings.Join(strings.Fields(line), " "))
			}
			return lines
		}
		gomega.Expect(see("cat /proc/1/status")).To(gomega.ContainElements(confinement), "privileges of container %q", c.Name)
		gomega.Expect(see("touch /new 2>/dev/null || echo refused")).To(gomega.Equal([]string{"refused"}),
			"writes to the root of container %q", c.Name)
		if users := pod.Spec.HostUsers; users != nil && !*users {
			gomega.Expect(see("cat /proc/1/uid_map")).To(gomega.And(gomega.HaveLen(1), gomega.HaveEach(gomega.And(
				gomega.HavePrefix("0 "), gomega.HaveSuffix(" 65536"), gomega.Not(gomega.HavePrefix("0 0 "))))), "users of container %q", c.Name)
		}
		if pod.Spec.SecurityContext.AppArmorProfile != nil {
			gomega.Expect(see("cat /proc/1/attr/current")).NotTo(gomega.ContainElement("unconfined"), "AppArmor profile of container %q", c.Name)
		}
	}
}
