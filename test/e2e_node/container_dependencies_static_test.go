// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"
	"os"

	"github.com/onsi/ginkgo/v2"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"k8s.io/kubernetes/test/e2e/framework"
	"k8s.io/kubernetes/test/utils/actor"
)

// createStaticOnStage writes the manifest of the static pod in the form that this run requires, with the stage as its volume, and
// returns a function that removes it; the end of the spec does, too. It also returns what is known of the mirror pod beforehand.
func createStaticOnStage(ctx context.Context, f *framework.Framework, stage *actor.Stage, pod *v1.Pod) (mirror *v1.Pod, remove func()) {
	ginkgo.GinkgoHelper()
	config, err := getCurrentKubeletConfig(ctx)
	framework.ExpectNoError(err, "read the kubelet's configuration")
	pod.TypeMeta, pod.Namespace = metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"}, f.Namespace.Name
	stage.Join(&pod.Spec)
	manifest, err := createStaticPodFromPod(config.StaticPodPath, inForm(pod))
	framework.ExpectNoError(err, "write the manifest of a static pod")
	ginkgo.DeferCleanup(func() { _ = os.Remove(manifest) })
	mirror = &v1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: pod.Namespace, Name: pod.Name + "-" + framework.TestContext.NodeName}}
	return mirror, func() {
		ginkgo.GinkgoHelper()
		framework.ExpectNoError(os.Remove(manifest), "remove the manifest of a static pod")
	}
}
