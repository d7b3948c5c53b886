// SPDX-License-Identifier: Apache-2.0

package v1_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	v1 "k8s.io/api/core/v1"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	featuregatetesting "k8s.io/component-base/featuregate/testing"
	"k8s.io/utils/ptr"

	"k8s.io/kubernetes/pkg/api/legacyscheme"
	_ "k8s.io/kubernetes/pkg/apis/apps/install"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	"k8s.io/kubernetes/pkg/features"
)

func unsetSidecar() *v1.Lifecycle {
	return &v1.Lifecycle{
		Type: ptr.To(v1.LifecycleTypeSidecar),
		DependsOn: []v1.ContainerDependency{
			{Container: "a"}, {Container: "b", Condition: v1.ContainerDependencyStarted, Optional: ptr.To(true)},
		},
		Before: []v1.ContainerDependency{{Type: v1.LifecycleTypeStandard, Condition: v1.ContainerDependencyNone}, {Container: "c"}},
	}
}

func setSidecar() *v1.Lifecycle {
	l := unsetSidecar()
	l.DependsOn[0].Condition = v1.ContainerDependencyReady
	l.Before[1].Condition = v1.ContainerDependencyReady
	return l
}

// TestContainerDependenciesDefaults applies the defaults of whole objects: of pods, and of workloads with a pod template.
func TestContainerDependenciesDefaults(t *testing.T) {
	always := ptr.To(v1.ContainerRestartPolicyAlways)
	gates := []struct{ order, rules bool }{{true, true}, {true, false}, {false, true}, {false, false}}
	objects := map[string]func(v1.PodSpec) v1.PodSpec{
		"Pod": func(spec v1.PodSpec) v1.PodSpec {
			o := &v1.Pod{Spec: spec}
			legacyscheme.Scheme.Default(o)
			return o.Spec
		},
		"PodTemplate": func(spec v1.PodSpec) v1.PodSpec {
			o := &v1.PodTemplate{Template: v1.PodTemplateSpec{Spec: spec}}
			legacyscheme.Scheme.Default(o)
			return o.Template.Spec
		},
		"ReplicationController": func(spec v1.PodSpec) v1.PodSpec {
			o := &v1.ReplicationController{Spec: v1.ReplicationControllerSpec{Template: &v1.PodTemplateSpec{Spec: spec}}}
			legacyscheme.Scheme.Default(o)
			return o.Spec.Template.Spec
		},
		"Deployment": func(spec v1.PodSpec) v1.PodSpec {
			o := &appsv1.Deployment{Spec: appsv1.DeploymentSpec{Template: v1.PodTemplateSpec{Spec: spec}}}
			legacyscheme.Scheme.Default(o)
			return o.Spec.Template.Spec
		},
		"CronJob": func(spec v1.PodSpec) v1.PodSpec {
			o := &batchv1.CronJob{}
			o.Spec.JobTemplate.Spec.Template.Spec = spec
			legacyscheme.Scheme.Default(o)
			return o.Spec.JobTemplate.Spec.Template.Spec
		},
	}
	for _, gate := range gates {
		for name, applyDefaults := range objects {
			t.Run(fmt.Sprintf("%s, order %t, rules %t", name, gate.order, gate.rules), func(t *testing.T) {
				// Gates that depend on ContainerRestartRules are turned off with it.
				featuregatetesting.SetFeatureGatesDuringTest(t, utilfeature.DefaultFeatureGate, featuregatetesting.FeatureOverrides{
					features.ContainerDependencies:                gate.order,
					features.ContainerRestartRules:                gate.rules,
					features.RestartAllContainersOnContainerExits: gate.rules,
				})
				spec := v1.PodSpec{
					RestartPolicy: v1.RestartPolicyNever,
					Containers: []v1.Container{
						{Name: "sidecar", Lifecycle: unsetSidecar()},
						{Name: "once", Lifecycle: unsetSidecar(), RestartPolicy: ptr.To(v1.ContainerRestartPolicyNever)},
						{
							Name:      "standard",
							Lifecycle: &v1.Lifecycle{Type: ptr.To(v1.LifecycleTypeStandard), DependsOn: []v1.ContainerDependency{{Container: "a"}}},
						},
						{Name: "hook", Lifecycle: &v1.Lifecycle{PreStop: &v1.LifecycleHandler{Sleep: &v1.SleepAction{Seconds: 1}}}},
						{Name: "plain"},
					},
					InitContainers: []v1.Container{
						{Name: "setup", Lifecycle: unsetSidecar()},
						{Name: "native", Lifecycle: unsetSidecar(), RestartPolicy: always},
						{
							Name:          "native hook",
							Lifecycle:     &v1.Lifecycle{PreStop: &v1.LifecycleHandler{Sleep: &v1.SleepAction{Seconds: 1}}},
							RestartPolicy: always,
						},
					},
					EphemeralContainers: []v1.EphemeralContainer{{EphemeralContainerCommon: v1.EphemeralContainerCommon{
						Name: "debug", Lifecycle: unsetSidecar()}}},
				}
				type defaulted struct {
					Lifecycle     *v1.Lifecycle
					RestartPolicy *v1.ContainerRestartPolicy
				}
				want := map[string]defaulted{
					"sidecar":  {Lifecycle: unsetSidecar()},
					"once":     {Lifecycle: unsetSidecar(), RestartPolicy: ptr.To(v1.ContainerRestartPolicyNever)},
					"standard": {Lifecycle: spec.Containers[2].Lifecycle.DeepCopy()},
					"hook":     {Lifecycle: spec.Containers[3].Lifecycle.DeepCopy()},
					"plain":    {},
					"setup":    {Lifecycle: unsetSidecar()},
					"native":   {Lifecycle: unsetSidecar(), RestartPolicy: always},
					// In neither list, a hook alone makes a container say anything about its order.
					"native hook": {Lifecycle: spec.InitContainers[2].Lifecycle.DeepCopy(), RestartPolicy: always},
					"debug":       {Lifecycle: unsetSidecar()},
				}
				if gate.order {
					standard := want["standard"].Lifecycle.DeepCopy()
					standard.DependsOn[0].Condition = v1.ContainerDependencyReady
					want["standard"] = defaulted{Lifecycle: standard}
					want["native"] = defaulted{Lifecycle: setSidecar(), RestartPolicy: always}
					want["once"] = defaulted{Lifecycle: setSidecar(), RestartPolicy: ptr.To(v1.ContainerRestartPolicyNever)}
					sidecar := defaulted{Lifecycle: setSidecar()}
					if gate.rules {
						sidecar.RestartPolicy = always
					}
					want["sidecar"] = sidecar
				}
				out := applyDefaults(spec)
				got := map[string]defaulted{}
				for _, containers := range [][]v1.Container{out.Containers, out.InitContainers} {
					for _, c := range containers {
						got[c.Name] = defaulted{c.Lifecycle, c.RestartPolicy}
					}
				}
				for _, c := range out.EphemeralContainers {
					got[c.Name] = defaulted{c.Lifecycle, c.RestartPolicy}
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("containers (-want +got):\n%s", diff)
				}
			})
		}
	}
}
