// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	v1 "k8s.io/api/core/v1"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/klog/v2"
	"k8s.io/utils/ptr"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/events"
	proberesults "k8s.io/kubernetes/pkg/kubelet/prober/results"
)

// The observation of a container, above all by a kubelet that has just restarted and has no probe results yet.
func TestDependencyObservation(t *testing.T) {
	const id = "db-id"
	began, ended := time.Unix(100, 0), time.Unix(200, 0)
	running := kubecontainer.Status{State: kubecontainer.ContainerStateRunning, StartedAt: began}
	exited := func(code int) kubecontainer.Status {
		return kubecontainer.Status{State: kubecontainer.ContainerStateExited, StartedAt: began, FinishedAt: ended, ExitCode: code}
	}
	lastStatus := func(id string, started bool) *v1.ContainerStatus {
		return &v1.ContainerStatus{Name: "db", ContainerID: probeText(id), Started: &started}
	}
	lastStopped := func(id string) *v1.ContainerStatus {
		return &v1.ContainerStatus{Name: "db", ContainerID: probeText(id), State: v1.ContainerState{
			Terminated: &v1.ContainerStateTerminated{ContainerID: probeText(id), Reason: events.StoppedByKubelet}}}
	}
	for name, tt := range map[string]struct {
		policy v1.RestartPolicy
		with   []func(*v1.Container)
		// status is the runtime's status of the container; former means that it belongs to an earlier sandbox.
		status *kubecontainer.Status
		former bool
		last   *v1.ContainerStatus
		// startup and readiness are the probe results of this process.
		startup, readiness *proberesults.Result
		// remembered sets up the records of this process.
		remembered func(p *podRecord)
		want       dependency.Observation
	}{
		"no record": {},
		"no record, start in flight": {
			remembered: func(p *podRecord) { p.container("db").start = &containerStart{} },
			want:       dependency.Observation{Starting: true},
		},
		"created": {
			status: &kubecontainer.Status{State: kubecontainer.ContainerStateCreated},
			want:   dependency.Observation{State: dependency.Created, Active: true},
		},
		"unknown": {
			status: &kubecontainer.Status{State: kubecontainer.ContainerStateUnknown},
			want:   dependency.Observation{State: dependency.Created, Active: true},
		},
		"runs": {
			status: &running,
			want:   dependency.Observation{State: dependency.Running, Active: true, Since: began, Started: true, Ready: true},
		},
		"runs in a former sandbox": {
			status: &running, former: true,
			want: dependency.Observation{State: dependency.Running, Since: began, Started: true, Ready: true},
		},
		"runs, its hook in flight": {
			with: []func(*v1.Container){postStart}, status: &running,
			remembered: func(p *podRecord) { p.container("db").start = &containerStart{} },
			want:       dependency.Observation{State: dependency.Running, Active: true, Starting: true, Since: began},
		},
		"runs, its hook was begun by another process": {
			with: []func(*v1.Container){postStart}, status: &running,
			want: dependency.Observation{State: dependency.Running, Active: true, Since: began, Started: true, Ready: true},
		},
		"startup probe without a result": {
			with: []func(*v1.Container){startup}, status: &running,
			want: dependency.Observation{State: dependency.Running, Active: true, Since: began},
		},
		"startup probe without a result, the last status says Started": {
			with: []func(*v1.Container){startup}, status: &running, last: lastStatus(id, true),
			want: dependency.Observation{State: dependency.Running, Active: true, Since: began, Started: true, Ready: true},
		},
		"startup probe without a result, the last status says not Started": {
			with: []func(*v1.Container){startup}, status: &running, last: lastStatus(id, false),
			want: dependency.Observation{State: dependency.Running, Active: true, Since: began},
		},
		"startup probe without a result, the last status is of the container before it": {
			with: []func(*v1.Container){startup}, status: &running, last: lastStatus("old-id", true),
			want: dependency.Observation{State: dependency.Running, Active: true, Since: began},
		},
		"startup probe has failed": {
			with: []func(*v1.Container){startup}, status: &running, startup: ptr.To(proberesults.Failure),
			want: dependency.Observation{State: dependency.Running, Active: true, Since: began},
		},
		"startup probe has passed": {
			with: []func(*v1.Container){startup}, status: &running, startup: ptr.To(proberesults.Success),
			want: dependency.Observation{State: dependency.Running, Active: true, Since: began, Started: true, Ready: true},
		},
		"readiness probe without a result, the last status says ready": {
			with: []func(*v1.Container){ready}, status: &running,
			last: &v1.ContainerStatus{Name: "db", ContainerID: probeText(id), Started: ptr.To(true), Ready: true},
			want: dependency.Observation{State: dependency.Running, Active: true, Since: began, Started: true},
		},
		"readiness probe has passed": {
			with: []func(*v1.Container){ready}, status: &running, readiness: ptr.To(proberesults.Success),
			want: dependency.Observation{State: dependency.Running, Active: true, Since: began, Started: true, Ready: true},
		},
		"readiness is unknown": {
			with: []func(*v1.Container){ready}, status: &running, readiness: ptr.To(proberesults.Unknown),
			want: dependency.Observation{State: dependency.Running, Active: true, Since: began, Started: true},
		},
		"ready before it has started": {
			with: []func(*v1.Container){ready, startup}, status: &running, readiness: ptr.To(proberesults.Success),
			want: dependency.Observation{State: dependency.Running, Active: true, Since: began},
		},
		"exited, to be restarted": {
			policy: v1.RestartPolicyOnFailure, status: ptr.To(exited(1)),
			want: dependency.Observation{State: dependency.Exited, Active: true, Since: ended, ExitCode: 1, Restarts: true, Started: true},
		},
		"exited for good": {
			policy: v1.RestartPolicyOnFailure, status: ptr.To(exited(0)),
			want: dependency.Observation{State: dependency.Exited, Active: true, Since: ended, Started: true},
		},
		"exited, its own policy counts": {
			policy: v1.RestartPolicyNever, with: []func(*v1.Container){restarts(v1.ContainerRestartPolicyAlways)}, status: ptr.To(exited(0)),
			want: dependency.Observation{State: dependency.Exited, Active: true, Since: ended, Restarts: true, Started: true},
		},
		"exited for good, with a startup probe, unseen": {
			policy: v1.RestartPolicyNever, with: []func(*v1.Container){startup}, status: ptr.To(exited(1)),
			want: dependency.Observation{State: dependency.Exited, Active: true, Since: ended, ExitCode: 1, Started: true},
		},
		"exited, with a startup probe, unseen, will be restarted": {
			policy: v1.RestartPolicyOnFailure, with: []func(*v1.Container){startup}, status: ptr.To(exited(1)),
			want: dependency.Observation{State: dependency.Exited, Active: true, Since: ended, ExitCode: 1, Restarts: true},
		},
		"exited for good, with a startup probe, seen running": {
			policy: v1.RestartPolicyNever, with: []func(*v1.Container){startup}, status: ptr.To(exited(0)),
			remembered: func(p *podRecord) { p.instance(probeID(id)).seenRunning = true },
			want:       dependency.Observation{State: dependency.Exited, Active: true, Since: ended},
		},
		"exited for good, with a startup probe, started by this process": {
			policy: v1.RestartPolicyNever, with: []func(*v1.Container){startup}, status: ptr.To(exited(0)),
			remembered: func(p *podRecord) { p.container("db").outcome = startDone },
			want:       dependency.Observation{State: dependency.Exited, Active: true, Since: ended},
		},
		"exited, with a startup probe, seen Started": {
			policy: v1.RestartPolicyNever, with: []func(*v1.Container){startup}, status: ptr.To(exited(0)),
			remembered: func(p *podRecord) { p.instance(probeID(id)).started = true },
			want:       dependency.Observation{State: dependency.Exited, Active: true, Since: ended, Started: true},
		},
		"exited for good, with a hook, unseen": {
			policy: v1.RestartPolicyNever, with: []func(*v1.Container){postStart}, status: ptr.To(exited(0)),
			want: dependency.Observation{State: dependency.Exited, Active: true, Since: ended, Started: true},
		},
		"exited, with a hook, unseen, will be restarted": {
			policy: v1.RestartPolicyAlways, with: []func(*v1.Container){postStart}, status: ptr.To(exited(0)),
			want: dependency.Observation{State: dependency.Exited, Active: true, Since: ended, Restarts: true},
		},
		"exited for good, with a hook that failed in this process": {
			policy: v1.RestartPolicyNever, with: []func(*v1.Container){postStart}, status: ptr.To(exited(137)),
			remembered: func(p *podRecord) { p.container("db").outcome = startFailed },
			want:       dependency.Observation{State: dependency.Exited, Active: true, Since: ended, ExitCode: 137},
		},
		"could not be started, with a hook, unseen": {
			policy: v1.RestartPolicyNever, with: []func(*v1.Container){postStart},
			status: &kubecontainer.Status{State: kubecontainer.ContainerStateExited, StartedAt: time.Unix(0, 0), FinishedAt: ended, ExitCode: 128},
			want:   dependency.Observation{State: dependency.Exited, Active: true, Since: ended, ExitCode: 128},
		},
		"exited, with a hook that this process has seen done": {
			policy: v1.RestartPolicyNever, with: []func(*v1.Container){postStart}, status: ptr.To(exited(0)),
			remembered: func(p *podRecord) { p.container("db").outcome = startDone },
			want:       dependency.Observation{State: dependency.Exited, Active: true, Since: ended, Started: true},
		},
		"could not be started at all": {
			policy: v1.RestartPolicyNever,
			status: &kubecontainer.Status{State: kubecontainer.ContainerStateExited, StartedAt: time.Unix(0, 0), FinishedAt: ended, ExitCode: 128},
			want:   dependency.Observation{State: dependency.Exited, Active: true, Since: ended, ExitCode: 128},
		},
		"exited for good, after this process began to kill it": {
			policy: v1.RestartPolicyNever, status: ptr.To(exited(0)),
			remembered: func(p *podRecord) { p.instance(probeID(id)).kill = &instanceKill{began: ended} },
			want:       dependency.Observation{State: dependency.Exited, Active: true, Since: ended, Started: true, Stopped: true},
		},
		"exited for good, before this process began to kill it": {
			policy: v1.RestartPolicyNever, status: ptr.To(exited(0)),
			remembered: func(p *podRecord) { p.instance(probeID(id)).kill = &instanceKill{began: ended.Add(1)} },
			want:       dependency.Observation{State: dependency.Exited, Active: true, Since: ended, Started: true},
		},
		"exited for good, another process killed it and said so": {
			policy: v1.RestartPolicyNever, status: ptr.To(exited(0)), last: lastStopped(id),
			want: dependency.Observation{State: dependency.Exited, Active: true, Since: ended, Started: true, Stopped: true},
		},
		"exited for good, another process killed the one before": {
			policy: v1.RestartPolicyNever, status: ptr.To(exited(0)), last: lastStopped("old-id"),
			want: dependency.Observation{State: dependency.Exited, Active: true, Since: ended, Started: true},
		},
		"no record, a start has ended": {
			remembered: func(p *podRecord) { p.container("db").attempted = "sandbox" },
			want:       dependency.Observation{Attempted: true},
		},
		"no record, a start has ended, another is in flight": {
			remembered: func(p *podRecord) {
				p.container("db").attempted = "sandbox"
				p.container("db").start = &containerStart{}
			},
			want: dependency.Observation{Attempted: true, Starting: true},
		},
		"no record, a start has ended in a former sandbox": {
			remembered: func(p *podRecord) { p.container("db").attempted = "former" },
		},
	} {
		t.Run(name, func(t *testing.T) {
			k := newTestKubelet(t, newRecordingRuntime())
			pod := podOf("app", "db").says("app", appAfterDB)
			if tt.policy != "" {
				pod.policy(tt.policy)
			}
			for _, with := range tt.with {
				pod.with("db", with)
			}
			// The deletion of the pod must not look like the end of its containers.
			pod.DeletionTimestamp = ptr.To(v1Time(300))
			if tt.last != nil {
				pod.Status.ContainerStatuses = []v1.ContainerStatus{*tt.last}
			}
			status := &kubecontainer.PodStatus{ID: pod.UID, SandboxStatuses: []*runtimeapi.PodSandboxStatus{
				{Id: "sandbox", State: runtimeapi.PodSandboxState_SANDBOX_READY}}}
			if tt.status != nil {
				tt.status.Name, tt.status.ID = "db", probeID(id)
				status.ContainerStatuses = append(status.ContainerStatuses, tt.status)
				if !tt.former {
					status.ActiveContainerStatuses = status.ContainerStatuses
				}
			}
			for results, result := range map[*probeResults]*proberesults.Result{k.started: tt.startup, k.readyNow: tt.readiness} {
				if result != nil {
					results.Set(probeID(id), *result, nil)
				}
			}
			if tt.remembered != nil {
				k.records.with(pod.UID, tt.remembered)
			}
			got := k.observed(pod.Pod, status).Containers["db"]
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("observation (-want +got):\n%s", diff)
			}
		})
	}
}

