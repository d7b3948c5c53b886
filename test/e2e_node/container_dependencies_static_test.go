// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"
	"os"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"k8s.io/kubernetes/test/e2e/framework"
	"k8s.io/kubernetes/test/utils/actor"
)

// createStaticOnStage writes the manifest of the static pod in the form that this run requires, with the stage as its volume. It returns
// the mirror pod, or that of a pod with the same name before it, and a function that removes the manifest; the end of the spec does, too.
func createStaticOnStage(ctx context.Context, f *framework.Framework, stage *actor.Stage, pod *v1.Pod) (mirror *v1.Pod, remove func()) {
	ginkgo.GinkgoHelper()
	config, err := getCurrentKubeletConfig(ctx)
	framework.ExpectNoError(err, "read the kubelet's configuration")
	pod.TypeMeta, pod.Namespace = metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"}, f.Namespace.Name
	stage.Join(&pod.Spec)
	manifest, err := createStaticPodFromPod(config.StaticPodPath, inForm(pod))
	framework.ExpectNoError(err, "write the manifest of a static pod")
	ginkgo.DeferCleanup(func() { _ = os.Remove(manifest) })
	gomega.Eventually(ctx, func(ctx context.Context) (err error) {
		mirror, err = f.ClientSet.CoreV1().Pods(pod.Namespace).Get(ctx, pod.Name+"-"+framework.TestContext.NodeName, metav1.GetOptions{})
		return err
	}).WithTimeout(dependencyTimeout).WithPolling(dependencyPoll).Should(gomega.Succeed(), "the mirror pod")
	return mirror, func() {
		ginkgo.GinkgoHelper()
		framework.ExpectNoError(os.Remove(manifest), "remove the manifest of a static pod")
	}
}
