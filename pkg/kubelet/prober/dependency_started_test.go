// SPDX-License-Identifier: Apache-2.0

package prober

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	featuregatetesting "k8s.io/component-base/featuregate/testing"
	"k8s.io/utils/ptr"

	"k8s.io/kubernetes/pkg/features"
	"k8s.io/kubernetes/pkg/kubelet/ordering"
	"k8s.io/kubernetes/test/utils/ktesting"
)

// A kubelet that has just begun generates the status of a pod before it has workers for the pod's probes. The container of an ordered
// pod that has yet to pass its startup probe must not look Started then, and ready: upstream's worker would not probe it any more.
func TestDependencyStartedBeforeThereAreWorkers(t *testing.T) {
	const uid, id = types.UID("uid"), "id"
	for name, tt := range map[string]struct {
		pending, gateOff bool
		// inherited is what the container before it was.
		inherited *bool
		want      bool
	}{
		"pending":                                       {pending: true},
		"pending, the container before it was":          {pending: true, inherited: ptr.To(true)},
		"passed, or the pod has no order":               {want: true},
		"passed before, by the status":                  {inherited: ptr.To(true), want: true},
		"pending, the feature gate has been turned off": {pending: true, gateOff: true, want: true},
	} {
		t.Run(name, func(t *testing.T) {
			featuregatetesting.SetFeatureGateDuringTest(t, utilfeature.DefaultFeatureGate, features.ContainerDependencies, !tt.gateOff)
			ordering.SetStartupPending(func(of types.UID, _, container string) bool { return tt.pending && of == uid && container == id })
			t.Cleanup(func() { ordering.SetStartupPending(func(types.UID, string, string) bool { return false }) })
			app := v1.Container{Name: "app", StartupProbe: &v1.Probe{}}
			native := v1.Container{Name: "native", StartupProbe: &v1.Probe{}, RestartPolicy: ptr.To(v1.ContainerRestartPolicyAlways)}
			pod := &v1.Pod{Spec: v1.PodSpec{Containers: []v1.Container{app}, InitContainers: []v1.Container{native}}}
			pod.UID = uid
			running := func(name string) []v1.ContainerStatus {
				return []v1.ContainerStatus{{Name: name, ContainerID: "test://" + id, Started: tt.inherited,
					State: v1.ContainerState{Running: &v1.ContainerStateRunning{}}}}
			}
			status := v1.PodStatus{ContainerStatuses: running("app"), InitContainerStatuses: running("native")}
			newTestManager().UpdatePodStatus(ktesting.Init(t), pod, &status)
			for _, c := range append(status.ContainerStatuses, status.InitContainerStatuses...) {
				if diff := cmp.Diff([]bool{tt.want, tt.want}, []bool{*c.Started, c.Ready}); diff != "" {
					t.Errorf("%s is Started, ready (-want +got):\n%s", c.Name, diff)
				}
			}
		})
	}
}
