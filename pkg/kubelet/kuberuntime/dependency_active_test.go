// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	v1 "k8s.io/api/core/v1"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	featuregatetesting "k8s.io/component-base/featuregate/testing"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/kubernetes/pkg/features"

	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	proberesults "k8s.io/kubernetes/pkg/kubelet/prober/results"
)

// A status without active containers is completed under the gate EventedPLEG, and is left alone otherwise.
func TestDependencyActiveContainers(t *testing.T) {
	at := func(name string, seconds int64) *kubecontainer.Status {
		return &kubecontainer.Status{Name: name, CreatedAt: time.Unix(seconds, 0)}
	}
	oldest, middle, newest := at("a", 10), at("a", 20), at("b", 30)
	sandbox := func(created int64, state runtimeapi.PodSandboxState) *runtimeapi.PodSandboxStatus {
		return &runtimeapi.PodSandboxStatus{CreatedAt: time.Unix(created, 0).UnixNano(), State: state}
	}
	const up, down = runtimeapi.PodSandboxState_SANDBOX_READY, runtimeapi.PodSandboxState_SANDBOX_NOTREADY
	for name, tt := range map[string]struct {
		gateOff bool
		status  kubecontainer.PodStatus
		want    []*kubecontainer.Status
	}{
		"one sandbox, whatever the clock said": {
			status: kubecontainer.PodStatus{SandboxStatuses: []*runtimeapi.PodSandboxStatus{sandbox(25, up)},
				ContainerStatuses: []*kubecontainer.Status{oldest, newest, middle}},
			want: []*kubecontainer.Status{newest, middle, oldest},
		},
		"several sandboxes": {
			status: kubecontainer.PodStatus{SandboxStatuses: []*runtimeapi.PodSandboxStatus{sandbox(15, up), sandbox(5, down)},
				ContainerStatuses: []*kubecontainer.Status{newest, middle, oldest}},
			want: []*kubecontainer.Status{newest, middle},
		},
		"a new sandbox without containers": {
			status: kubecontainer.PodStatus{SandboxStatuses: []*runtimeapi.PodSandboxStatus{sandbox(40, up), sandbox(5, down)},
				ContainerStatuses: []*kubecontainer.Status{newest, middle, oldest}},
		},
		"no ready sandbox": {
			status: kubecontainer.PodStatus{SandboxStatuses: []*runtimeapi.PodSandboxStatus{sandbox(5, down)},
				ContainerStatuses: []*kubecontainer.Status{newest}},
		},
		"a status that says which are active": {
			status: kubecontainer.PodStatus{SandboxStatuses: []*runtimeapi.PodSandboxStatus{sandbox(5, up)},
				ContainerStatuses: []*kubecontainer.Status{newest, middle}, ActiveContainerStatuses: []*kubecontainer.Status{newest}},
			want: []*kubecontainer.Status{newest},
		},
		"without the gate": {
			gateOff: true,
			status: kubecontainer.PodStatus{SandboxStatuses: []*runtimeapi.PodSandboxStatus{sandbox(5, up)},
				ContainerStatuses: []*kubecontainer.Status{newest}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			featuregatetesting.SetFeatureGateDuringTest(t, utilfeature.DefaultFeatureGate, features.EventedPLEG, !tt.gateOff)
			before := slices.Clone(tt.status.ContainerStatuses)
			got := withActiveContainers(&tt.status)
			if diff := cmp.Diff(tt.want, got.ActiveContainerStatuses); diff != "" {
				t.Errorf("active containers (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(before, tt.status.ContainerStatuses); diff != "" {
				t.Errorf("the status that others share has changed (-before +after):\n%s", diff)
			}
		})
	}
}

// eventedRuntime sends the records of a sandbox with the sandbox, as CRI-O does if pod events are on.
type eventedRuntime struct{ *recordingRuntime }

func (r eventedRuntime) PodSandboxStatus(ctx context.Context, id string, verbose bool) (*runtimeapi.PodSandboxStatusResponse, error) {
	response, err := r.recordingRuntime.PodSandboxStatus(ctx, id, verbose)
	if err != nil {
		return nil, err
	}
	response.Timestamp = time.Now().UnixNano()
	for _, c := range slices.Backward(r.records()) {
		if c.SandboxID == id {
			status, err := r.ContainerStatus(ctx, c.Id, false)
			if err != nil {
				return nil, err
			}
			response.ContainersStatuses = append(response.ContainersStatuses, status.Status)
		}
	}
	return response, nil
}

// A pod with an init container and a chain starts under the gate EventedPLEG too, each container once.
func TestDependencyStartsUnderEventedPLEG(t *testing.T) {
	featuregatetesting.SetFeatureGateDuringTest(t, utilfeature.DefaultFeatureGate, features.EventedPLEG, true)
	withoutErrorHandlers(t)
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		k.runtimeService = eventedRuntime{k.runtime}
		pod := podOf("app", "db", "setup").policy(v1.RestartPolicyOnFailure).with("db", ready).
			says("app", `{"dependsOn":[{"container":"db"}]}`).
			says("db", `{"dependsOn":[{"container":"setup","condition":"Succeeded"}]}`)
		pod.Spec.InitContainers = []v1.Container{{Name: "init", Image: "image:1", ImagePullPolicy: v1.PullIfNotPresent}}
		settle := func() {
			time.Sleep(time.Second)
			k.settle(t, pod.Pod)
		}
		settle()
		k.runtime.exit(k.id(t, "init").ID, 0)
		settle()
		k.runtime.exit(k.id(t, "setup").ID, 1)
		settle()
		settle()
		k.runtime.exit(k.id(t, "setup").ID, 0)
		settle()
		k.readyNow.Set(k.id(t, "db"), proberesults.Success, nil)
		settle()
		want := []string{"run #0", "create init", "start init", "create setup", "start setup", "create setup", "start setup",
			"create db", "start db", "create app", "start app"}
		if diff := cmp.Diff(want, k.runtime.verbs()); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
	})
}
