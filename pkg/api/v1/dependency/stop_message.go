// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"fmt"
	"slices"
	"strings"
)

// maxStopNames bounds the text in a pod's status: the pod may have hundreds of containers.
const maxStopNames = 10

// StopMessage lists the containers that are stopping, and what each other running container waits for:
//
//	stopping "app"; "proxy" waits for "app"; "certs" waits for "app", "proxy"
//
// It is empty if no container runs. told reports whether a container has been told to stop. The text changes only with
// running and told.
func (g *Graph) StopMessage(running, told func(name string) bool) string {
	var stopping, waiting []string
	for i := range g.nodes {
		name := g.nodes[i].name
		switch {
		case !running(name):
		case told(name):
			stopping = append(stopping, name)
		default:
			waiting = append(waiting, name)
		}
	}
	var parts []string
	if len(stopping) > 0 {
		slices.Sort(stopping)
		parts = append(parts, "stopping "+quotedList(stopping))
	}
	// The next containers to stop come first.
	after := map[string][]string{}
	for _, name := range waiting {
		after[name] = g.runningBefore(name, running)
	}
	slices.SortFunc(waiting, func(a, b string) int {
		if n := len(after[a]) - len(after[b]); n != 0 {
			return n
		}
		return strings.Compare(a, b)
	})
	for i, name := range waiting {
		if i == maxStopNames {
			parts = append(parts, fmt.Sprintf("%d more wait", len(waiting)-i))
			break
		}
		if len(after[name]) > 0 {
			parts = append(parts, fmt.Sprintf("%q waits for %s", name, quotedList(after[name])))
		}
	}
	return strings.Join(parts, "; ")
}

// quotedList returns the first names and the number of the others.
func quotedList(names []string) string {
	var quoted []string
	for i, name := range names {
		if i == maxStopNames {
			return strings.Join(quoted, ", ") + fmt.Sprintf(" and %d more", len(names)-i)
		}
		quoted = append(quoted, fmt.Sprintf("%q", name))
	}
	return strings.Join(quoted, ", ")
}
