// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"
	"os/exec"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	"k8s.io/kubernetes/test/e2e/framework"
	e2enode "k8s.io/kubernetes/test/e2e/framework/node"
	e2eskipper "k8s.io/kubernetes/test/e2e/framework/skipper"
)

// killKubelet sends SIGKILL to the kubelet, calls meanwhile while no kubelet runs, and returns when a kubelet is healthy again. If the
// suite itself restarts kubelets, a new one may run before meanwhile returns.
func killKubelet(ctx context.Context, meanwhile func()) {
	ginkgo.GinkgoHelper()
	unit := findKubeletServiceName(true)
	ginkgo.By("Killing the kubelet")
	systemctl(ctx, "kill", "--signal=SIGKILL", unit)
	gomega.Eventually(ctx, kubeletIsHealthy).WithTimeout(dependencyTimeout).WithPolling(dependencyPoll).
		Should(gomega.BeFalseBecause("the kubelet was killed"))
	meanwhile()
	if !framework.TestContext.RestartKubelet {
		systemctl(ctx, "restart", unit)
	}
	gomega.Eventually(ctx, kubeletIsHealthy).WithTimeout(dependencyTimeout).WithPolling(dependencyPoll).
		Should(gomega.BeTrueBecause("the kubelet was started again"))
}

func kubeletIsHealthy() bool { return e2enode.HealthCheck(kubeletHealthCheckURL) }

// restartContainerd restarts containerd. Containers keep running, because their shims are separate processes.
func restartContainerd(ctx context.Context) {
	ginkgo.GinkgoHelper()
	needContainerd(ctx)
	ginkgo.By("Restarting containerd")
	systemctl(ctx, "restart", containerdUnit)
}

// stopContainerd stops containerd, calls meanwhile, and starts containerd again.
func stopContainerd(ctx context.Context, meanwhile func()) {
	ginkgo.GinkgoHelper()
	needContainerd(ctx)
	ginkgo.By("Stopping containerd")
	systemctl(ctx, "stop", containerdUnit)
	// Also if meanwhile fails: all other specs need it.
	defer systemctl(context.WithoutCancel(ctx), "start", containerdUnit)
	meanwhile()
}

const containerdUnit = "containerd"

func needContainerd(ctx context.Context) {
	ginkgo.GinkgoHelper()
	if err := exec.CommandContext(ctx, "sudo", "systemctl", "is-active", containerdUnit).Run(); err != nil {
		e2eskipper.Skipf("this node has no unit %q for the container runtime: %v", containerdUnit, err)
	}
}

func systemctl(ctx context.Context, args ...string) {
	ginkgo.GinkgoHelper()
	output, err := exec.CommandContext(ctx, "sudo", append([]string{"systemctl"}, args...)...).CombinedOutput()
	framework.ExpectNoError(err, "systemctl %q: %s", args, output)
}
