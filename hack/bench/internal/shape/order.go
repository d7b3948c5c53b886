// SPDX-License-Identifier: Apache-2.0

package shape

// Order returns the containers of the case with what each waits for in the style: a native sidecar waits for the one before it in the
// list.
func Order(c Case, style Style) []Node {
	nodes := c.Nodes()
	if style != Native || c.Kind == Ordinary {
		return nodes
	}
	for i := range nodes {
		nodes[i].After = nil
		if i > 0 {
			nodes[i].After = []string{nodes[i-1].Name}
		}
	}
	return nodes
}
