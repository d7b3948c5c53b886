// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"os"

	"kubelet-ordering/hack/internal/onnode"
)

// enter runs this program again on a node with the given kubelet, and returns its exit code.
func enter(kubelet string) (int, error) {
	testnode, code, err := onnode.Build("demo")
	if code != 0 || err != nil {
		return code, err
	}
	// At -v=3 the kubelet logs its events: the only witness of when a container is told to stop.
	code, err = testnode.Run(onnode.Node{Kubelet: kubelet, Verbosity: 3}, os.Args[1:])
	return code, errors.Join(err, testnode.Close())
}
