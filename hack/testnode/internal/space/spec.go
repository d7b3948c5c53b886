// SPDX-License-Identifier: Apache-2.0

// Package space gives a test node namespaces and cgroups of its own (processes, mounts, network, host name, cgroups), so that
// it touches nothing that the machine runs, and so that the kernel takes everything down when its first process ends.
//
//	testnode run        the outer process: makes the cgroups and the namespaces, removes the cgroups and the directory
//	└─ process 1        of the node's pid namespace: reaps orphans, and takes all others with it when it ends
//	   └─ supervisor    furnishes the namespaces, runs containerd, the kubelet and the command; ends when the outer one does
//	      ├─ containerd, kubelet, the user's command
//	      └─ (containers, through shims that process 1 adopts)
package space

import (
	"crypto/sha256"
	"fmt"

	"kubelet-ordering/hack/testnode/internal/host"
)

// Spec says what the namespaces of one node look like.
type Spec struct {
	// Root is the directory that holds everything the node writes.
	Root string
	// Hierarchies are the machine's, as seen from outside.
	Hierarchies []host.Hierarchy
}

// CgroupName is the name of the node's cgroup in every hierarchy. It follows from the root directory alone, so that whoever
// finds the directory of a dead node can remove its cgroups.
func (s Spec) CgroupName() string { return CgroupName(s.Root) }

// CgroupPrefix begins the name of every node's cgroup.
const CgroupPrefix = "ordtest-"

// CgroupName is the cgroup of the node with that root directory.
func CgroupName(root string) string {
	return fmt.Sprintf("%s%.8x", CgroupPrefix, sha256.Sum256([]byte(root)))
}
