// SPDX-License-Identifier: Apache-2.0

package v1_test

import (
	"maps"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	v1 "k8s.io/api/core/v1"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	featuregatetesting "k8s.io/component-base/featuregate/testing"
	"k8s.io/kubernetes/pkg/features"
)

// orderDefaults are our defaults in a pod in which every list has one entry.
var orderDefaults = map[string]string{
	".Spec.Containers[0].Lifecycle.DependsOn[0].Condition": `"Ready"`,
	".Spec.Containers[0].Lifecycle.Before[0].Condition":    `"Ready"`,
}

// Upstream's TestPodDefaults lists the defaults of all fields, so that no new default changes existing pods. Our defaults are
// safe to add to that list: they are inside list entries that only users can write.
func init() { maps.Copy(featureGatedPodDefaults, orderDefaults) }

// Upstream's TestWorkloadDefaults does the same for templates, where a new default would trigger a rollout of workloads. Its
// list cannot be extended: hack/upstream-unit.skip skips its half with all features, and this test checks what our defaults
// add.
func TestDependencyWorkloadDefaults(t *testing.T) {
	defaults := func(enabled bool) map[string]string {
		setAllFeatures(t, true)
		featuregatetesting.SetFeatureGateDuringTest(t, utilfeature.DefaultFeatureGate, features.ContainerDependencies, enabled)
		rc := &v1.ReplicationController{Spec: v1.ReplicationControllerSpec{Template: &v1.PodTemplateSpec{}}}
		return detectDefaults(t, rc, reflect.ValueOf(rc.Spec.Template))
	}
	without, with := defaults(false), defaults(true)
	want := maps.Clone(without)
	maps.Copy(want, orderDefaults)
	if diff := cmp.Diff(want, with); diff != "" {
		t.Errorf("defaults in templates (-without the feature, plus ours +with the feature):\n%s", diff)
	}
	if len(without) < 50 {
		t.Errorf("got only %d upstream defaults", len(without))
	}
}
