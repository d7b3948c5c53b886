// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	"k8s.io/kubernetes/test/e2e/framework"
	e2eskipper "k8s.io/kubernetes/test/e2e/framework/skipper"
)

// freezeAPIServer stops the process of the suite's API server, calls meanwhile, which must not use the API, and lets the process go on.
// Requests of that time hang. It skips the spec on a node that the suite does not serve itself.
func freezeAPIServer(_ context.Context, meanwhile func()) {
	ginkgo.GinkgoHelper()
	pid := servicesProcess()
	if pid == 0 {
		e2eskipper.Skipf("the API server is no process of this suite on this node")
	}
	ginkgo.By("Freezing the API server")
	framework.ExpectNoError(syscall.Kill(pid, syscall.SIGSTOP), "freeze process %d", pid)
	defer func() { framework.ExpectNoError(syscall.Kill(pid, syscall.SIGCONT), "unfreeze process %d", pid) }()
	meanwhile()
}

// servicesProcess returns the process in which this suite runs its API server, or 0.
func servicesProcess() int {
	ginkgo.GinkgoHelper()
	own, err := os.Readlink("/proc/self/exe")
	framework.ExpectNoError(err, "read the path of this program")
	commands, err := filepath.Glob("/proc/[0-9]*/cmdline")
	framework.ExpectNoError(err, "list the processes")
	for _, command := range commands {
		dir := filepath.Dir(command)
		// A process may end meanwhile.
		if exe, err := os.Readlink(filepath.Join(dir, "exe")); err != nil || exe != own {
			continue
		}
		if args, err := os.ReadFile(command); err != nil || !bytes.Contains(args, []byte("--run-services-mode")) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(dir))
		gomega.Expect(err).NotTo(gomega.HaveOccurred(), "read a process ID")
		return pid
	}
	return 0
}