func (k *testKubelet) observed(pod *v1.Pod, status *kubecontainer.PodStatus) (observed dependency.PodObservation) {
	k.records.with(pod.UID, func(p *podRecord) { observed = k.observePod(silence(), pod, status, p) })
	return observed
}

// A process that has seen a container Started still knows it after the container exits.
func TestDependencyObservationRemembersStarted(t *testing.T) {
	k := newTestKubelet(t, newRecordingRuntime())
	pod := podOf("app", "db").policy(v1.RestartPolicyNever).says("app", appAfterDB).with("db", startup)
	record := &kubecontainer.Status{Name: "db", ID: probeID("db-id"), State: kubecontainer.ContainerStateRunning}
	status := &kubecontainer.PodStatus{ID: pod.UID, ContainerStatuses: []*kubecontainer.Status{record},
		ActiveContainerStatuses: []*kubecontainer.Status{record}}
	k.started.Set(record.ID, proberesults.Success, nil)
	k.observed(pod.Pod, status)
	k.started.Remove(record.ID)
	record.State = kubecontainer.ContainerStateExited
	if got := k.observed(pod.Pod, status).Containers["db"]; !got.Started {
		t.Errorf("the container was Started before it exited: %+v", got)
	}
}

// A sandbox is only lost if the pod gets no new one.
func TestDependencySandboxLost(t *testing.T) {
	gone := []*runtimeapi.PodSandboxStatus{{Id: "sandbox", State: runtimeapi.PodSandboxState_SANDBOX_NOTREADY}}
	here := []*runtimeapi.PodSandboxStatus{{Id: "sandbox", State: runtimeapi.PodSandboxState_SANDBOX_READY}}
	records := []*kubecontainer.Status{{Name: "db"}}
	for name, tt := range map[string]struct {
		policy    v1.RestartPolicy
		sandboxes []*runtimeapi.PodSandboxStatus
		records   []*kubecontainer.Status
		want      bool
	}{
		"Never, gone, with containers":     {policy: v1.RestartPolicyNever, sandboxes: gone, records: records, want: true},
		"Never, gone, without containers":  {policy: v1.RestartPolicyNever, sandboxes: gone},
		"Never, here":                      {policy: v1.RestartPolicyNever, sandboxes: here, records: records},
		"Never, not made yet":              {policy: v1.RestartPolicyNever},
		"OnFailure, gone, with containers": {policy: v1.RestartPolicyOnFailure, sandboxes: gone, records: records},
		"Always, gone, with containers":    {policy: v1.RestartPolicyAlways, sandboxes: gone, records: records},
	} {
		t.Run(name, func(t *testing.T) {
			status := &kubecontainer.PodStatus{SandboxStatuses: tt.sandboxes, ContainerStatuses: tt.records}
			if got := sandboxLost(podOf("app", "db").policy(tt.policy).Pod, status); got != tt.want {
				t.Errorf("sandboxLost = %t, want %t", got, tt.want)
			}
			// Upstream's actions must agree.
			k := newTestKubelet(t, newRecordingRuntime())
			pod := podOf("app", "db").policy(tt.policy)
			for _, s := range tt.sandboxes {
				s.Metadata = &runtimeapi.PodSandboxMetadata{}
				s.Network = &runtimeapi.PodSandboxNetworkStatus{Ip: "10.0.0.1"}
			}
			actions := k.upstreamComputePodActions(klog.NewContext(silence(), klog.Logger{}), pod.Pod, status, false)
			if got := actions.KillPod && !actions.CreateSandbox; got != tt.want {
				t.Errorf("upstream makes no new sandbox: %t, want %t", got, tt.want)
			}
		})
	}
}
