// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"math/rand"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "k8s.io/api/core/v1"
)

// keyPrefix is the beginning of the path of every annotation problem.
const keyPrefix = "metadata.annotations[container.lifecycle.alpha.kubernetes.io/"

func TestValid(t *testing.T) {
	cases := map[string]*podBuilder{
		"type Standard": newPod().container("app", `{"type":"Standard"}`),
		"an optional container is absent": newPod().
			container("app", `{"dependsOn":[{"container":"certs","condition":"Succeeded","optional":true}]}`),
		"an optional init container": newPod().init("setup").container("app", `{"dependsOn":[{"container":"setup","optional":true}]}`),
		"an optional container is there": newPod().container("certs", "-").
			container("app", `{"dependsOn":[{"container":"certs","optional":true}]}`),
		"a native sidecar as target": newPod().native("proxy").container("app", `{"dependsOn":[{"container":"proxy"}]}`),
		"before an init container": newPod().init("setup").native("proxy").
			container("app", `{"before":[{"container":"setup"},{"container":"proxy"}]}`),
		"before an absent container": newPod().container("app", `{"before":[{"container":"web"}]}`),
		"two wildcards": newPod().container("a", `{"before":[{"type":"Standard"}]}`).container("b", `{"before":[{`+
			`"type":"Standard"}]}`).container("app", "-"),
		"a wildcard and a name": newPod().container("a", `{"before":[{"type":"Standard"},{`+
			`"container":"app"}]}`).container("app", "-"),
		"before and dependsOn on one pair": newPod().container("a", `{"before":[{"container":"app"}]}`).container("app", `{`+
			`"dependsOn":[{"container":"a"}]}`),
		"the shortest stop timeout": newPod().container("app", `{"stopTimeoutSeconds":1}`),
		"the longest stop timeout":  newPod().grace(60).container("app", `{"stopTimeoutSeconds":60}`),
		"Succeeded under policy OnFailure": newPod().policy(v1.RestartPolicyOnFailure).container("certs", "-").
			container("app", `{"dependsOn":[{"container":"certs","condition":"Succeeded"}]}`),
		"Succeeded under a container's own": newPod().policy(v1.RestartPolicyAlways).container("certs", "-").restarts("Never").
			container("app", `{"dependsOn":[{"container":"certs","condition":"Succeeded"}]}`),
		"Completed of a Sidecar": newPod().container("certs", `{"type":"Sidecar"}`).
			container("app", `{"dependsOn":[{"container":"certs","condition":"Completed"}]}`),
		"Completed, Sidecar of a Sidecar": newPod().container("certs", `{"type":"Sidecar"}`).
			container("proxy", `{"type":"Sidecar","dependsOn":[{"container":"certs","condition":"Completed"}]}`).container("app", "-"),
		"a Sidecar waits for a Standard": newPod().container("late", `{"type":"Sidecar","dependsOn":[{"container":"app"}]}`).
			container("app", "-"),
	}
	for name, pod := range cases {
		t.Run(name, func(t *testing.T) {
			if got := problems(pod.pod); got != nil {
				t.Errorf("problems: %q", got)
			}
		})
	}
}

