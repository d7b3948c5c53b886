// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"
	"os"
	"path/filepath"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	"k8s.io/kubernetes/test/e2e/framework"
	e2epod "k8s.io/kubernetes/test/e2e/framework/pod"
	"k8s.io/kubernetes/test/utils/actor"
)

// sidecar is the annotation of a Sidecar without dependencies.
const sidecar = `{"type":"Sidecar"}`

// actorPod returns a pod of actors. The order has the containers' annotations by container name; see inForm.
func actorPod(name string, policy v1.RestartPolicy, order map[string]string, actors ...v1.Container) *v1.Pod {
	pod := &v1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: v1.PodSpec{
			RestartPolicy:                 policy,
			TerminationGracePeriodSeconds: ptr.To[int64](30),
			Containers:                    actors,
		},
	}
	setOrder(pod, order)
	return pod
}

// setOrder replaces the pod's annotations with the order's.
func setOrder(pod *v1.Pod, order map[string]string) {
	pod.Annotations = map[string]string{}
	for container, text := range order {
		setOrderOf(pod, container, text)
	}
}

// setOrderOf sets the annotation of one container.
func setOrderOf(pod *v1.Pod, container, text string) {
	pod.Annotations[dependency.AnnotationPrefix+container] = text
}

// createOnStage creates the pod in the form that this run requires, with the stage as its volume.
func createOnStage(ctx context.Context, f *framework.Framework, stage *actor.Stage, pod *v1.Pod) *v1.Pod {
	ginkgo.GinkgoHelper()
	stage.Join(&pod.Spec)
	return e2epod.NewPodClient(f).Create(ctx, inForm(pod))
}

// expectNoPodDir waits until the kubelet has removed everything of the pod from its directory.
func expectNoPodDir(ctx context.Context, pod *v1.Pod) {
	ginkgo.GinkgoHelper()
	dir := filepath.Join(framework.TestContext.KubeletRootDir, "pods", string(pod.UID))
	gomega.Eventually(ctx, func() bool {
		_, err := os.Stat(dir)
		return os.IsNotExist(err)
	}).WithTimeout(dependencyTimeout).WithPolling(dependencyPoll).Should(gomega.BeTrueBecause("%s should be removed", dir))
}
