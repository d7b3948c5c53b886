// SPDX-License-Identifier: Apache-2.0

package dependency

import "testing"

func TestInUse(t *testing.T) {
	foreign := newPod().native("proxy").container("app", "-")
	foreign.pod.Annotations = map[string]string{
		"container.apparmor.security.beta.kubernetes.io/app": "unconfined",
		"container.lifecycle.alpha.kubernetes.io":            `{"type":"Sidecar"}`,
	}
	cases := map[string]struct {
		pod  *podBuilder
		want bool
	}{
		"no annotation":           {pod: newPod().container("app", "-")},
		"foreign annotations":     {pod: foreign},
		"an annotation":           {pod: newPod().container("app", `{"type":"Sidecar"}`), want: true},
		"an empty object":         {pod: newPod().container("app", `{}`), want: true},
		"undecodable":             {pod: newPod().container("app", `]`), want: true},
		"empty":                   {pod: newPod().container("app", ``), want: true},
		"of an unknown container": {pod: newPod().container("app", "-").annotate("web", `{}`), want: true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := InUse(c.pod.pod, podFields); got != c.want {
				t.Errorf("InUse() = %t, want %t", got, c.want)
			}
			plan, errs := FromPod(c.pod.pod, podFields)
			if (plan != nil) != c.want {
				t.Errorf("FromPod() = %v, %v; want a plan: %t", plan, errs, c.want)
			}
			graph, err := ForPod(c.pod.pod, podFields)
			if !c.want && (graph != nil || err != nil) {
				t.Errorf("ForPod() = %v, %v; want nil, nil", graph, err)
			}
			if c.want && (graph == nil) == (err == nil) {
				t.Errorf("ForPod() = %v, %v; want a graph or an error", graph, err)
			}
		})
	}
}
