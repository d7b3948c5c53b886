// SPDX-License-Identifier: Apache-2.0

package onnode

import (
	"os"

	"kubelet-ordering/hack/internal/cri"
)

// Here is the node that this program is on.
type Here struct {
	Runtime *cri.Client
	// Manifests of the kubelet's static pods.
	Manifests Manifests
	// Root is the directory with all that the node has, such as the kubelet's log.
	Root string
	// KubeletURL is that of the kubelet's read-only port, KubeletPID the number of its process.
	KubeletURL, KubeletPID string
}

// Inside reports whether this program runs on a node already.
func Inside() bool { return os.Getenv("KUBELET_URL") != "" }

// Open reaches the node's runtime. The caller closes it.
func Open() (Here, error) {
	runtime, err := cri.Dial(os.Getenv("CONTAINER_RUNTIME_ENDPOINT"))
	return Here{
		Runtime: runtime, Manifests: Manifests{Dir: os.Getenv("MANIFEST_DIR")}, Root: os.Getenv("TESTNODE_ROOT"),
		KubeletURL: os.Getenv("KUBELET_URL"), KubeletPID: os.Getenv("KUBELET_PID"),
	}, err
}
