// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"fmt"
	"time"

	"kubelet-ordering/hack/bench/internal/shape"
	"kubelet-ordering/hack/internal/cri"
)

// trial is one pod to start and stop.
type trial struct {
	shape.Case
	limit time.Duration

	// placed, up and withdrawn are zero until they happen.
	placed, up, withdrawn time.Time
	done                  bool
	// intended are the expected ends of the containers, relative to withdrawn, if each uses up its stop limit.
	intended map[string]time.Duration
}

// off is the largest difference between the intended and the actual end of a container.
func (t *trial) off(pod *cri.Pod) time.Duration {
	var most time.Duration
	for _, c := range pod.Containers {
		if intended, known := t.intended[c.Name]; known {
			most = max(most, (c.Finished.Sub(t.withdrawn) - intended).Abs())
		}
	}
	return most
}

// slack is how much later than the start the runtime's timestamp of it may be.
const slack = 50 * time.Millisecond

// inOrder returns an error if a container was started before its dependencies could be ready, or was restarted, although none of them
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
