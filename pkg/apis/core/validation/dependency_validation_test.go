// SPDX-License-Identifier: Apache-2.0

package validation

import (
	"fmt"
	"math"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/ptr"

	podtest "k8s.io/kubernetes/pkg/api/pod/testing"
	"k8s.io/kubernetes/pkg/api/v1/dependency"
	"k8s.io/kubernetes/pkg/apis/core"
)

// ordered returns a container with a lifecycle.
func ordered(name string, l core.Lifecycle) core.Container {
	return podtest.MakeContainer(name, podtest.SetContainerLifecycle(l))
}

func sidecarLifecycle() core.Lifecycle {
	return core.Lifecycle{Type: ptr.To(core.LifecycleTypeSidecar)}
}

func waitsFor(container string, condition core.ContainerDependencyCondition) core.Lifecycle {
	return core.Lifecycle{DependsOn: []core.ContainerDependency{{Container: container, Condition: condition}}}
}

// before returns a lifecycle whose only entry is in before.
func before(entry core.ContainerDependency) core.Lifecycle {
	return core.Lifecycle{Before: []core.ContainerDependency{entry}}
}

// native returns a native sidecar with a lifecycle.
func native(name string, l core.Lifecycle) core.Container {
	return podtest.MakeContainer(name, podtest.SetContainerRestartPolicy(core.ContainerRestartPolicyAlways), podtest.SetContainerLifecycle(l))
}

func says(container, lifecycle string) podtest.Tweak {
	return podtest.SetAnnotations(map[string]string{dependency.AnnotationPrefix + container: lifecycle})
}

var orderOptions = PodValidationOptions{ResourceIsPod: true, AllowContainerRestartPolicyRules: true}

// newPodOf returns a pod as it is at creation.
func newPodOf(tweaks ...podtest.Tweak) *core.Pod { return podtest.MakePod("pod", tweaks...) }

// texts returns the errors without their values: upstream's own errors print whole specs.
func texts(errs field.ErrorList) []string {
	var texts []string
	for _, err := range errs {
		text, _, _ := strings.Cut(err.Error(), "\n")
		texts = append(texts, text)
	}
	return texts
}

