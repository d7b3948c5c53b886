// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"cmp"
	"slices"
	"strings"
)

// saysTheSame reports whether two lifecycles are equivalent: explicit defaults and the order of the lists do not matter.
func (l *Lifecycle) saysTheSame(other *Lifecycle, native bool) bool {
	a, b := l.normalized(native), other.normalized(native)
	sameTimeout := (a.StopTimeoutSeconds == nil) == (b.StopTimeoutSeconds == nil) &&
		(a.StopTimeoutSeconds == nil || *a.StopTimeoutSeconds == *b.StopTimeoutSeconds)
	return a.Type == b.Type && slices.Equal(a.DependsOn, b.DependsOn) && slices.Equal(a.Before, b.Before) &&
		a.PreStopTiming == b.PreStopTiming && sameTimeout
}

// normalized returns a copy with explicit defaults and sorted lists.
func (l *Lifecycle) normalized(native bool) Lifecycle {
	n := Lifecycle{
		Type: l.Type, DependsOn: normalizedEntries(l.DependsOn), Before: normalizedEntries(l.Before),
		PreStopTiming: cmp.Or(l.PreStopTiming, defaultTiming(native)), StopTimeoutSeconds: l.StopTimeoutSeconds,
	}
	if !native {
		n.Type = cmp.Or(l.Type, Standard)
	}
	for i := range n.Before {
		// A name that is absent is ignored anyway.
		n.Before[i].Optional = true
	}
	return n
}

func normalizedEntries(entries []Dependency) []Dependency {
	sorted := slices.Clone(entries)
	for i := range sorted {
		sorted[i].Condition = sorted[i].condition()
	}
	slices.SortFunc(sorted, func(a, b Dependency) int {
		return cmp.Or(strings.Compare(a.Container, b.Container), strings.Compare(string(a.Type), string(b.Type)),
			strings.Compare(string(a.Condition), string(b.Condition)))
	})
	return sorted
}

// fieldNames returns the names of the set fields.
func (l *Lifecycle) fieldNames() []string {
	var names []string
	if l == nil {
		return names
	}
	for _, f := range []struct {
		name string
		set  bool
	}{
		{"type", l.Type != ""},
		{"dependsOn", len(l.DependsOn) > 0},
		{"before", len(l.Before) > 0},
		{"preStopTiming", l.PreStopTiming != ""},
		{"stopTimeoutSeconds", l.StopTimeoutSeconds != nil},
	} {
		if f.set {
			names = append(names, f.name)
		}
	}
	return names
}
