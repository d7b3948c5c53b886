// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	v1 "k8s.io/api/core/v1"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	featuregatetesting "k8s.io/component-base/featuregate/testing"
	"k8s.io/utils/ptr"

	"k8s.io/kubernetes/pkg/features"
	"k8s.io/kubernetes/pkg/kubelet/ordering"
)

// waitsForInField sets the fields that say the same as the annotation appWaitsForDB.
func waitsForInField(c *v1.Container) {
	lifecycleOf(c).DependsOn = []v1.ContainerDependency{{Container: "db", Condition: v1.ContainerDependencyReady}}
}

func isSidecarInField(c *v1.Container) { lifecycleOf(c).Type = ptr.To(v1.LifecycleTypeSidecar) }

// A pod with its order in fields starts like one with its order in annotations, and the same plan is pinned.
func TestDependencyFieldLikeAnnotation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var pinned []string
		for name, pod := range map[string]podBuilder{
			"field":      podOf("app", "db").with("db", ready).with("app", waitsForInField),
			"annotation": podOf("app", "db").with("db", ready).says("app", `{"dependsOn":[{"container":"db","condition":"Ready"}]}`),
			"both":       podOf("app", "db").with("db", ready).with("app", waitsForInField).says("app", appWaitsForDB),
		} {
			k := newTestKubelet(t, newRecordingRuntime())
			k.sync(t, pod.Pod)
			synctest.Wait()
			if diff := cmp.Diff([]string{"run #0", "create db", "start db"}, k.runtime.verbs()); diff != "" {
				t.Errorf("%s: calls while db is not ready (-want +got):\n%s", name, diff)
			}
			pinned = append(pinned, newestSandbox(k.status(t, pod.Pod)).Annotations[ordering.PinnedPlanAnnotation])
			order := k.PodOrder(silence(), pod.Pod, k.status(t, pod.Pod))
			if order == nil || order.Graph == nil || len(order.Decisions.Containers["app"].Blockers) != 1 {
				t.Fatalf("%s: order %+v, want one in which app is held back", name, order)
			}
			if says := order.Graph.Plan().Containers[0].Lifecycle; says == nil || len(says.DependsOn) != 1 {
				t.Errorf("%s: the plan in force says %+v", name, says)
			}
		}
		if pinned[0] == "" || pinned[1] != pinned[0] || pinned[2] != pinned[0] {
			t.Errorf("pinned plans differ: %q", pinned)
		}
	})
}

// A sandbox that was created with the gate off has no order, even if the pod has always had one in its fields.
func TestDependencyFieldAndSandboxWithoutPlan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("app", "db").with("db", ready).with("app", waitsForInField).with("app", preStop).with("db", isSidecarInField)
		featuregatetesting.SetFeatureGateDuringTest(t, utilfeature.DefaultFeatureGate, features.ContainerDependencies, false)
		k.sync(t, pod.Pod)
		if diff := cmp.Diff([]string{"run #0", "create app", "start app", "create db", "start db"}, k.runtime.verbs()); diff != "" {
			t.Errorf("calls with the gate off (-want +got):\n%s", diff)
		}
		featuregatetesting.SetFeatureGateDuringTest(t, utilfeature.DefaultFeatureGate, features.ContainerDependencies, true)
		before := pod.DeepCopy()
		order := k.PodOrder(silence(), pod.Pod, k.status(t, pod.Pod))
		if order == nil || order.Graph != nil {
			t.Fatalf("order %+v, want one without a graph", order)
		}
		inForce := order.InForce(pod.Pod, false)
		if _, sidecars := ordering.WithoutSidecars(inForce); sidecars {
			t.Error("a Sidecar is in force, though the field is not")
		}
		if l := inForce.Spec.Containers[0].Lifecycle; l == nil || l.PreStop == nil {
			t.Errorf("the hook is missing: %+v", l)
		}
		if diff := cmp.Diff(before, pod.Pod); diff != "" {
			t.Errorf("the pod itself was changed (-want +got):\n%s", diff)
		}
	})
}

// A pod whose field contradicts the annotation is held.
func TestDependencyFieldContradicted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("app", "db").with("app", waitsForInField).says("app", appAfterDB)
		k.sync(t, pod.Pod)
		if calls := k.runtime.verbs(); len(calls) > 0 {
			t.Errorf("calls for an invalid pod: %v", calls)
		}
		got := k.eventsOf("InvalidContainerLifecycle")
		if len(got) != 1 || !strings.Contains(got[0], "spec.containers[0].lifecycle") ||
			!strings.Contains(got[0], "metadata.annotations[container.lifecycle.alpha.kubernetes.io/app]") {
			t.Errorf("events %q, want one that names both places", got)
		}
	})
}

// Users are warned once per sandbox of Sidecars that the pod's restart policy does not restart.
func TestDependencySidecarsNotRestarted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		said := func() []string { return k.eventsOf("SidecarsNotRestarted") }
		pod := podOf("app", "logs", "proxy", "mesh").policy(v1.RestartPolicyOnFailure).
			says("logs", `{"type":"Sidecar"}`).says("proxy", `{"type":"Sidecar"}`).says("mesh", `{"type":"Sidecar"}`).
			with("mesh", restarts(v1.ContainerRestartPolicyAlways))
		for range 3 {
			k.sync(t, pod.Pod)
			synctest.Wait()
		}
		const want = `Warning SidecarsNotRestarted Sidecars are not restarted when they exit with code 0, ` +
			`by the pod's restartPolicy OnFailure: "logs", "proxy". ` +
			`Set restartPolicy: Always on each of these containers to have it restarted`
		if diff := cmp.Diff([]string{want}, said()); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
		k.runtime.lose("pod_test_uid_0")
		k.sync(t, pod.Pod)
		if diff := cmp.Diff([]string{want}, said()); diff != "" {
			t.Errorf("events of another sandbox (-want +got):\n%s", diff)
		}

		silent := newTestKubelet(t, newRecordingRuntime())
		always := podOf("app", "proxy").with("proxy", func(c *v1.Container) {
			lifecycleOf(c).Type = ptr.To(v1.LifecycleTypeSidecar)
		})
		silent.sync(t, always.Pod)
		if got := silent.eventsOf("SidecarsNotRestarted"); len(got) > 0 {
			t.Errorf("events under policy Always: %q", got)
		}
	})
}
