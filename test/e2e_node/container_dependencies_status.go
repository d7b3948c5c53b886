// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	podutil "k8s.io/kubernetes/pkg/api/v1/pod"
	"k8s.io/kubernetes/test/e2e/framework"
	e2epod "k8s.io/kubernetes/test/e2e/framework/pod"
	"k8s.io/kubernetes/test/utils/actor"
)

const (
	dependencyTimeout = actor.Timeout
	dependencyPoll    = actor.Poll
)

// expectPod waits until the pod in the API server matches, and returns it.
func expectPod(ctx context.Context, f *framework.Framework, pod *v1.Pod, matcher types.GomegaMatcher, explain ...any) *v1.Pod {
	ginkgo.GinkgoHelper()
	var last *v1.Pod
	get := framework.GetObject(f.ClientSet.CoreV1().Pods(pod.Namespace).Get, pod.Name, metav1.GetOptions{})
	gomega.Eventually(ctx, func(ctx context.Context) (*v1.Pod, error) {
		current, err := get(ctx)
		last = current
		return current, err
	}).WithTimeout(dependencyTimeout).WithPolling(dependencyPoll).Should(matcher, explain...)
	return last
}

// deletePod requests the deletion of the pod with the pod's own grace period.
func deletePod(ctx context.Context, f *framework.Framework, pod *v1.Pod) {
	ginkgo.GinkgoHelper()
	err := f.ClientSet.CoreV1().Pods(pod.Namespace).Delete(ctx, pod.Name, metav1.DeleteOptions{})
	framework.ExpectNoError(err, "delete pod %q", pod.Name)
}

func waitForPodGone(ctx context.Context, f *framework.Framework, pod *v1.Pod) {
	ginkgo.GinkgoHelper()
	err := e2epod.WaitForPodNotFoundInNamespace(ctx, f.ClientSet, pod.Name, pod.Namespace, dependencyTimeout)
	framework.ExpectNoError(err, "wait for the deletion of pod %q", pod.Name)
}

// havePhase matches a pod in that phase.
func havePhase(phase v1.PodPhase) types.GomegaMatcher {
	return gomega.HaveField("Status.Phase", phase)
}

// haveNoRestarts matches a pod none of whose containers has been restarted.
func haveNoRestarts() types.GomegaMatcher {
	return gomega.HaveField("Status.ContainerStatuses", gomega.HaveEach(gomega.HaveField("RestartCount", int32(0))))
}

// haveStarted matches a pod whose status says of the container whether it has Started.
func haveStarted(container string, started bool) types.GomegaMatcher {
	return gomega.WithTransform(func(pod *v1.Pod) bool { return ptr.Deref(actor.StatusOf(pod, container).Started, false) }, gomega.Equal(started))
}

// beReady matches a pod whose Ready condition is true.
func beReady() types.GomegaMatcher {
	return gomega.WithTransform(podutil.IsPodReady, gomega.BeTrueBecause("the pod should be Ready"))
}
