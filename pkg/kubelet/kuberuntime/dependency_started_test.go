// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"

	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/ordering"
	proberesults "k8s.io/kubernetes/pkg/kubelet/prober/results"
)

// A container that has yet to pass its startup probe is not Started because a status says so that is newer than the kubelet process:
// upstream shows it as Started before it has a worker for the probe, and if the container before it was.
func TestDependencyStartedBySightOfTheLastStatus(t *testing.T) {
	const id = "db-id"
	says := func(started bool) v1.PodStatus {
		return v1.PodStatus{ContainerStatuses: []v1.ContainerStatus{{Name: "db", ContainerID: probeText(id), Started: &started}}}
	}
	started, starting := says(true), says(false)
	type step struct {
		// status is what the API server says.
		status v1.PodStatus
		// passes lets the startup probe pass, runs the container that waits for it start, and forgotten has the prober forget its result.
		passes, runs, forgotten bool
		want                    bool
		// pending is whether the status must not show it as Started.
		pending bool
	}
	for name, tt := range map[string]struct {
		// older means that the container is older than what the process knows of its pod.
		older bool
		steps []step
	}{
		"the status before this process says Started": {older: true, steps: []step{{status: started, want: true}, {want: true}}},
		"the status before this process says that it has not Started": {older: true, steps: []step{
			{status: starting, pending: true}, {status: started, pending: true}, {status: started, passes: true, want: true}}},
		"the status of this process says Started": {steps: []step{
			{pending: true}, {status: started, pending: true}, {status: started, passes: true, want: true}}},
		"what has passed stays so":         {steps: []step{{pending: true}, {passes: true, want: true}, {forgotten: true, want: true}}},
		"nobody knows, and another waits":  {older: true, steps: []step{{pending: true}, {status: started, pending: true}, {passes: true, want: true}}},
		"nobody knows, and no other waits": {older: true, steps: []step{{runs: true}, {runs: true, status: started}, {runs: true, passes: true, want: true}}},
	} {
		t.Run(name, func(t *testing.T) {
			k := newTestKubelet(t, newRecordingRuntime())
			k.publishOrders()
			pod := podOf("app", "db").says("app", appAfterDB).with("db", startup)
			db := &kubecontainer.Status{Name: "db", ID: probeID(id), State: kubecontainer.ContainerStateRunning, CreatedAt: time.Now().Add(time.Hour)}
			if tt.older {
				db.CreatedAt = time.Now().Add(-time.Hour)
			}
			app := &kubecontainer.Status{Name: "app", ID: probeID("app-id"), State: kubecontainer.ContainerStateRunning}
			for i, step := range tt.steps {
				pod.Status = step.status
				if step.passes {
					k.started.Set(db.ID, proberesults.Success, nil)
				}
				if step.forgotten {
					k.started.Remove(db.ID)
				}
				statuses := []*kubecontainer.Status{db}
				if step.runs {
					statuses = append(statuses, app)
				}
				k.PodOrder(context.Background(), pod.Pod, &kubecontainer.PodStatus{ID: pod.UID, ContainerStatuses: statuses,
					ActiveContainerStatuses: statuses})
				var got bool
				k.records.with(pod.UID, func(p *podRecord) { got = p.instance(db.ID).started })
				if got != step.want {
					t.Errorf("step %d: Started %t, want %t", i, got, step.want)
				}
				if got := ordering.StartupPending(pod.UID, "db", id); got != step.pending {
					t.Errorf("step %d: startup pending %t, want %t", i, got, step.pending)
				}
			}
			if ordering.StartupPending(pod.UID, "db", "another") || ordering.StartupPending("another", "db", id) {
				t.Error("the startup of a container that nobody knows is pending")
			}
		})
	}
}
