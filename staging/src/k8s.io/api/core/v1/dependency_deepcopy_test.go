// SPDX-License-Identifier: Apache-2.0

package v1

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A copy is equal, distinguishes nil from empty, and shares no memory.
func TestDependencyDeepCopy(t *testing.T) {
	lifecycles := orderedLifecycles()
	lifecycles["empty lists"] = &Lifecycle{DependsOn: []ContainerDependency{}, Before: []ContainerDependency{}}
	for name, original := range lifecycles {
		t.Run(name, func(t *testing.T) {
			before := original.String()
			got := original.DeepCopy()
			if diff := cmp.Diff(original, got); diff != "" {
				t.Fatalf("the copy differs (-original +copy):\n%s", diff)
			}
			if got.Type != nil {
				*got.Type = "other"
			}
			for _, list := range [][]ContainerDependency{got.DependsOn, got.Before} {
				for i := range list {
					list[i].Container = "other"
					if list[i].Optional != nil {
						*list[i].Optional = !*list[i].Optional
					}
				}
			}
			if got.PreStopTiming != nil {
				*got.PreStopTiming = "other"
			}
			if got.StopTimeoutSeconds != nil {
				*got.StopTimeoutSeconds++
			}
			if after := original.String(); after != before {
				t.Errorf("changing the copy changed the original from %s to %s", before, after)
			}
		})
	}
	var nothing *ContainerDependency
	if nothing.DeepCopy() != nil {
		t.Error("DeepCopy() of nil is not nil")
	}
}
