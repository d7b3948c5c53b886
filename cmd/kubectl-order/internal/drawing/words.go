// SPDX-License-Identifier: Apache-2.0

package drawing

import (
	"fmt"
	"strings"

	"kubelet-ordering/cmd/kubectl-order/internal/safe"
	"kubelet-ordering/pkg/api/v1/dependency"
)

// label is what an arrow is for.
func label(condition string) string {
	switch dependency.Condition(condition) {
	case dependency.None:
		return "stops after"
	case dependency.StartEnded:
		return "postStart hook"
	}
	return condition
}

// claim says what an edge means: "web, worker wait for mesh to be Ready".
func claim(dependents []string, dependency string, condition string) string {
	verb, stop := "waits", "stops"
	if len(dependents) > 1 {
		verb, stop = "wait", "stop"
	}
	return fmt.Sprintf("%s %s", safe.Line(strings.Join(dependents, ", ")), predicate(verb, stop, dependency, condition))
}

func predicate(verb, stop, name, condition string) string {
	name = safe.Line(name)
	switch dependency.Condition(condition) {
	case dependency.None:
		return fmt.Sprintf("%s before %s, and %s not wait for it", stop, name, map[bool]string{true: "do", false: "does"}[stop == "stop"])
	case dependency.StartEnded:
		return fmt.Sprintf("%s for the postStart hook of %s", verb, name)
	}
	return fmt.Sprintf("%s for %s to be %s", verb, name, condition)
}

// strengths in words.
var strengths = map[string]string{
	dependency.Named.String(): "named", dependency.ByType.String(): "by type", dependency.BySidecar.String(): "a Sidecar",
	dependency.ByList.String(): "list of hooks",
}

// where is the last part of a path: before[0], or type.
func where(path string) string {
	for _, mark := range []string{"].", "lifecycle."} {
		if i := strings.LastIndex(path, mark); i >= 0 && !strings.HasPrefix(path[i+len(mark):], "lifecycle") {
			return path[i+len(mark):]
		}
	}
	return path
}

// Why says why a statement was dropped.
func (d *Dropped) Why() string {
	switch dependency.DropReason(d.Reason) {
	case dependency.Overruled:
		return "a stronger statement about the two counts"
	case dependency.Contradicted:
		return "it contradicts " + safe.Line(path(d.Back))
	}
	return "a native sidecar starts before all regular containers"
}

// path writes a path of edges: each waits for the next. It leaves out the middle of a long one.
func path(names []string) string {
	const most = 8
	if len(names) > most {
		names = append(append([]string{}, names[:most-2]...), "…", names[len(names)-1])
	}
	return strings.Join(names, " -> ")
}