// TestContainerDependenciesValidation validates new pods, and templates with the same content.
func TestContainerDependenciesValidation(t *testing.T) {
	const (
		noSuch      = `: the pod has no such container: correct the name, or set optional: true if it may be absent`
		initial     = `" is an init container that is no native sidecar, and those run one after another: remove the field`
		noneForInit = `may not be set for init containers without restartPolicy=Always`
	)
	hook := &core.LifecycleHandler{Sleep: &core.SleepAction{Seconds: 1}}
	cases := map[string]struct {
		tweaks []podtest.Tweak
		// want has the placeholders BASE for the path of a template, and METADATA for that of annotations.
		want []string
	}{
		"no order": {},
		"an empty lifecycle": {
			tweaks: []podtest.Tweak{podtest.SetContainers(ordered("app", core.Lifecycle{}))},
		},
		"all fields, and no hook": {
			tweaks: []podtest.Tweak{podtest.SetContainers(
				ordered("certs", core.Lifecycle{Type: ptr.To(core.LifecycleTypeSidecar), StopTimeoutSeconds: ptr.To[int64](30)}),
				ordered("proxy", core.Lifecycle{Type: ptr.To(core.LifecycleTypeSidecar), PreStopTiming: ptr.To(core.PreStopTimingAtTermination),
					Before: []core.ContainerDependency{{Container: "app"}, {Container: "absent"}, {Type: core.LifecycleTypeStandard},
						{Type: core.LifecycleTypeSidecar, Condition: core.ContainerDependencyNone}}}),
				ordered("app", core.Lifecycle{Type: ptr.To(core.LifecycleTypeStandard), DependsOn: []core.ContainerDependency{
					{Container: "certs", Condition: core.ContainerDependencyStarted}, {Container: "none", Optional: ptr.To(true)},
					{Type: core.LifecycleTypeSidecar}, {Type: core.LifecycleTypeStandard, Condition: core.ContainerDependencyNone},
				}}))},
		},
		"with hooks": {
			tweaks: []podtest.Tweak{podtest.SetContainers(
				ordered("proxy", core.Lifecycle{PreStop: hook, Type: ptr.To(core.LifecycleTypeSidecar)}), podtest.MakeContainer("app"))},
		},
		"an invalid hook and an invalid order": {
			tweaks: []podtest.Tweak{podtest.SetContainers(
				ordered("app", core.Lifecycle{PreStop: &core.LifecycleHandler{}, StopTimeoutSeconds: ptr.To[int64](0)}))},
			want: []string{
				`BASEspec.containers[0].lifecycle.preStop: Required value: must specify a handler type`,
				`BASEspec.containers[0].lifecycle.stopTimeoutSeconds: Invalid value: 0: must be at least 1 and at most the pod's ` +
					`terminationGracePeriodSeconds, which is 30`,
			},
		},
		"a native sidecar as target": {
			tweaks: []podtest.Tweak{
				podtest.SetInitContainers(podtest.MakeContainer("mesh", podtest.SetContainerRestartPolicy(core.ContainerRestartPolicyAlways))),
				podtest.SetContainers(ordered("app", waitsFor("mesh", core.ContainerDependencyReady))),
			},
		},
		"a native sidecar that says all it may": {
			tweaks: []podtest.Tweak{podtest.SetInitContainers(native("mesh", core.Lifecycle{
				PreStop: hook, Type: ptr.To(core.LifecycleTypeSidecar), PreStopTiming: ptr.To(core.PreStopTimingInTurn),
				StopTimeoutSeconds: ptr.To[int64](30), Before: []core.ContainerDependency{
					{Container: "ctr"}, {Container: "absent"}, {Type: core.LifecycleTypeStandard, Condition: core.ContainerDependencyStarted},
				}}))},
		},
		"a native sidecar that says too much": {
			tweaks: []podtest.Tweak{podtest.SetInitContainers(native("mesh", core.Lifecycle{
				Type: ptr.To(core.LifecycleTypeStandard), DependsOn: []core.ContainerDependency{{Container: "ctr"}},
				PreStopTiming: ptr.To(core.PreStopTiming("Now")), StopTimeoutSeconds: ptr.To[int64](31),
				Before: []core.ContainerDependency{{Container: "mesh"}}}))},
			want: []string{
				`BASEspec.initContainers[0].lifecycle.type: Invalid value: "Standard": a native sidecar cannot be Standard, because it does not ` +
					`keep the pod from completing: set Sidecar, or remove the field`,
				`BASEspec.initContainers[0].lifecycle.dependsOn: Forbidden: "mesh" is a native sidecar, and those start before all regular ` +
					`containers, in the order of the list of init containers: change that order, or make it a regular container`,
				`BASEspec.initContainers[0].lifecycle.before[0].container: Invalid value: "mesh": a container cannot wait for itself: remove ` +
					`the entry`,
				`BASEspec.initContainers[0].lifecycle.preStopTiming: Unsupported value: "Now": supported values: "InTurn", "AtTermination"`,
				`BASEspec.initContainers[0].lifecycle.stopTimeoutSeconds: Invalid value: 31: must be at least 1 and at most the pod's ` +
					`terminationGracePeriodSeconds, which is 30`,
			},
		},
		"init containers in before": {
			tweaks: []podtest.Tweak{
				podtest.SetInitContainers(native("mesh", core.Lifecycle{}), podtest.MakeContainer("setup")),
				podtest.SetContainers(
					ordered("a", before(core.ContainerDependency{Container: "mesh"})),
					ordered("b", before(core.ContainerDependency{Container: "setup"})),
					ordered("c", before(core.ContainerDependency{Container: "mesh", Optional: ptr.To(true)})),
					ordered("d", before(core.ContainerDependency{Container: "setup", Optional: ptr.To(true)}))),
			},
		},
		"a plain init container as target": {
			tweaks: []podtest.Tweak{
				podtest.SetInitContainers(podtest.MakeContainer("setup")),
				podtest.SetContainers(ordered("app", waitsFor("setup", core.ContainerDependencyReady))),
			},
			want: []string{
				`BASEspec.containers[0].lifecycle.dependsOn[0].container: Invalid value: "setup": init containers have all finished before a ` +
					`regular container starts: remove the entry`,
			},
		},
		"both and neither of container and type": {
			tweaks: []podtest.Tweak{podtest.SetContainers(podtest.MakeContainer("web"), ordered("app", core.Lifecycle{
				DependsOn: []core.ContainerDependency{
					{Condition: core.ContainerDependencyReady}, {Container: "web", Type: core.LifecycleTypeSidecar},
				},
				Before: []core.ContainerDependency{{Container: "web", Type: core.LifecycleTypeStandard}, {Optional: ptr.To(true)}},
			}))},
			want: []string{
				`BASEspec.containers[1].lifecycle.dependsOn[0].container: Required value: name a container, or set type to mean every other ` +
					`container of that type`,
				`BASEspec.containers[1].lifecycle.dependsOn[1].type: Invalid value: "Sidecar": the entry names a container as well: use two ` +
					`entries, or remove one of the two`,
				`BASEspec.containers[1].lifecycle.before[0].type: Invalid value: "Standard": the entry names a container as well: use two ` +
					`entries, or remove one of the two`,
				`BASEspec.containers[1].lifecycle.before[1].container: Required value: name a container, or set type to mean every other ` +
					`container of that type`,
			},
		},
		"duplicates": {
			tweaks: []podtest.Tweak{podtest.SetContainers(podtest.MakeContainer("web"), ordered("app", core.Lifecycle{
				DependsOn: []core.ContainerDependency{
					{Container: "web"}, {Type: core.LifecycleTypeSidecar}, {Type: core.LifecycleTypeSidecar, Condition: core.ContainerDependencyNone},
				},
				Before: []core.ContainerDependency{{Container: "none"}, {Container: "none", Condition: core.ContainerDependencyStarted}},
			}))},
			want: []string{
				`BASEspec.containers[1].lifecycle.dependsOn[2].type: Duplicate value: "Sidecar"`,
				`BASEspec.containers[1].lifecycle.before[1].container: Duplicate value: "none"`,
			},
		},
		"the end of containers": {
			tweaks: []podtest.Tweak{podtest.SetRestartPolicy(core.RestartPolicyNever), podtest.SetContainers(
				podtest.MakeContainer("web", podtest.SetContainerRestartPolicy(core.ContainerRestartPolicyAlways)),
				ordered("app", core.Lifecycle{
					DependsOn: []core.ContainerDependency{
						{Type: core.LifecycleTypeSidecar, Condition: core.ContainerDependencyCompleted},
						{Container: "web", Condition: core.ContainerDependencySucceeded},
					},
					Before: []core.ContainerDependency{{Type: core.LifecycleTypeStandard, Condition: core.ContainerDependencySucceeded}},
				}))},
			want: []string{
				`BASEspec.containers[1].lifecycle.dependsOn[0].condition: Unsupported value: "Completed": supported values: "Started", "Ready", ` +
					`"None": only an entry that names a container can wait for its end`,
				`BASEspec.containers[1].lifecycle.dependsOn[1].condition: Invalid value: "Succeeded": "web" is restarted whenever it exits ` +
					`(restartPolicy Always) and never completes: wait for Started or Ready, or give it another restartPolicy`,
				`BASEspec.containers[1].lifecycle.before[0].condition: Unsupported value: "Succeeded": supported values: "Started", "Ready", ` +
					`"None": only an entry that names a container can wait for its end`,
			},
		},
		"a Sidecar that is never restarted": {
			tweaks: []podtest.Tweak{podtest.SetRestartPolicy(core.RestartPolicyNever), podtest.SetContainers(
				ordered("proxy", sidecarLifecycle()), podtest.MakeContainer("app"))},
			want: []string{
				`BASEspec.containers[0].restartPolicy: Required value: "proxy" is a Sidecar and would not be restarted when it fails, by the ` +
					`pod's restartPolicy Never: set restartPolicy: Always on it, or Never if that is intended`,
			},
		},
		"a Sidecar that is never restarted, as intended": {
			tweaks: []podtest.Tweak{podtest.SetRestartPolicy(core.RestartPolicyNever), podtest.SetContainers(
				podtest.MakeContainer("proxy", podtest.SetContainerLifecycle(sidecarLifecycle()),
					podtest.SetContainerRestartPolicy(core.ContainerRestartPolicyNever)),
				podtest.MakeContainer("app"))},
		},
		"unknown values": {
			tweaks: []podtest.Tweak{podtest.SetContainers(ordered("app", core.Lifecycle{Type: ptr.To(core.LifecycleType("Other")),
				PreStopTiming: ptr.To(core.PreStopTiming("intime")),
				DependsOn:     []core.ContainerDependency{{Container: "web", Condition: "Healthy"}},
				Before:        []core.ContainerDependency{{Type: "sidecar"}}}), podtest.MakeContainer("web"))},
			want: []string{
				`BASEspec.containers[0].lifecycle.type: Unsupported value: "Other": supported values: "Standard", "Sidecar"`,
				`BASEspec.containers[0].lifecycle.dependsOn[0].condition: Unsupported value: "Healthy": supported values: "Started", "Ready", ` +
					`"Completed", "Succeeded", "None"`,
				`BASEspec.containers[0].lifecycle.before[0].type: Unsupported value: "sidecar": supported values: "Standard", "Sidecar"`,
				`BASEspec.containers[0].lifecycle.preStopTiming: Unsupported value: "intime": supported values: "InTurn", "AtTermination"`,
			},
		},
		"an unknown container": {
			tweaks: []podtest.Tweak{podtest.SetContainers(podtest.MakeContainer("web"), ordered("app", waitsFor("none", "")))},
			want:   []string{`BASEspec.containers[1].lifecycle.dependsOn[0].container: Invalid value: "none"` + noSuch},
		},
		"a cycle": {
			tweaks: []podtest.Tweak{podtest.SetContainers(ordered("b", waitsFor("a", "")), ordered("a", waitsFor("b", "")))},
			want: []string{
				`BASEspec.containers[1].lifecycle: Invalid value: "a -> b -> a": the containers wait for one another in a cycle: remove one of ` +
					`the entries that say "a" waits for "b" (dependsOn[0] of "a"), "b" waits for "a" (dependsOn[0] of "b")`,
			},
		},
		"Sidecars only": {
			tweaks: []podtest.Tweak{podtest.SetContainers(ordered("a", sidecarLifecycle()))},
			want: []string{
				`BASEspec.containers: Invalid value: 1: every container is a Sidecar, so the pod would be complete before it began: leave at ` +
					`least one container Standard`,
			},
		},
		"an init container": {
			tweaks: []podtest.Tweak{podtest.SetInitContainers(ordered("setup", sidecarLifecycle()))},
			want: []string{
				`BASEspec.initContainers[0].lifecycle: Forbidden: ` + noneForInit,
				`BASEspec.initContainers[0].lifecycle.type: Forbidden: "setup` + initial,
			},
		},
		"an init container with an empty lifecycle": {
			tweaks: []podtest.Tweak{podtest.SetInitContainers(ordered("setup", core.Lifecycle{}))},
			want:   []string{`BASEspec.initContainers[0].lifecycle: Forbidden: ` + noneForInit},
		},
		"the annotation says the same": {
			tweaks: []podtest.Tweak{says("app", `{"type": "Standard", "dependsOn": [{"container": "web", "type": ""}], "preStopTiming": "InTurn"}`),
				podtest.SetContainers(podtest.MakeContainer("web"), ordered("app", waitsFor("web", core.ContainerDependencyReady)))},
		},
		"the annotation says something else": {
			tweaks: []podtest.Tweak{says("app", `{"dependsOn":[{"container":"web","condition":"Started"}]}`),
				podtest.SetContainers(podtest.MakeContainer("web"), ordered("app", waitsFor("web", core.ContainerDependencyReady)))},
			want: []string{
				`BASEspec.containers[1].lifecycle: Invalid value: "{\"dependsOn\":[{\"container\":\"web\",\"condition\":\"Ready\"}]}": ` +
					`the annotation BASEmetadata.annotations[container.lifecycle.alpha.kubernetes.io/app] says ` +
					`{"dependsOn":[{"container":"web","condition":"Started"}]}: let both say the same, or remove one of the two`,
			},
		},
		"the annotation of a native sidecar says something else": {
			tweaks: []podtest.Tweak{says("mesh", `{"preStopTiming":"InTurn"}`),
				podtest.SetInitContainers(native("mesh", core.Lifecycle{PreStopTiming: ptr.To(core.PreStopTimingAtTermination)}))},
			want: []string{
				`BASEspec.initContainers[0].lifecycle: Invalid value: "{\"preStopTiming\":\"AtTermination\"}": the annotation ` +
					`BASEmetadata.annotations[container.lifecycle.alpha.kubernetes.io/mesh] says {"preStopTiming":"InTurn"}: let both say the ` +
					`same, or remove one of the two`,
			},
		},
		"annotations alone are the kubelet's": {
			tweaks: []podtest.Tweak{says("ctr", `{"dependsOn":[{"container":"ctr"}]}`)},
		},
		"an annotation that cannot be read, alone": {
			tweaks: []podtest.Tweak{says("ctr", `]`)},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			for base, validate := range map[string]func(*core.Pod) field.ErrorList{
				"": func(pod *core.Pod) field.ErrorList { return ValidatePodCreate(pod, orderOptions) },
				"spec.template.": func(pod *core.Pod) field.ErrorList {
					template := &core.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Annotations: pod.Annotations}, Spec: pod.Spec}
					return ValidatePodTemplateSpec(template, field.NewPath("spec", "template"), orderOptions)
				},
			} {
				var want []string
				for _, text := range tc.want {
					want = append(want, strings.ReplaceAll(text, "BASE", base))
				}
				pod := newPodOf(tc.tweaks...)
				before := pod.DeepCopy()
				if diff := cmp.Diff(want, texts(validate(pod))); diff != "" {
					t.Errorf("errors at %q (-want +got):\n%s", base, diff)
				}
				if diff := cmp.Diff(before, pod); diff != "" {
					t.Errorf("validation changed the object (-want +got):\n%s", diff)
				}
			}
		})
	}
}

