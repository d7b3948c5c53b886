// SPDX-License-Identifier: Apache-2.0

package qos

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/types"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	featuregatetesting "k8s.io/component-base/featuregate/testing"
	"k8s.io/utils/ptr"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	"k8s.io/kubernetes/pkg/features"
	"k8s.io/kubernetes/pkg/kubelet/ordering"
)

// oomCapacity is a node's memory of which 10Mi are 1%.
const oomCapacity = 1000 << 20

// requesting returns a container with that memory request; "" is none.
func requesting(name, memory string) v1.Container {
	c := v1.Container{Name: name}
	if memory != "" {
		c.Resources.Requests = v1.ResourceList{v1.ResourceMemory: resource.MustParse(memory)}
	}
	return c
}

// A Sidecar's OOM score is no worse than that of any Standard container, wherever the pod says that it is one, and whatever the
// Sidecars' own requests are. A native sidecar's score is the one that it has beside Standard containers alone.
func TestDependencyOOMScores(t *testing.T) {
	mesh := requesting("mesh", "")
	mesh.RestartPolicy = ptr.To(v1.ContainerRestartPolicyAlways)
	for name, tt := range map[string]struct {
		containers, initContainers []v1.Container
		// sidecars are those of the plan in force; none without a plan.
		sidecars []string
		noPlan   bool
		// said is what the pod says now, which does not count.
		said    string
		gateOff bool
		// podRequest is the request of the whole pod.
		podRequest string
		want       map[string]int
	}{
		"without a request": {containers: []v1.Container{requesting("app", "100Mi"), requesting("proxy", "")},
			sidecars: []string{"proxy"}, want: map[string]int{"app": 900, "proxy": 900}},
		"with a small request": {containers: []v1.Container{requesting("proxy", "10Mi"), requesting("app", "100Mi")},
			sidecars: []string{"proxy"}, want: map[string]int{"app": 900, "proxy": 900}},
		"with a large request": {containers: []v1.Container{requesting("app", "100Mi"), requesting("proxy", "200Mi")},
			sidecars: []string{"proxy"}, want: map[string]int{"app": 900, "proxy": 800}},
		"several": {
			containers: []v1.Container{requesting("a", "300Mi"), requesting("proxy", "10Mi"), requesting("b", "200Mi"), requesting("certs", "")},
			sidecars:   []string{"proxy", "certs"}, want: map[string]int{"a": 700, "b": 800, "proxy": 800, "certs": 800}},
		"a Standard container without a request": {containers: []v1.Container{requesting("app", ""), requesting("proxy", "10Mi")},
			sidecars: []string{"proxy"}, want: map[string]int{"app": 999, "proxy": 990}},
		"best effort": {containers: []v1.Container{requesting("app", ""), requesting("proxy", "")}, sidecars: []string{"proxy"},
			want: map[string]int{"app": 1000, "proxy": 1000}},
		"a native sidecar beside": {containers: []v1.Container{requesting("app", "100Mi"), requesting("proxy", "")},
			initContainers: []v1.Container{mesh}, sidecars: []string{"proxy"}, want: map[string]int{"app": 900, "proxy": 900, "mesh": 900}},
		"a request of the pod": {containers: []v1.Container{requesting("app", "100Mi"), requesting("proxy", "")}, podRequest: "300Mi",
			sidecars: []string{"proxy"}, want: map[string]int{"app": 800, "proxy": 800}},
		"no plan is in force": {containers: []v1.Container{requesting("app", "100Mi"), requesting("proxy", "")}, noPlan: true,
			said: "proxy", want: map[string]int{"app": 900, "proxy": 999}},
		"the pod says otherwise now": {containers: []v1.Container{requesting("app", "100Mi"), requesting("proxy", "")},
			sidecars: []string{"proxy"}, said: "app", want: map[string]int{"app": 900, "proxy": 900}},
		"gate off": {containers: []v1.Container{requesting("app", "100Mi"), requesting("proxy", "")}, sidecars: []string{"proxy"}, gateOff: true,
			said: "proxy", want: map[string]int{"app": 900, "proxy": 999}},
	} {
		t.Run(name, func(t *testing.T) {
			featuregatetesting.SetFeatureGateDuringTest(t, utilfeature.DefaultFeatureGate, features.ContainerDependencies, !tt.gateOff)
			pod := &v1.Pod{}
			pod.UID, pod.Spec.Containers, pod.Spec.InitContainers = "uid", tt.containers, tt.initContainers
			if tt.podRequest != "" {
				pod.Spec.Resources = &v1.ResourceRequirements{Requests: v1.ResourceList{v1.ResourceMemory: resource.MustParse(tt.podRequest)}}
			}
			for i := range pod.Spec.Containers {
				if c := &pod.Spec.Containers[i]; c.Name == tt.said {
					c.Lifecycle = &v1.Lifecycle{Type: ptr.To(v1.LifecycleTypeSidecar)}
				}
			}
			plan := &dependency.Plan{}
			for _, name := range tt.sidecars {
				plan.Containers = append(plan.Containers, dependency.PlannedContainer{Name: name,
					Lifecycle: &dependency.Lifecycle{Type: dependency.Sidecar}})
			}
			if tt.noPlan {
				plan = nil
			}
			ordering.SetPlanOf(func(types.UID) *dependency.Plan { return plan })
			t.Cleanup(func() { ordering.SetPlanOf(func(types.UID) *dependency.Plan { return nil }) })
			got := map[string]int{}
			for _, list := range [][]v1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
				for i := range list {
					got[list[i].Name] = GetContainerOOMScoreAdjust(pod, &list[i], oomCapacity)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("scores (-want +got):\n%s", diff)
			}
		})
	}
}
