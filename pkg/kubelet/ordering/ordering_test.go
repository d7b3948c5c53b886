// SPDX-License-Identifier: Apache-2.0

package ordering

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	featuregatetesting "k8s.io/component-base/featuregate/testing"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	"k8s.io/kubernetes/pkg/apis/core"
	"k8s.io/kubernetes/pkg/apis/core/validation"
	"k8s.io/kubernetes/pkg/features"
)

// No pod can carry the annotation that pins a plan: the API server, and a kubelet that reads a manifest, refuse it.
func TestDependencyPinnedPlanAnnotationIsRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		key     string
		refused bool
	}{
		"the pinned plan":       {key: PinnedPlanAnnotation, refused: true},
		"an ordinary container": {key: dependency.AnnotationPrefix + "app"},
	} {
		t.Run(name, func(t *testing.T) {
			pod := &core.Pod{ObjectMeta: metav1.ObjectMeta{Name: "pod", Namespace: "test", Annotations: map[string]string{tt.key: "{}"}}}
			refused := false
			for _, err := range validation.ValidatePodCreate(pod, validation.PodValidationOptions{}) {
				refused = refused || strings.HasPrefix(err.Field, "metadata.annotations")
			}
			if refused != tt.refused {
				t.Errorf("refused: %t, want %t", refused, tt.refused)
			}
		})
	}
}

// The Standard containers are found wherever they stand in the list, and the pod itself stays as it is.
func TestDependencyWithoutSidecars(t *testing.T) {
	for name, tt := range map[string]struct {
		// containers are names; those in upper case are Sidecars.
		containers, want []string
		sidecars, off    bool
	}{
		"no Sidecar":       {containers: []string{"a", "b"}, want: []string{"a", "b"}},
		"Sidecar first":    {containers: []string{"A", "b", "c"}, want: []string{"b", "c"}, sidecars: true},
		"Sidecar between":  {containers: []string{"a", "B", "c"}, want: []string{"a", "c"}, sidecars: true},
		"Sidecars around":  {containers: []string{"A", "b", "C"}, want: []string{"b"}, sidecars: true},
		"Sidecar last":     {containers: []string{"a", "b", "C"}, want: []string{"a", "b"}, sidecars: true},
		"the gate is off":  {containers: []string{"a", "B"}, want: []string{"a", "B"}, off: true},
		"no containers":    {},
		"two of each kind": {containers: []string{"A", "b", "C", "d"}, want: []string{"b", "d"}, sidecars: true},
	} {
		t.Run(name, func(t *testing.T) {
			featuregatetesting.SetFeatureGateDuringTest(t, utilfeature.DefaultFeatureGate, features.ContainerDependencies, !tt.off)
			pod := &v1.Pod{}
			for _, c := range tt.containers {
				container := v1.Container{Name: c}
				if c < "a" {
					sidecar := v1.LifecycleTypeSidecar
					container.Lifecycle = &v1.Lifecycle{Type: &sidecar}
				}
				pod.Spec.Containers = append(pod.Spec.Containers, container)
			}
			before := pod.DeepCopy()
			standard, sidecars := WithoutSidecars(pod)
			var got []string
			for _, c := range standard.Spec.Containers {
				got = append(got, c.Name)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || sidecars != tt.sidecars {
				t.Errorf("Sidecars %t, want %t; containers (-want +got):\n%s", sidecars, tt.sidecars, diff)
			}
			if diff := cmp.Diff(before, pod); diff != "" {
				t.Errorf("the pod was changed (-before +after):\n%s", diff)
			}
		})
	}
}