// TestContainerDependenciesBounds: pods and templates that exceed a bound are refused for this one reason, at little cost.
func TestContainerDependenciesBounds(t *testing.T) {
	numbered := func(n int, name string, tweaks ...podtest.TweakContainer) []core.Container {
		var containers []core.Container
		for i := range n {
			containers = append(containers, podtest.MakeContainer(fmt.Sprint(name, i), tweaks...))
		}
		return containers
	}
	annotations := func(n, bytes int) podtest.Tweak {
		values := map[string]string{}
		for i := range n {
			values[dependency.AnnotationPrefix+fmt.Sprint("c", i)] = strings.Repeat("]", bytes)
		}
		return podtest.SetAnnotations(values)
	}
	always := podtest.SetContainerRestartPolicy(core.ContainerRestartPolicyAlways)
	sidecar := podtest.SetContainerLifecycle(sidecarLifecycle())
	var entries core.Lifecycle
	for i := range 40 {
		entries.DependsOn = append(entries.DependsOn, core.ContainerDependency{Container: fmt.Sprint("none", i)})
	}
	const tooMany = `BASEspec.containers: Invalid value: 4000: there are so many regular containers and native sidecars, and a pod that ` +
		`uses ordering may have 128 of them: use fewer containers, or remove the ordering from the pod`
	for name, tc := range map[string]struct {
		tweaks []podtest.Tweak
		// want has the first and the last error.
		want []string
		// count is the number of errors, and kib what the validation of the order may allocate, if it is called.
		count, kib int
	}{
		"as many containers as there may be": {
			tweaks: []podtest.Tweak{podtest.SetContainers(append(numbered(64, "c", sidecar), numbered(64, "d")...)...)},
			kib:    2 << 10,
		},
		"too many containers": {
			tweaks: []podtest.Tweak{
				podtest.SetContainers(numbered(2000, "c", sidecar)...), podtest.SetInitContainers(numbered(2000, "i", always)...),
			},
			want: []string{tooMany}, count: 1, kib: 64,
		},
		"too many containers, no order": {
			tweaks: []podtest.Tweak{
				podtest.SetContainers(numbered(2000, "c")...), podtest.SetInitContainers(numbered(2000, "i", always)...),
			},
			kib: 64,
		},
		"too many problems": {
			tweaks: []podtest.Tweak{podtest.SetContainers(ordered("app", entries))},
			want: []string{
				`BASEspec.containers[0].lifecycle.dependsOn[0].container: Invalid value: "none0": the pod has no such container: correct the ` +
					`name, or set optional: true if it may be absent`,
				`BASEspec: Invalid value: the order of the containers has 8 more problems: correct those above first`,
			}, count: 33, kib: 64,
		},
		"annotations that are too large together": {
			tweaks: []podtest.Tweak{annotations(20, 15<<10), podtest.SetContainers(ordered("app", entries))},
			want:   []string{"METAannotations: Too long: may not be more than 262144 bytes"}, count: 1,
		},
		"one annotation that is too large": {
			tweaks: []podtest.Tweak{annotations(1, 20<<10), podtest.SetContainers(append(numbered(1, "c"), ordered("app",
				core.Lifecycle{Type: ptr.To(core.LifecycleTypeStandard)}))...)},
			want: []string{
				"BASEmetadata.annotations[container.lifecycle.alpha.kubernetes.io/c0]: Invalid value: " +
					strconv.Quote(strings.Repeat("]", 128)+"…") + ": it has 20480 bytes, and may have 16384: write an object with the fields " +
					"type, dependsOn, before, preStopTiming and stopTimeoutSeconds, such " +
					`as {"type":"Sidecar"}`,
			}, count: 1, kib: 64,
		},
	} {
		t.Run(name, func(t *testing.T) {
			pod := newPodOf(tc.tweaks...)
			template := &core.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Annotations: pod.Annotations}, Spec: pod.Spec}
			path := field.NewPath("spec", "template")
			// A template's annotations are at a path without metadata in upstream's errors.
			for base, errs := range map[string]field.ErrorList{
				"":               ValidatePodCreate(pod, orderOptions),
				"spec.template.": ValidatePodTemplateSpec(template, path, orderOptions),
			} {
				meta := base
				if base == "" {
					meta = "metadata."
				}
				got := texts(errs)
				if len(got) != tc.count {
					t.Fatalf("%d errors at %q, want %d: %q", len(got), base, tc.count, got)
				}
				for i, want := range tc.want {
					want = strings.NewReplacer("BASE", base, "META", meta).Replace(want)
					if got := got[i*(len(got)-1)]; got != want {
						t.Errorf("an error at %q is\n%s, want\n%s", base, got, want)
					}
				}
			}
			least := math.MaxInt
			for range 5 {
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				validateContainerOrder(nil, &pod.ObjectMeta, &pod.Spec)
				runtime.ReadMemStats(&after)
				least = min(least, int(after.TotalAlloc-before.TotalAlloc))
			}
			if least > tc.kib<<10 && tc.kib > 0 {
				t.Errorf("the validation of the order allocated %d KiB, want at most %d", least>>10, tc.kib)
			}
		})
	}
}

