// SPDX-License-Identifier: Apache-2.0

package shape

import "time"

// Path is the longest time that the order alone costs from the moment at which the first container may be started to that at
// which the last one runs: the greatest sum, over all paths through the order, of each container's own start and its warm-up. The
// container at the end of a path counts with its start only.
func (c Case) Path(start time.Duration) time.Duration {
	var longest time.Duration
	// ready is when each container is, counted along the longest path to it.
	ready := map[string]time.Duration{}
	for _, node := range c.Nodes() {
		var from time.Duration
		for _, name := range node.After {
			from = max(from, ready[name])
		}
		longest = max(longest, from+start)
		ready[node.Name] = from + start + c.warmUp(node)
	}
	return longest
}
