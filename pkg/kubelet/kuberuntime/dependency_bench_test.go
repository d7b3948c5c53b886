// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"fmt"
	"testing"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
)

// BenchmarkDependencyPodActions measures what the order adds to upstream's computePodActions: at rest, when all
// containers run, and while all but the first wait. The pods are chains. Compare runs with benchstat:
//
//	go test -run '^$' -bench Dependency -count 10 ./pkg/kubelet/kuberuntime
func BenchmarkDependencyPodActions(b *testing.B) {
	for state, waiting := range map[string]bool{"running": false, "waiting": true} {
		for _, n := range []int{8, 32, dependency.MaxContainers} {
			pod, status := chainOf(n, waiting)
			k := newTestKubelet(b, newRecordingRuntime())
			for name, run := range map[string]func(context.Context){
				"upstream": func(ctx context.Context) { k.upstreamComputePodActions(ctx, pod.Pod, status, false) },
				"ours": func(ctx context.Context) {
					order := k.PodOrder(ctx, pod.Pod, status)
					pass := &wholePass{kubeGenericRuntimeManager: k.kubeGenericRuntimeManager, pod: pod.Pod, order: order}
					k.computePodActions(withPass(ctx, pass), pod.Pod, status, false)
					pass.left.due(pod.Pod, order, nil)
				},
				"unordered": func(ctx context.Context) {
					k.computePodActions(ctx, pod.Pod, status, false)
				},
			} {
				b.Run(fmt.Sprintf("state=%s/containers=%d/%s", state, n, name), func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						run(silence())
					}
				})
			}
		}
	}
}

// chainOf returns a pod with a chain of containers, and its status.
func chainOf(n int, waiting bool) (podBuilder, *kubecontainer.PodStatus) {
	name := func(i int) string { return fmt.Sprintf("c%04d", i) }
	var names []string
	for i := range n {
		names = append(names, name(i))
	}
	pod := podOf(names...)
	for i := 1; i < n; i++ {
		pod.says(name(i), fmt.Sprintf(`{"dependsOn":[{"container":%q}]}`, name(i-1)))
	}
	sandbox := []*runtimeapi.PodSandboxStatus{{
		Id: "sandbox", State: runtimeapi.PodSandboxState_SANDBOX_READY, Annotations: pinnedAnnotations(pod.Pod),
		Metadata: &runtimeapi.PodSandboxMetadata{Name: pod.Name, Namespace: pod.Namespace, Uid: string(pod.UID)},
		Network:  &runtimeapi.PodSandboxNetworkStatus{Ip: "10.0.0.1"},
	}}
	status := &kubecontainer.PodStatus{ID: pod.UID, SandboxStatuses: sandbox}
	for i := range n {
		if waiting && i > 0 {
			break
		}
		if waiting {
			pod.with(name(i), ready)
		}
		c := &kubecontainer.Status{ID: probeID(name(i)), Name: name(i), State: kubecontainer.ContainerStateRunning,
			Hash: kubecontainer.HashContainer(&pod.Spec.Containers[i])}
		status.ContainerStatuses = append(status.ContainerStatuses, c)
		status.ActiveContainerStatuses = append(status.ActiveContainerStatuses, c)
	}
	return pod, status
}
