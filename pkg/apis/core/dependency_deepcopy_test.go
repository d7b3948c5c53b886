// SPDX-License-Identifier: Apache-2.0

package core

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A copy is equal, distinguishes nil from empty, and shares no memory.
func TestDependencyDeepCopy(t *testing.T) {
	original := func() *Lifecycle {
		return &Lifecycle{
			PreStop:            &LifecycleHandler{Sleep: &SleepAction{Seconds: 1}},
			Type:               new(LifecycleTypeSidecar),
			DependsOn:          []ContainerDependency{{Container: "a", Condition: ContainerDependencyReady, Optional: new(true)}, {Container: "b"}},
			Before:             []ContainerDependency{{Type: LifecycleTypeSidecar, Optional: new(true)}},
			PreStopTiming:      new(PreStopTimingInTurn),
			StopTimeoutSeconds: new(int64(5)),
		}
	}
	l := original()
	copied := l.DeepCopy()
	if diff := cmp.Diff(l, copied); diff != "" {
		t.Fatalf("the copy differs (-original +copy):\n%s", diff)
	}
	copied.PreStop.Sleep.Seconds = 2
	*copied.Type = LifecycleTypeStandard
	copied.DependsOn[0].Condition = ContainerDependencyStarted
	*copied.DependsOn[0].Optional = false
	copied.Before[0].Type = LifecycleTypeStandard
	*copied.Before[0].Optional = false
	*copied.PreStopTiming = PreStopTimingAtTermination
	*copied.StopTimeoutSeconds = 6
	if diff := cmp.Diff(original(), l); diff != "" {
		t.Errorf("changing the copy changed the original (-before +after):\n%s", diff)
	}
	empty := &Lifecycle{DependsOn: []ContainerDependency{}, Before: []ContainerDependency{}}
	if diff := cmp.Diff(empty, empty.DeepCopy()); diff != "" {
		t.Errorf("the copy of empty lists differs (-original +copy):\n%s", diff)
	}
}
