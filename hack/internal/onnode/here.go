// SPDX-License-Identifier: Apache-2.0

package onnode

import (
	"os"

	"kubelet-ordering/hack/internal/cri"
)

// Here is the node that this program runs on.
type Here struct {
	Runtime *cri.Client
	// Manifests is the directory of the kubelet's static pods.
	Manifests Manifests
	// Root is the node's root directory, which has the kubelet's log, for example.
	Root string
	// KubeletURL is the URL of the read-only port of a kubelet without an API server, KubeletPID the kubelet's PID.
	KubeletURL, KubeletPID string
}

// Inside reports whether this program runs on a node.
func Inside() bool { return os.Getenv("TESTNODE_ROOT") != "" }

// Open returns the node that this program runs on, with a client for its container runtime. The caller must close the client.
func Open() (Here, error) {
	runtime, err := cri.Dial(os.Getenv("CONTAINER_RUNTIME_ENDPOINT"))
	return Here{
		Runtime: runtime, Manifests: Manifests{Dir: os.Getenv("MANIFEST_DIR")}, Root: os.Getenv("TESTNODE_ROOT"),
		KubeletURL: os.Getenv("KUBELET_URL"), KubeletPID: os.Getenv("KUBELET_PID"),
	}, err
}
