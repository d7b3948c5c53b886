// SPDX-License-Identifier: Apache-2.0

package features

import (
	"testing"

	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/component-base/featuregate"
)

// The gates are alpha, on by default in this fork only, and each can be turned off without the other.
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
			// Upstream demands of an alpha gate that it is off by default, and checks the table of all gates.
			for _, v := range defaultVersionedKubernetesFeatureGates[gate] {
				if v.Default {
					t.Errorf("%+v of the table is on by default", v)
				}
			}
			copied := gates.DeepCopy()
			for _, value := range []string{"false", "true"} {
				if err := copied.Set(string(gate) + "=" + value); err != nil {
					t.Fatal(err)
				}
				if got := copied.Enabled(gate); got != (value == "true") {
					t.Errorf("set to %s, and it is %t", value, got)
				}
			}
			if err := copied.SetFromMap(map[string]bool{"AllAlpha": false}); err != nil {
				t.Fatal(err)
			}
			if !copied.Enabled(gate) {
				t.Error("AllAlpha=false turns off what was turned on by name")
			}
		})
	}
}
