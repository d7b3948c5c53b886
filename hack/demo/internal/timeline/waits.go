// SPDX-License-Identifier: Apache-2.0

package timeline

import (
	"regexp"
	"slices"

	"kubelet-ordering/hack/demo/internal/facts"
	"kubelet-ordering/pkg/api/v1/dependency"
)

// The reasons that the kubelet gives for containers that do not run.
const (
	waitingForDependencies = "WaitingForDependencies"
	dependencyFailed       = "DependencyFailed"
)

// blocker is one part of a message such as `waiting for "certs" to be Succeeded (running), "proxy" to be Ready (created)`.
var blocker = regexp.MustCompile(`"([^"]+)" to be (\w+)`)

func blockers(w facts.Wait) []dependency.Dependency {
	if w.Reason != waitingForDependencies {
		return nil
	}
	var found []dependency.Dependency
	for _, match := range blocker.FindAllStringSubmatch(w.Message, -1) {
		found = append(found, dependency.Dependency{Container: match[1], Condition: dependency.Condition(match[2])})
	}
	return found
}

// note is what to say of another wait than one for containers. That a container is about to be made needs no word.
func note(w facts.Wait) string {
	switch w.Reason {
	case "", waitingForDependencies, "ContainerCreating", "PodInitializing":
		return ""
	case dependencyFailed:
		return "can never start"
	}
	return w.Reason
}

func sameWait(a, b Span) bool { return a.Note == b.Note && slices.Equal(a.For, b.For) }