func TestInvalid(t *testing.T) {
	const (
		never = ` is restarted whenever it exits (restartPolicy Always) and never completes: wait for Started or Ready, or give it ` +
			`another restartPolicy`
		serves   = ` which it is to serve: wait for Started or Ready, or make one of them another type`
		noSuch   = `the pod has no such container: correct the name, or set optional: true if it may be absent`
		finished = `init containers have all finished before a regular container starts: remove the entry`
		nobody   = `name a container, or set type to mean every other container of that type`
		oneType  = `every container is a Sidecar, so the pod would be complete before it began: leave at least one container Standard`
	)
	cases := map[string]struct {
		pod  *podBuilder
		want []string
	}{
		"unknown type": {
			pod:  newPod().container("app", `{"type":"sidecar"}`),
			want: []string{keyPrefix + `app].type: Unsupported value: "sidecar": supported values: "Standard", "Sidecar"`},
		},
		"unknown condition": {
			pod: newPod().container("web", "-").container("app", `{"dependsOn":[{"container":"web","condition":"Healthy"}]}`),
			want: []string{
				keyPrefix + `app].dependsOn[0].condition: Unsupported value: "Healthy": supported values: "Started", "Ready", "Completed", ` +
					`"Succeeded", "None"`,
			},
		},
		"unknown container": {
			pod:  newPod().container("app", `{"dependsOn":[{"container":"cert"}]}`),
			want: []string{keyPrefix + `app].dependsOn[0].container: Invalid value: "cert": ` + noSuch},
		},
		"no container": {
			pod:  newPod().container("app", `{"dependsOn":[{"optional":true}]}`),
			want: []string{keyPrefix + `app].dependsOn[0].container: Required value: ` + nobody},
		},
		"wildcard in dependsOn": {
			pod:  newPod().container("app", `{"dependsOn":[{"container":"*"}]}`),
			want: []string{keyPrefix + `app].dependsOn[0].container: Invalid value: "*": ` + noSuch},
		},
		"init container": {
			pod:  newPod().init("setup").container("app", `{"dependsOn":[{"container":"setup","condition":"Succeeded"}]}`),
			want: []string{keyPrefix + `app].dependsOn[0].container: Invalid value: "setup": ` + finished},
		},
		"itself": {
			pod:  newPod().container("app", `{"dependsOn":[{"container":"app","optional":true}]}`),
			want: []string{keyPrefix + `app].dependsOn[0].container: Invalid value: "app": a container cannot wait for itself: remove the entry`},
		},
		"the same twice": {
			pod: newPod().container("web", "-").
				container("app", `{"dependsOn":[{"container":"web","condition":"Started"},{"container":"web","condition":"Completed"}]}`),
			want: []string{keyPrefix + `app].dependsOn[1].container: Duplicate value: "web"`},
		},
		"before the same twice": {
			pod: newPod().container("web", "-").container("app", `{"before":[{"container":"web"},{"type":"Standard"},{`+
				`"container":"web"},{"type":"Standard"}]}`),
			want: []string{keyPrefix + `app].before[2].container: Duplicate value: "web"`, keyPrefix + `app].before[3].type: Duplicate ` +
				`value: "Standard"`},
		},
		"before itself": {
			pod:  newPod().container("app", `{"before":[{"container":"app"}]}`),
			want: []string{keyPrefix + `app].before[0].container: Invalid value: "app": a container cannot wait for itself: remove the entry`},
		},
		"before nobody": {
			pod:  newPod().container("app", `{"before":[{"container":""}]}`),
			want: []string{keyPrefix + `app].before[0].container: Required value: ` + nobody},
		},
		"Completed under policy Always": {
			pod: newPod().policy(v1.RestartPolicyAlways).container("certs", "-").
				container("app", `{"dependsOn":[{"container":"certs","condition":"Completed"}]}`),
			want: []string{keyPrefix + `app].dependsOn[0].condition: Invalid value: "Completed": "certs"` + never},
		},
		"Succeeded without a policy": {
			pod: newPod().policy("").container("certs", "-").
				container("app", `{"dependsOn":[{"container":"certs","condition":"Succeeded","optional":true}]}`),
			want: []string{keyPrefix + `app].dependsOn[0].condition: Invalid value: "Succeeded": "certs"` + never},
		},
		"Succeeded under a container's own policy Always": {
			pod: newPod().container("certs", "-").restarts("Always").
				container("app", `{"dependsOn":[{"container":"certs","condition":"Succeeded"}]}`),
			want: []string{keyPrefix + `app].dependsOn[0].condition: Invalid value: "Succeeded": "certs"` + never},
		},
		"Completed of a native sidecar": {
			pod:  newPod().native("proxy").container("app", `{"dependsOn":[{"container":"proxy","condition":"Completed"}]}`),
			want: []string{keyPrefix + `app].dependsOn[0].condition: Invalid value: "Completed": "proxy"` + never},
		},
		"a Sidecar waits for the end of a Standard container": {
			pod: newPod().container("late", `{"type":"Sidecar","dependsOn":[{"container":"app","condition":"Succeeded"}]}`).container("app", "-"),
			want: []string{
				keyPrefix + `late].dependsOn[0].condition: Invalid value: "Succeeded": the Sidecar "late" would wait for the end of the Standard ` +
					`container "app",` + serves,
			},
		},
		"Sidecars only": {
			pod:  newPod().container("a", `{"type":"Sidecar"}`).container("b", `{"type":"Sidecar"}`),
			want: []string{`spec.containers: Invalid value: 2: ` + oneType},
		},
		"a Sidecar under policy Never": {
			pod: newPod().policy("Never").container("app", "-").container("log", `{"type":"Sidecar"}`).
				container("once", `{"type":"Sidecar"}`).restarts("Never"),
			want: []string{`spec.containers[1].restartPolicy: Required value: "log" is a Sidecar and would not be restarted when it fails, by ` +
				`the pod's restartPolicy Never: set restartPolicy: Always on it, or Never if that is intended`},
		},
		"stop timeout of 0": {
			pod: newPod().container("app", `{"stopTimeoutSeconds":0}`),
			want: []string{
				keyPrefix + `app].stopTimeoutSeconds: Invalid value: 0: must be at least 1 and at most the pod's ` +
					`terminationGracePeriodSeconds, which is 30`,
			},
		},
		"stop timeout above the default grace period": {
			pod: newPod().container("app", `{"stopTimeoutSeconds":31}`),
			want: []string{
				keyPrefix + `app].stopTimeoutSeconds: Invalid value: 31: must be at least 1 and at most the pod's ` +
					`terminationGracePeriodSeconds, which is 30`,
			},
		},
		"stop timeout above the grace period": {
			pod: newPod().grace(5).container("app", `{"stopTimeoutSeconds":6}`),
			want: []string{
				keyPrefix + `app].stopTimeoutSeconds: Invalid value: 6: must be at least 1 and at most the pod's ` +
					`terminationGracePeriodSeconds, which is 5`,
			},
		},
		"no stop timeout fits no grace": {
			pod: newPod().grace(0).container("app", `{"stopTimeoutSeconds":1}`),
			want: []string{
				keyPrefix + `app].stopTimeoutSeconds: Invalid value: 1: must be at least 1 and at most the pod's ` +
					`terminationGracePeriodSeconds, which is 0`,
			},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, problems(c.pod.pod)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

// TestAllProblemsAtOnce also checks that the message does not depend on the order of the container list.
func TestAllProblemsAtOnce(t *testing.T) {
	pod := newPod().
		container("e", `{"before":[{"container":"f"}]}`).
		container("f", `{"before":[{"container":"e"}]}`).
		container("d", `]`).
		container("c", `{"dependsOn":[{"container":"x"},{"container":"y"}],"stopTimeoutSeconds":99}`).
		container("b", `{"type":"Proxy","before":[{"container":"b"}]}`).
		container("a", `{"kind":1,"dependsOn":[{"container":"a"}]}`).
		annotate("z", `{}`).pod
	want := []string{
		keyPrefix + `a]: Invalid value: "{\"kind\":1,\"dependsOn\":[{\"container\":\"a\"}]}": unknown field "kind": write an object with ` +
			`the fields type, dependsOn, before, preStopTiming and stopTimeoutSeconds, such as {"type":"Sidecar"}`,
		keyPrefix + `d]: Invalid value: "]": yaml: did not find expected node content: write an object with the fields type, dependsOn, ` +
			`before, preStopTiming and stopTimeoutSeconds, such as {"type":"Sidecar"}`,
		keyPrefix + `z]: Invalid value: "z": the pod has no regular container and no native sidecar of this name: correct the name in ` +
			`the annotation, or remove ` +
			`the annotation`,
		keyPrefix + `a].dependsOn[0].container: Invalid value: "a": a container cannot wait for itself: remove the entry`,
		keyPrefix + `b].type: Unsupported value: "Proxy": supported values: "Standard", "Sidecar"`,
		keyPrefix + `b].before[0].container: Invalid value: "b": a container cannot wait for itself: remove the entry`,
		keyPrefix + `c].dependsOn[0].container: Invalid value: "x": the pod has no such container: correct the name, or set optional: true ` +
			`if it may be absent`,
		keyPrefix + `c].dependsOn[1].container: Invalid value: "y": the pod has no such container: correct the name, or set optional: true ` +
			`if it may be absent`,
		keyPrefix + `c].stopTimeoutSeconds: Invalid value: 99: must be at least 1 and at most the pod's ` +
			`terminationGracePeriodSeconds, which is 30`,
		keyPrefix + `e]: Invalid value: "e -> f -> e": the containers wait for one another in a cycle: remove one of the entries that ` +
			`say "e" waits for "f" (before[0] of "f"), "f" waits for "e" (before[0] of "e")`,
	}
	random := rand.New(rand.NewSource(1))
	for range 50 {
		if diff := cmp.Diff(want, problems(pod)); diff != "" {
			t.Fatalf("problems (-want +got):\n%s", diff)
		}
		shuffle(random, pod.Spec.Containers)
	}
}

func shuffle[T any](random *rand.Rand, list []T) {
	random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
}

// TestNewReports: a pinned plan is validated like a decoded one.
func TestNewReports(t *testing.T) {
	plan := &Plan{Containers: []PlannedContainer{{Name: "app", Lifecycle: &Lifecycle{Type: Sidecar}}}}
	_, err := New(plan)
	const want = "spec.containers: Invalid value: 1: every container is a Sidecar, so the pod would be complete before it began: leave " +
		"at least one container Standard"
	if err == nil || err.Error() != want {
		t.Errorf("New() error = %v, want %s", err, want)
	}
}
