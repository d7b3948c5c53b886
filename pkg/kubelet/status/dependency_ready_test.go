// SPDX-License-Identifier: Apache-2.0

package status

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/client-go/kubernetes/fake"
	featuregatetesting "k8s.io/component-base/featuregate/testing"
	"k8s.io/klog/v2"

	podutil "k8s.io/kubernetes/pkg/api/v1/pod"
	"k8s.io/kubernetes/pkg/features"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/ordering"
)

// setDone lets the pod "uid" be Ready without these containers.
func setDone(t *testing.T, containers ...string) {
	ordering.SetReadyWithout(func(uid types.UID, c string) bool { return uid == "uid" && slices.Contains(containers, c) })
	t.Cleanup(func() { ordering.SetReadyWithout(func(types.UID, string) bool { return false }) })
}

func readyStatus(name string, ready bool) v1.ContainerStatus {
	return v1.ContainerStatus{Name: name, Ready: ready, ContainerID: "c://" + name,
		State: v1.ContainerState{Running: &v1.ContainerStateRunning{}}}
}

func doneStatus(name string) v1.ContainerStatus {
	return v1.ContainerStatus{Name: name, ContainerID: "c://" + name, State: v1.ContainerState{Terminated: &v1.ContainerStateTerminated{}}}
}

// A container that has done its part does not keep the pod from being Ready.
func TestDependencyReadyConditions(t *testing.T) {
	const (
		appUnready = "containers with unready status: [app]"
		both       = "containers with unready status: [certs app]"
	)
	notReady := func(message string) v1.PodCondition {
		return v1.PodCondition{Status: v1.ConditionFalse, Reason: ContainersNotReady, Message: message}
	}
	ready := v1.PodCondition{Status: v1.ConditionTrue}
	for name, tt := range map[string]struct {
		done     []string
		statuses []v1.ContainerStatus
		phase    v1.PodPhase
		gateOff  bool
		want     v1.PodCondition
	}{
		"done, the app is ready": {done: []string{"certs"}, want: ready,
			statuses: []v1.ContainerStatus{doneStatus("certs"), readyStatus("app", true)}},
		"done, the app is unready": {done: []string{"certs"}, want: notReady(appUnready),
			statuses: []v1.ContainerStatus{doneStatus("certs"), readyStatus("app", false)}},
		"done, but it runs again": {done: []string{"certs"},
			statuses: []v1.ContainerStatus{readyStatus("certs", false), readyStatus("app", true)},
			want:     notReady("containers with unready status: [certs]")},
		"it has exited and is not done": {statuses: []v1.ContainerStatus{doneStatus("certs"), readyStatus("app", false)}, want: notReady(both)},
		"unknown": {done: []string{"certs"}, statuses: []v1.ContainerStatus{readyStatus("app", true)},
			want: notReady("containers with unknown status: [certs]")},
		"no statuses": {done: []string{"certs"}, want: v1.PodCondition{Status: v1.ConditionFalse, Reason: UnknownContainerStatuses}},
		"succeeded": {done: []string{"certs"}, statuses: []v1.ContainerStatus{doneStatus("certs"), doneStatus("app")}, phase: v1.PodSucceeded,
			want: v1.PodCondition{Status: v1.ConditionFalse, Reason: PodCompleted}},
		"failed": {done: []string{"certs"}, statuses: []v1.ContainerStatus{doneStatus("certs"), readyStatus("app", true)}, phase: v1.PodFailed,
			want: v1.PodCondition{Status: v1.ConditionFalse, Reason: PodFailed}},
		"gate off": {done: []string{"certs"}, gateOff: true, statuses: []v1.ContainerStatus{doneStatus("certs"), readyStatus("app", true)},
			want: notReady("containers with unready status: [certs]")},
	} {
		t.Run(name, func(t *testing.T) {
			featuregatetesting.SetFeatureGateDuringTest(t, utilfeature.DefaultFeatureGate, features.ContainerDependencies, !tt.gateOff)
			setDone(t, tt.done...)
			pod := &v1.Pod{}
			pod.UID, pod.Spec.Containers = "uid", []v1.Container{{Name: "certs"}, {Name: "app"}}
			before := pod.DeepCopy()
			if tt.phase == "" {
				tt.phase = v1.PodRunning
			}
			got := []v1.PodCondition{GeneratePodReadyCondition(pod, &v1.PodStatus{}, nil, tt.statuses, tt.phase),
				GenerateContainersReadyCondition(pod, &v1.PodStatus{}, tt.statuses, tt.phase)}
			want := []v1.PodCondition{tt.want, tt.want}
			want[0].Type, want[1].Type = v1.PodReady, v1.ContainersReady
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("conditions (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(before, pod); diff != "" {
				t.Errorf("the pod was changed (-before +after):\n%s", diff)
			}
		})
	}
}

// The status manager, which generates the conditions again when a probe has a new result, and the comparison with the API server's
// status come to the same.
func TestDependencySetContainerReadiness(t *testing.T) {
	setDone(t, "certs")
	m := newTestManager(&fake.Clientset{})
	pod := getTestPod()
	pod.UID, pod.Spec.Containers = "uid", []v1.Container{{Name: "certs"}, {Name: "app"}}
	m.podManager.(mutablePodManager).AddPod(pod)
	status := v1.PodStatus{Phase: v1.PodRunning, ContainerStatuses: []v1.ContainerStatus{doneStatus("certs"), readyStatus("app", true)},
		Conditions: []v1.PodCondition{{Type: v1.PodReady, Status: v1.ConditionTrue}, {Type: v1.ContainersReady, Status: v1.ConditionTrue}}}
	m.SetPodStatus(klog.Logger{}, pod, status)
	for _, ready := range []bool{false, true} {
		m.SetContainerReadiness(klog.Logger{}, pod.UID, kubecontainer.ContainerID{Type: "c", ID: "app"}, ready)
		got, _ := m.GetPodStatus(pod.UID)
		want := status.DeepCopy()
		if !ready {
			for i := range want.Conditions {
				c := &want.Conditions[i]
				c.Status, c.Reason, c.Message = v1.ConditionFalse, ContainersNotReady, "containers with unready status: [app]"
			}
		}
		if diff := cmp.Diff(want.Conditions, got.Conditions, cmpopts.IgnoreFields(v1.PodCondition{}, "LastTransitionTime")); diff != "" {
			t.Errorf("app ready %t: conditions (-want +got):\n%s", ready, diff)
		}
	}

	pod.Spec.ReadinessGates = []v1.PodReadinessGate{{ConditionType: "example.com/gate"}}
	pod.Status = status
	pod.Status.Conditions = append(pod.Status.Conditions, v1.PodCondition{Type: "example.com/gate", Status: v1.ConditionTrue})
	if !podutil.IsPodReady(pod) || NeedToReconcilePodReadiness(pod) {
		t.Error("the pod is Ready, and its readiness would be changed")
	}
}
