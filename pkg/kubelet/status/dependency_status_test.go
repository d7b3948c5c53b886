// SPDX-License-Identifier: Apache-2.0

package status

import (
	"testing"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	featuregatetesting "k8s.io/component-base/featuregate/testing"
	"k8s.io/klog/v2"

	"k8s.io/client-go/kubernetes/fake"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	"k8s.io/kubernetes/pkg/features"
	"k8s.io/kubernetes/pkg/kubelet/ordering"
)

// At the end of a pod, a container that was held back and never started keeps its reason. Upstream reports exit code
// 137 for a container that it cannot find.
func TestDependencyTerminatePod(t *testing.T) {
	for name, tt := range map[string]struct {
		gate, ordered, planned bool
		wantWaiting            bool
	}{
		"ordered":           {gate: true, ordered: true, wantWaiting: true},
		"annotations gone":  {gate: true, planned: true, wantWaiting: true},
		"ordered, gate off": {ordered: true},
		"not ordered":       {gate: true},
	} {
		t.Run(name, func(t *testing.T) {
			featuregatetesting.SetFeatureGateDuringTest(t, utilfeature.DefaultFeatureGate, features.ContainerDependencies, tt.gate)
			ordering.SetHasPlan(func(types.UID) bool { return tt.planned })
			t.Cleanup(func() { ordering.SetHasPlan(func(types.UID) bool { return false }) })
			m := newTestManager(&fake.Clientset{})
			pod := getTestPod()
			pod.Spec.Containers = []v1.Container{{Name: "app"}, {Name: "proxy"}}
			if tt.ordered {
				pod.Annotations = map[string]string{dependency.AnnotationPrefix + "proxy": `{"type":"Sidecar"}`}
			}
			waiting := v1.ContainerState{Waiting: &v1.ContainerStateWaiting{Reason: "WaitingForDependencies", Message: "waits"}}
			pod.Status = v1.PodStatus{Phase: v1.PodRunning, ContainerStatuses: []v1.ContainerStatus{
				{Name: "app", State: waiting},
				{Name: "proxy", State: v1.ContainerState{Terminated: &v1.ContainerStateTerminated{ExitCode: 143}}},
			}}
			m.SetPodStatus(klog.Logger{}, pod, pod.Status)
			m.TerminatePod(klog.Logger{}, pod)
			status, found := m.GetPodStatus(pod.UID)
			if !found {
				t.Fatal("the pod has no status")
			}
			app, proxy := status.ContainerStatuses[0].State, status.ContainerStatuses[1].State
			if tt.wantWaiting {
				if app.Waiting == nil || app.Waiting.Reason != "WaitingForDependencies" || app.Waiting.Message != "waits" {
					t.Errorf("app %+v, want its waiting reason", app)
				}
			} else if app.Terminated == nil || app.Terminated.ExitCode != 137 {
				t.Errorf("app %+v, want upstream's exit code 137", app)
			}
			if proxy.Terminated == nil || proxy.Terminated.ExitCode != 143 {
				t.Errorf("proxy %+v, want its exit code 143", proxy)
			}
			if status.Phase != v1.PodFailed {
				t.Errorf("phase %s, want Failed", status.Phase)
			}
		})
	}
}
