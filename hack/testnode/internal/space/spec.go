// SPDX-License-Identifier: Apache-2.0

// Package space gives a test node its own namespaces (processes, mounts, network, host name, cgroups) and cgroups. The node does
// not affect what the machine runs, and the kernel kills all its processes when its first one ends.
//
//	testnode run        the outer process: creates the cgroups and the namespaces, removes the cgroups and the directory
//	└─ process 1        of the node's PID namespace: reaps orphans; when it ends, the kernel kills all others
//	   └─ supervisor    sets up the namespaces, runs containerd, the kubelet and the command; ends with the outer process
//	      ├─ containerd, kubelet, the user's command
//	      └─ (containers, under shims that process 1 adopts)
package space

import (
	"crypto/sha256"
	"fmt"

	"kubelet-ordering/hack/testnode/internal/host"
)

// Spec describes the namespaces of one node.
type Spec struct {
	// Root is the directory that holds everything the node writes.
	Root string
	// Hierarchies are the machine's cgroup hierarchies, as seen from outside.
	Hierarchies []host.Hierarchy
	// Disk is the size in bytes of a file system of the node's own for its data; 0 means that it uses the machine's.
	Disk int64
	// OwnTmp gives the node a /tmp of its own, which is removed with its root directory. Of the machine's /tmp it has only what holds
	// the root directory or one of the paths in Shown; if that is /tmp itself, the node has the machine's.
	OwnTmp bool
	Shown  []string
}

// CgroupName returns the name of the node's cgroup in every hierarchy. The name depends only on the root directory, so that a later
// run that finds the directory of a dead node can remove its cgroups.
func (s Spec) CgroupName() string { return CgroupName(s.Root) }

// CgroupPrefix is the prefix of the names of all nodes' cgroups.
const CgroupPrefix = "ordtest-"

// CgroupName returns the name of the cgroup of the node with the given root directory.
func CgroupName(root string) string {
	return fmt.Sprintf("%s%.8x", CgroupPrefix, sha256.Sum256([]byte(root)))
}
