// SPDX-License-Identifier: Apache-2.0

package hash

import (
	"fmt"
	"hash/fnv"
	"strings"
	"testing"

	v1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/apis/core"
)

func hashOf(object interface{}) string {
	h := fnv.New128a()
	DeepHashObject(h, object)
	return fmt.Sprintf("%x", h.Sum(nil))
}

// podSpecs returns a pod spec in both versions, with only upstream's lifecycle fields, in all kinds of containers.
func podSpecs() (core.PodSpec, v1.PodSpec) {
	return core.PodSpec{
			InitContainers: []core.Container{{Name: "init", Lifecycle: &core.Lifecycle{}}},
			Containers: []core.Container{
				{Name: "hook", Lifecycle: &core.Lifecycle{PreStop: &core.LifecycleHandler{Sleep: &core.SleepAction{Seconds: 3}}}},
				{Name: "plain"},
				{Name: "signal", Lifecycle: &core.Lifecycle{StopSignal: new(core.Signal("SIGINT"))}},
			},
			EphemeralContainers: []core.EphemeralContainer{
				{EphemeralContainerCommon: core.EphemeralContainerCommon{Name: "debug", Lifecycle: &core.Lifecycle{}}},
			},
		}, v1.PodSpec{
			InitContainers: []v1.Container{{Name: "init", Lifecycle: &v1.Lifecycle{}}},
			Containers: []v1.Container{
				{Name: "hook", Lifecycle: &v1.Lifecycle{PreStop: &v1.LifecycleHandler{Sleep: &v1.SleepAction{Seconds: 3}}}},
				{Name: "plain"},
				{Name: "signal", Lifecycle: &v1.Lifecycle{StopSignal: new(v1.Signal("SIGINT"))}},
			},
			EphemeralContainers: []v1.EphemeralContainer{
				{EphemeralContainerCommon: v1.EphemeralContainerCommon{Name: "debug", Lifecycle: &v1.Lifecycle{}}},
			},
		}
}

// The hashes were computed with unmodified upstream v1.37.1. If another upstream version has different hashes, compute them
// there again and find out why they differ.
func TestDependencyHashIsUpstreams(t *testing.T) {
	internal, external := podSpecs()
	// Texts of a user that look like our fields.
	fake := " Type:(*v1.LifecycleType)<nil> DependsOn:([]v1.ContainerDependency)<nil> Before:([]v1.ContainerDependency)<nil> " +
		"PreStopTiming:(*v1.PreStopTiming)<nil> StopTimeoutSeconds:(*int64)<nil>"
	texts := v1.PodSpec{Containers: []v1.Container{{Name: "hook", Image: fake + "}",
		Command: []string{"unset", strings.Repeat("unset", 3), fake}, Lifecycle: &v1.Lifecycle{}}}}
	tests := map[string]struct {
		object interface{}
		want   string
	}{
		"static pod":      {object: &core.Pod{Spec: internal}, want: "c6107891ab7a2a91e4be4fd12682c6dd"},
		"pod":             {object: &v1.Pod{Spec: external}, want: "09e1547164a1f9b26e3fb93da33d5525"},
		"template":        {object: v1.PodTemplateSpec{Spec: external}, want: "49a819723cda2c1ccc07487f98c178ce"},
		"texts":           {object: v1.PodTemplateSpec{Spec: texts}, want: "55ed7928fe9c4087ff92a63fbb94369a"},
		"no lifecycle":    {object: &v1.Pod{Spec: v1.PodSpec{Containers: []v1.Container{{Name: "a"}}}}, want: "348179a4ad9678e25644e96aea8e56f4"},
		"no pod":          {object: (*v1.Pod)(nil), want: "d5eb5232cc1d349bb54d715fd1b1bd71"},
		"no internal pod": {object: (*core.Pod)(nil), want: "2333dd9950ab1e15ba49ccca47af1bef"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if got := hashOf(tc.object); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
	if again, _ := podSpecs(); hashOf(&core.Pod{Spec: internal}) != hashOf(&core.Pod{Spec: again}) {
		t.Error("hashing a pod changed it")
	}
}

// Each of our fields changes the hash, and no two change it in the same way.
func TestDependencyHashCountsFields(t *testing.T) {
	set := map[string]func(l *v1.Lifecycle){
		"none":             func(*v1.Lifecycle) {},
		"type":             func(l *v1.Lifecycle) { l.Type = new(v1.LifecycleTypeSidecar) },
		"other type":       func(l *v1.Lifecycle) { l.Type = new(v1.LifecycleTypeStandard) },
		"dependency":       func(l *v1.Lifecycle) { l.DependsOn = []v1.ContainerDependency{{Container: "plain"}} },
		"other dependency": func(l *v1.Lifecycle) { l.DependsOn = []v1.ContainerDependency{{Container: "signal"}} },
		"condition": func(l *v1.Lifecycle) {
			l.DependsOn = []v1.ContainerDependency{{Container: "plain", Condition: "Started"}}
		},
		"optional": func(l *v1.Lifecycle) {
			l.DependsOn = []v1.ContainerDependency{{Container: "plain", Optional: new(true)}}
		},
		"before": func(l *v1.Lifecycle) { l.Before = []v1.ContainerDependency{{Container: "plain"}} },
		"before the word inside": func(l *v1.Lifecycle) {
			l.Before = []v1.ContainerDependency{{Container: "unset"}}
		},
		"before a type": func(l *v1.Lifecycle) {
			l.Before = []v1.ContainerDependency{{Type: v1.LifecycleTypeStandard}}
		},
		"before a container of that name": func(l *v1.Lifecycle) {
			l.Before = []v1.ContainerDependency{{Container: string(v1.LifecycleTypeStandard)}}
		},
		"preStopTiming":       func(l *v1.Lifecycle) { l.PreStopTiming = new(v1.PreStopTimingInTurn) },
		"other preStopTiming": func(l *v1.Lifecycle) { l.PreStopTiming = new(v1.PreStopTimingAtTermination) },
		"time":                func(l *v1.Lifecycle) { l.StopTimeoutSeconds = new(int64(5)) },
	}
	hashes := map[string]string{}
	for name, change := range set {
		for kind, object := range map[string]func(v1.PodSpec) interface{}{
			"pod":      func(spec v1.PodSpec) interface{} { return &v1.Pod{Spec: spec} },
			"template": func(spec v1.PodSpec) interface{} { return v1.PodTemplateSpec{Spec: spec} },
		} {
			_, spec := podSpecs()
			change(spec.Containers[0].Lifecycle)
			got := hashOf(object(spec))
			if other, ok := hashes[got]; ok {
				t.Errorf("a %s with %s has the same hash as a %s", kind, name, other)
			}
			hashes[got] = kind + " with " + name
		}
	}
}
