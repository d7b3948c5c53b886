// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"

	"github.com/onsi/ginkgo/v2"

	v1 "k8s.io/api/core/v1"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	kubelettypes "k8s.io/kubelet/pkg/types"

	"k8s.io/kubernetes/test/e2e/framework"
)

// sandboxesOf returns the IDs of the pod's sandboxes.
func sandboxesOf(ctx context.Context, pod *v1.Pod) []string {
	ginkgo.GinkgoHelper()
	runtime, _, err := getCRIClient(ctx)
	framework.ExpectNoError(err, "connect to the container runtime")
	sandboxes, err := runtime.ListPodSandbox(ctx, &runtimeapi.PodSandboxFilter{
		LabelSelector: map[string]string{kubelettypes.KubernetesPodUIDLabel: string(pod.UID)},
	})
	framework.ExpectNoError(err, "list the sandboxes of pod %q", pod.Name)
	var ids []string
	for _, sandbox := range sandboxes {
		ids = append(ids, sandbox.Id)
	}
	return ids
}

// stopSandboxesOf takes the pod's sandboxes away, with all that runs in them, as a reboot of the node does. It returns their IDs.
func stopSandboxesOf(ctx context.Context, pod *v1.Pod) []string {
	ginkgo.GinkgoHelper()
	ids := sandboxesOf(ctx, pod)
	runtime, _, err := getCRIClient(ctx)
	framework.ExpectNoError(err, "connect to the container runtime")
	for _, id := range ids {
		framework.ExpectNoError(runtime.StopPodSandbox(ctx, id), "stop sandbox %q", id)
	}
	return ids
}
