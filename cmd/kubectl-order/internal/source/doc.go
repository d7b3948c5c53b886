// SPDX-License-Identifier: Apache-2.0

// Package source finds the pods and pod templates that a command is about: in files, in a kustomization, on standard input or in a
// cluster, of any kind that has a pod template.
package source

import "kubelet-ordering/internal/workload"

// Bounds of what is read.
const (
	// MaxFileBytes is the greatest size of one file, and of standard input.
	MaxFileBytes = 64 << 20
	// MaxFiles is the greatest number of files that a command reads.
	MaxFiles = 10000
	// MaxDepth is the depth to which directories are searched.
	MaxDepth = 32
	// chunk is the number of objects that one request to the API server asks for.
	chunk = 500
)

// Pod is a pod or a pod template.
type Pod = workload.Pod
