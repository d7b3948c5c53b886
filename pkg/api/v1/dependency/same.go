// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
)

// saysTheSame compares what two lifecycles mean: a default may be written or not, and the order of their lists says nothing.
func (l *Lifecycle) saysTheSame(other *Lifecycle) bool {
	a, b := l.normalized(), other.normalized()
	sameTimeout := (a.StopTimeoutSeconds == nil) == (b.StopTimeoutSeconds == nil) &&
		(a.StopTimeoutSeconds == nil || *a.StopTimeoutSeconds == *b.StopTimeoutSeconds)
	return a.Type == b.Type && slices.Equal(a.DependsOn, b.DependsOn) && slices.Equal(a.Before, b.Before) && sameTimeout
}

// normalized returns a copy with the defaults written and the lists sorted.
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

// text is the lifecycle as an annotation would have it, in a bounded length.
func (l *Lifecycle) text() string {
	// A Lifecycle holds nothing that cannot be encoded.
	text, _ := json.Marshal(l)
	return shorten(string(text))
}

// fieldNames are the names of the fields that are set.
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