// TestContainerDependenciesTemplatesOfWorkloads: the templates of workloads are validated on create and on update.
func TestContainerDependenciesTemplatesOfWorkloads(t *testing.T) {
	pod := newPodOf(podtest.SetContainers(ordered("app", waitsFor("none", ""))))
	labels := map[string]string{"a": "b"}
	template := core.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: pod.Spec}
	meta := metav1.ObjectMeta{Name: "abc", Namespace: "default", ResourceVersion: "1"}
	podTemplate := &core.PodTemplate{ObjectMeta: meta, Template: template}
	controller := &core.ReplicationController{ObjectMeta: meta,
		Spec: core.ReplicationControllerSpec{Replicas: ptr.To[int32](1), Selector: labels, Template: &template}}
	const problem = `spec.containers[0].lifecycle.dependsOn[0].container: Invalid value: "none": the pod has no such container: correct ` +
		`the name, or set optional: true if it may be absent`
	for name, tc := range map[string]struct {
		errs field.ErrorList
		want string
	}{
		"PodTemplate":           {ValidatePodTemplate(podTemplate, orderOptions), "template." + problem},
		"PodTemplate, update":   {ValidatePodTemplateUpdate(podTemplate, podTemplate, orderOptions), "template." + problem},
		"ReplicationController": {ValidateReplicationController(controller, orderOptions), "spec.template." + problem},
	} {
		if diff := cmp.Diff([]string{tc.want}, texts(tc.errs)); diff != "" {
			t.Errorf("%s: errors (-want +got):\n%s", name, diff)
		}
	}
}

