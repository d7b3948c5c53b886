// SPDX-License-Identifier: Apache-2.0

package history

import (
	"slices"
	"time"

	v1 "k8s.io/api/core/v1"

	"kubelet-ordering/cmd/kubectl-order/internal/safe"
	"kubelet-ordering/internal/facts"
)

// maxWaits is the greatest number of changes of a container's wait that are remembered.
const maxWaits = 1000

// Memory is what was seen of a pod while it was watched.
type Memory struct {
	// seenReady is when a run was first seen ready, by container ID.
	seenReady map[string]time.Time
	// waits are the changes of what a container waits for, by name. states are the last ones.
	waits map[string][]facts.Wait
}

// Note notes a status that was seen at the time.
func (m *Memory) Note(at time.Time, pod *v1.Pod) {
	if m.seenReady == nil {
		m.seenReady, m.waits = map[string]time.Time{}, map[string][]facts.Wait{}
	}
	for _, s := range slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses) {
		if _, seen := m.seenReady[s.ContainerID]; s.Ready && s.ContainerID != "" && !seen {
			m.seenReady[s.ContainerID] = at
		}
		if s.State.Waiting == nil {
			continue
		}
		wait := facts.Wait{From: at, Reason: safe.Line(s.State.Waiting.Reason), Message: safe.Line(s.State.Waiting.Message)}
		known := m.waits[s.Name]
		if n := len(known); n > maxWaits || n > 0 && known[n-1].Reason == wait.Reason && known[n-1].Message == wait.Message {
			continue
		}
		m.waits[s.Name] = append(known, wait)
	}
}

func (m *Memory) ready(id string) (time.Time, bool) {
	if m == nil {
		return time.Time{}, false
	}
	at, ok := m.seenReady[id]
	return at, ok
}
