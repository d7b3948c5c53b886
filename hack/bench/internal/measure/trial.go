// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"fmt"
	"time"

	"kubelet-ordering/hack/bench/internal/shape"
	"kubelet-ordering/hack/internal/cri"
)

// trial is one pod that is started and stopped.
type trial struct {
	shape.Case
	limit time.Duration

	// Moments that have come.
	placed, up, withdrawn time.Time
	done                  bool
	// intended ends of the containers after the pod's withdrawal, if all take all the time that they are given.
	intended map[string]time.Duration
}

// off is the most by which a container ended earlier or later than it was to.
func (t *trial) off(pod *cri.Pod) time.Duration {
	var most time.Duration
	for _, c := range pod.Containers {
		if intended, known := t.intended[c.Name]; known {
			most = max(most, (c.Finished.Sub(t.withdrawn) - intended).Abs())
		}
	}
	return most
}

// slack is by how much the runtime's stamp of a start may be later than the start.
const slack = 50 * time.Millisecond

// inOrder finds a container that was started before what it waits for could be warm, or that was started anew, as none of them
// fails: then the measured time means nothing.
func (t *trial) inOrder(pod *cri.Pod) error {
	if name := pod.Again(); name != "" {
		return fmt.Errorf("%s was killed and started again", name)
	}
	starts := pod.Starts()
	for _, node := range t.Nodes() {
		for _, name := range node.After {
			after, needed := starts[node.Name].Sub(starts[name]), t.WarmUpOf(name)
			if after < needed-slack {
				return fmt.Errorf("%s started %v after %s, which needs %v to be ready",
					node.Name, after.Round(time.Millisecond), name, needed)
			}
		}
	}
	return nil
}