// TestContainerDependenciesImmutable: no update can change the order of a live pod.
func TestContainerDependenciesImmutable(t *testing.T) {
	live := func() *core.Pod {
		return newPodOf(podtest.SetResourceVersion("1"), podtest.SetContainers(
			ordered("proxy", sidecarLifecycle()),
			ordered("app", waitsFor("proxy", core.ContainerDependencyReady)),
			podtest.MakeContainer("plain")))
	}
	edits := map[string]func(*core.PodSpec){
		"type": func(s *core.PodSpec) { s.Containers[0].Lifecycle.Type = nil },
		"condition": func(s *core.PodSpec) {
			s.Containers[1].Lifecycle.DependsOn[0].Condition = core.ContainerDependencyStarted
		},
		"optional":  func(s *core.PodSpec) { s.Containers[1].Lifecycle.DependsOn[0].Optional = ptr.To(true) },
		"dependsOn": func(s *core.PodSpec) { s.Containers[1].Lifecycle.DependsOn = nil },
		"before": func(s *core.PodSpec) {
			s.Containers[0].Lifecycle.Before = []core.ContainerDependency{{Container: "plain"}}
		},
		"preStopTiming":         func(s *core.PodSpec) { s.Containers[0].Lifecycle.PreStopTiming = ptr.To(core.PreStopTimingInTurn) },
		"stopTimeoutSeconds":    func(s *core.PodSpec) { s.Containers[0].Lifecycle.StopTimeoutSeconds = ptr.To[int64](3) },
		"no lifecycle any more": func(s *core.PodSpec) { s.Containers[0].Lifecycle = nil },
		"a lifecycle for the first time": func(s *core.PodSpec) {
			s.Containers[2].Lifecycle = ptr.To(before(core.ContainerDependency{Type: core.LifecycleTypeStandard}))
		},
	}
	updates := map[string]func(newPod, oldPod *core.Pod) field.ErrorList{
		"update": func(newPod, oldPod *core.Pod) field.ErrorList { return ValidatePodUpdate(newPod, oldPod, orderOptions) },
		"resize": func(newPod, oldPod *core.Pod) field.ErrorList { return ValidatePodResize(newPod, oldPod, orderOptions) },
	}
	for update, validate := range updates {
		if errs := validate(live(), live()); len(errs) > 0 {
			t.Errorf("%s without a change: %v, want no errors", update, errs)
		}
		for name, edit := range edits {
			t.Run(update+" of "+name, func(t *testing.T) {
				edited := live()
				edit(&edited.Spec)
				got := texts(validate(edited, live()))
				if len(got) != 1 || !strings.HasPrefix(got[0], "spec: Forbidden: ") {
					t.Errorf("errors %q, want one that forbids to change the spec", got)
				}
			})
		}
	}
}

