// SPDX-License-Identifier: Apache-2.0

package pod

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	featuregatetesting "k8s.io/component-base/featuregate/testing"
	"k8s.io/utils/ptr"

	api "k8s.io/kubernetes/pkg/apis/core"
	"k8s.io/kubernetes/pkg/features"
)

func orderedLifecycle() *api.Lifecycle {
	return &api.Lifecycle{
		Type:               ptr.To(api.LifecycleTypeSidecar),
		DependsOn:          []api.ContainerDependency{{Container: "certs", Condition: api.ContainerDependencyReady}},
		Before:             []api.ContainerDependency{{Type: api.LifecycleTypeStandard, Condition: api.ContainerDependencyNone}},
		PreStopTiming:      ptr.To(api.PreStopTimingAtTermination),
		StopTimeoutSeconds: ptr.To[int64](5),
	}
}

// TestContainerDependenciesDropDisabledFields: with the gate off, the fields are dropped on create and on update, from pods
// and from templates, unless the old object has one of them.
func TestContainerDependenciesDropDisabledFields(t *testing.T) {
	hook := &api.LifecycleHandler{Exec: &api.ExecAction{Command: []string{"true"}}}
	withHook := orderedLifecycle()
	withHook.PreStop = hook
	lifecycles := map[string]struct{ has, dropped *api.Lifecycle }{
		"none":               {},
		"hook":               {has: &api.Lifecycle{PreStop: hook}, dropped: &api.Lifecycle{PreStop: hook}},
		"empty":              {has: &api.Lifecycle{}, dropped: &api.Lifecycle{}},
		"all":                {has: orderedLifecycle()},
		"all and a hook":     {has: withHook, dropped: &api.Lifecycle{PreStop: hook}},
		"type":               {has: &api.Lifecycle{Type: ptr.To(api.LifecycleTypeStandard)}},
		"dependsOn":          {has: &api.Lifecycle{DependsOn: []api.ContainerDependency{{Container: "a"}}}},
		"before":             {has: &api.Lifecycle{Before: []api.ContainerDependency{{Container: "a"}}}},
		"preStopTiming":      {has: &api.Lifecycle{PreStopTiming: ptr.To(api.PreStopTimingInTurn)}},
		"stopTimeoutSeconds": {has: &api.Lifecycle{StopTimeoutSeconds: ptr.To[int64](1)}},
		"a timeout of 0":     {has: &api.Lifecycle{StopTimeoutSeconds: ptr.To[int64](0)}},
	}
	podOf := map[string]func(*api.Lifecycle) *api.PodSpec{
		"containers": func(l *api.Lifecycle) *api.PodSpec {
			return &api.PodSpec{Containers: []api.Container{{Name: "plain"}, {Name: "a", Lifecycle: l.DeepCopy()}}}
		},
		"initContainers": func(l *api.Lifecycle) *api.PodSpec {
			return &api.PodSpec{InitContainers: []api.Container{{Name: "plain"}, {Name: "a", Lifecycle: l.DeepCopy()}}}
		},
		"ephemeralContainers": func(l *api.Lifecycle) *api.PodSpec {
			return &api.PodSpec{
				EphemeralContainers: []api.EphemeralContainer{
					{EphemeralContainerCommon: api.EphemeralContainerCommon{Name: "a", Lifecycle: l.DeepCopy()}},
				},
			}
		},
	}
	olds := map[string]struct {
		exists bool
		has    *api.Lifecycle
		inUse  bool
	}{
		"create":             {},
		"update, old: none":  {exists: true},
		"update, old: hook":  {exists: true, has: &api.Lifecycle{PreStop: hook}},
		"update, old: order": {exists: true, has: &api.Lifecycle{StopTimeoutSeconds: ptr.To[int64](9)}, inUse: true},
	}
	drops := map[string]func(spec, old *api.PodSpec){
		"pod": func(spec, old *api.PodSpec) {
			pod := &api.Pod{Spec: *spec}
			var oldPod *api.Pod
			if old != nil {
				oldPod = &api.Pod{Spec: *old}
			}
			DropDisabledPodFields(pod, oldPod)
			*spec = pod.Spec
		},
		"template": func(spec, old *api.PodSpec) {
			template := &api.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Name: "t"}, Spec: *spec}
			var oldTemplate *api.PodTemplateSpec
			if old != nil {
				oldTemplate = &api.PodTemplateSpec{Spec: *old}
			}
			DropDisabledTemplateFields(template, oldTemplate)
			*spec = template.Spec
		},
	}
	for _, enabled := range []bool{true, false} {
		for oldName, old := range olds {
			for name, l := range lifecycles {
				for where, podOf := range podOf {
					for object, drop := range drops {
						t.Run(fmt.Sprintf("gate %t/%s/%s/%s of %s", enabled, oldName, name, where, object), func(t *testing.T) {
							featuregatetesting.SetFeatureGateDuringTest(t, utilfeature.DefaultFeatureGate, features.ContainerDependencies, enabled)
							got, want := podOf(l.has), podOf(l.dropped)
							if enabled || old.inUse {
								want = podOf(l.has)
							}
							var oldSpec, oldWant *api.PodSpec
							if old.exists {
								oldSpec, oldWant = podOf(old.has), podOf(old.has)
							}
							drop(got, oldSpec)
							if diff := cmp.Diff(want, got); diff != "" {
								t.Errorf("spec (-want +got):\n%s", diff)
							}
							if diff := cmp.Diff(oldWant, oldSpec); diff != "" {
								t.Errorf("the old spec was changed (-want +got):\n%s", diff)
							}
						})
					}
				}
			}
		}
	}
}

// TestContainerDependenciesDropStopSignal: each gate drops its own fields. A lifecycle that becomes empty is removed.
func TestContainerDependenciesDropStopSignal(t *testing.T) {
	for _, order := range []bool{true, false} {
		for _, signal := range []bool{true, false} {
			t.Run(fmt.Sprintf("order %t, signal %t", order, signal), func(t *testing.T) {
				featuregatetesting.SetFeatureGatesDuringTest(t, utilfeature.DefaultFeatureGate, featuregatetesting.FeatureOverrides{
					features.ContainerDependencies: order, features.ContainerStopSignals: signal,
				})
				has := orderedLifecycle()
				has.StopSignal = ptr.To(api.SIGUSR1)
				pod := &api.Pod{Spec: api.PodSpec{Containers: []api.Container{{Name: "a", Lifecycle: has}}}}
				DropDisabledPodFields(pod, nil)
				want := &api.Lifecycle{}
				if order {
					want = orderedLifecycle()
				}
				if signal {
					want.StopSignal = ptr.To(api.SIGUSR1)
				}
				if !order && !signal {
					want = nil
				}
				if diff := cmp.Diff(want, pod.Spec.Containers[0].Lifecycle); diff != "" {
					t.Errorf("lifecycle (-want +got):\n%s", diff)
				}
			})
		}
	}
}
