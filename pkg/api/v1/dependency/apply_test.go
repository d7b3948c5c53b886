// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestApply(t *testing.T) {
	pod := newPod().container("app", `{"before":["web"]}`).container("web", "-").annotate("gone", "]").pod
	pod.Annotations["foreign"] = "kept"
	cases := map[string]struct {
		plan *Plan
		want map[string]string
	}{
		"no order": {want: map[string]string{"foreign": "kept"}},
		"the pinned one replaces the edited one": {
			plan: &Plan{Containers: []PlannedContainer{{Name: "app"}, {Name: "web", Lifecycle: &Lifecycle{Type: Sidecar}}}},
			want: map[string]string{"foreign": "kept", AnnotationPrefix + "web": `{"type":"Sidecar"}`},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			original := pod.DeepCopy()
			if diff := cmp.Diff(c.want, c.plan.Apply(pod).Annotations); diff != "" {
				t.Errorf("annotations (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(original, pod); diff != "" {
				t.Errorf("the pod itself was changed (-want +got):\n%s", diff)
			}
		})
	}
}

// TestApplyNothing: a pod without annotations has none afterwards, and no panic on the way.
func TestApplyNothing(t *testing.T) {
	plan := &Plan{Containers: []PlannedContainer{{Name: "app", Lifecycle: &Lifecycle{}}}}
	got := plan.Apply(newPod().container("app", "-").pod).Annotations
	if diff := cmp.Diff(map[string]string{AnnotationPrefix + "app": "{}"}, got); diff != "" {
		t.Errorf("annotations (-want +got):\n%s", diff)
	}
	if InUse((*Plan)(nil).Apply(newPod().container("app", "-").pod), podFields) {
		t.Error("a nil plan makes an order")
	}
}