// TestContainerDependenciesAnnotationOfLivePod: the annotations of a live pod can be edited, but must not contradict a field.
func TestContainerDependenciesAnnotationOfLivePod(t *testing.T) {
	old := newPodOf(podtest.SetResourceVersion("1"), podtest.SetContainers(ordered("proxy", sidecarLifecycle()), podtest.MakeContainer("app")))
	for name, tc := range map[string]struct {
		tweak podtest.Tweak
		want  int
	}{
		"the same":          {tweak: says("proxy", `type: Sidecar`)},
		"of another":        {tweak: says("app", `{"dependsOn":[{"container":"proxy","condition":"Started"}]}`)},
		"something else":    {tweak: says("proxy", `{}`), want: 1},
		"invalid, of other": {tweak: says("app", `{"dependsOn":[{"container":"none"}]}`), want: 1},
	} {
		t.Run(name, func(t *testing.T) {
			edited := old.DeepCopy()
			tc.tweak(edited)
			if errs := ValidatePodUpdate(edited, old, orderOptions); len(errs) != tc.want {
				t.Errorf("errors %v, want %d", errs, tc.want)
			}
			if errs := ValidatePodStatusUpdate(edited, old, orderOptions); len(errs) != 0 {
				t.Errorf("errors of a status update %v, want none: a status update does not validate the spec", errs)
			}
		})
	}
	bare := newPodOf(podtest.SetResourceVersion("1"))
	edited := bare.DeepCopy()
	says("ctr", `]`)(edited)
	if errs := ValidatePodUpdate(edited, bare, orderOptions); len(errs) != 0 {
		t.Errorf("errors of a pod without fields: %v, want none", errs)
	}
}

