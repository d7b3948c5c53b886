// SPDX-License-Identifier: Apache-2.0

package features

import (
	"testing"

	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/component-base/featuregate"
)

// The gates are alpha and, in this fork only, on by default. Each can be turned off without the other.
func TestDependencyGatesContainerDependencies(t *testing.T) {
	for _, gate := range []featuregate.Feature{ContainerDependencies, ContainerDependencyEagerProbes} {
		t.Run(string(gate), func(t *testing.T) {
			gates := utilfeature.DefaultMutableFeatureGate
			spec, registered := gates.GetAll()[gate]
			if !registered {
				t.Fatal("the gate is not registered")
			}
			if spec.PreRelease != featuregate.Alpha || spec.LockToDefault {
				t.Errorf("spec %+v, want an alpha gate that is not locked", spec)
			}
			want := containerDependenciesDefault == "true"
			if got := gates.Enabled(gate); got != want {
				t.Errorf("enabled by default: %t, want %t", got, want)
			}
			// Upstream requires alpha gates to be off by default, and checks the table of all gates.
			for _, v := range defaultVersionedKubernetesFeatureGates[gate] {
				if v.Default {
					t.Errorf("%+v in the table is on by default", v)
				}
			}
			copied := gates.DeepCopy()
			for _, value := range []string{"false", "true"} {
				if err := copied.Set(string(gate) + "=" + value); err != nil {
					t.Fatal(err)
				}
				if got := copied.Enabled(gate); got != (value == "true") {
					t.Errorf("Enabled() = %t after the gate was set to %s", got, value)
				}
			}
			if err := copied.SetFromMap(map[string]bool{"AllAlpha": false}); err != nil {
				t.Fatal(err)
			}
			if !copied.Enabled(gate) {
				t.Error("AllAlpha=false turned off a gate that was turned on by name")
			}
		})
	}
}
