// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"cmp"
	"slices"
	"strings"
)

// saysTheSame reports whether two lifecycles are equivalent: explicit defaults and the order of the lists do not matter.
func (l *Lifecycle) saysTheSame(other *Lifecycle) bool {
	a, b := l.normalized(), other.normalized()
	sameTimeout := (a.StopTimeoutSeconds == nil) == (b.StopTimeoutSeconds == nil) &&
		(a.StopTimeoutSeconds == nil || *a.StopTimeoutSeconds == *b.StopTimeoutSeconds)
	return a.Type == b.Type && slices.Equal(a.DependsOn, b.DependsOn) && slices.Equal(a.Before, b.Before) && sameTimeout
}

// normalized returns a copy with explicit defaults and sorted lists.
func (l *Lifecycle) normalized() Lifecycle {
	n := Lifecycle{Type: cmp.Or(l.Type, Standard), StopTimeoutSeconds: l.StopTimeoutSeconds}
	for _, d := range l.DependsOn {
		d.Condition = d.condition()
		n.DependsOn = append(n.DependsOn, d)
	}
	slices.SortFunc(n.DependsOn, func(a, b Dependency) int {
		return cmp.Or(strings.Compare(a.Container, b.Container), strings.Compare(string(a.Condition), string(b.Condition)))
	})
	n.Before = append(n.Before, l.Before...)
	slices.Sort(n.Before)
	return n
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
		{"stopTimeoutSeconds", l.StopTimeoutSeconds != nil},
	} {
		if f.set {
			names = append(names, f.name)
		}
	}
	return names
}