// TestContainerDependenciesEphemeralContainers: ephemeral containers must not have a lifecycle.
func TestContainerDependenciesEphemeralContainers(t *testing.T) {
	old := newPodOf(podtest.SetResourceVersion("1"))
	for name, l := range map[string]core.Lifecycle{
		"type":               sidecarLifecycle(),
		"dependsOn":          waitsFor("ctr", ""),
		"before":             before(core.ContainerDependency{Container: "ctr"}),
		"preStopTiming":      {PreStopTiming: ptr.To(core.PreStopTimingInTurn)},
		"stopTimeoutSeconds": {StopTimeoutSeconds: ptr.To[int64](1)},
	} {
		t.Run(name, func(t *testing.T) {
			debugged := old.DeepCopy()
			debugged.Spec.EphemeralContainers = []core.EphemeralContainer{{EphemeralContainerCommon: core.EphemeralContainerCommon{
				Name: "debug", Image: "image", ImagePullPolicy: "IfNotPresent", TerminationMessagePolicy: "File", Lifecycle: &l,
			}}}
			want := []string{`spec.ephemeralContainers[0].lifecycle: Forbidden: cannot be set for an Ephemeral Container`}
			if diff := cmp.Diff(want, texts(ValidatePodEphemeralContainersUpdate(debugged, old, orderOptions))); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
		})
	}
}
