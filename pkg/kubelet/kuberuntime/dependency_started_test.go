// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"testing"

	v1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/ordering"
	proberesults "k8s.io/kubernetes/pkg/kubelet/prober/results"
)

// A container that has yet to pass its startup probe is not Started because a status says so that is newer than the kubelet process:
// upstream shows it as Started before it has a worker for the probe, and if the container before it was.
func TestDependencyStartedBySightOfTheLastStatus(t *testing.T) {
	const id = "db-id"
	started := v1.PodStatus{ContainerStatuses: []v1.ContainerStatus{{Name: "db", ContainerID: probeText(id), Started: ptr.To(true)}}}
	type step struct {
		// status is what the API server says.
		status v1.PodStatus
		// passes lets the startup probe pass.
		passes      bool
		wantStarted bool
	}
	for name, steps := range map[string][]step{
		"the status before this process says Started": {{status: started, wantStarted: true}, {wantStarted: true}},
		"the status of this process says Started":     {{}, {status: started}, {status: started}, {status: started, passes: true, wantStarted: true}},
		"no status says Started":                      {{}, {passes: true, wantStarted: true}},
	} {
		t.Run(name, func(t *testing.T) {
			k := newTestKubelet(t, newRecordingRuntime())
			k.publishOrders()
			pod := podOf("app", "db").says("app", appAfterDB).with("db", startup)
			record := &kubecontainer.Status{Name: "db", ID: probeID(id), State: kubecontainer.ContainerStateRunning}
			status := &kubecontainer.PodStatus{ID: pod.UID, ContainerStatuses: []*kubecontainer.Status{record},
				ActiveContainerStatuses: []*kubecontainer.Status{record}}
			for i, step := range steps {
				pod.Status = step.status
				if step.passes {
					k.started.Set(record.ID, proberesults.Success, nil)
				}
				if got := k.observed(pod.Pod, status).Containers["db"]; got.Started != step.wantStarted || got.Ready != step.wantStarted {
					t.Errorf("step %d: Started %t, Ready %t, want %t", i, got.Started, got.Ready, step.wantStarted)
				}
				if got := ordering.StartupPending(pod.UID, id); got == step.wantStarted {
					t.Errorf("step %d: startup pending %t, want %t", i, got, !step.wantStarted)
				}
			}
			if ordering.StartupPending(pod.UID, "another") || ordering.StartupPending("another", id) {
				t.Error("the startup of a container that nobody knows is pending")
			}
		})
	}
}
