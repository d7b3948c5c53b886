// SPDX-License-Identifier: Apache-2.0

// Package cluster provides what a control plane on a test node needs: keys and certificates, kubeconfigs, the command lines of
// the servers, and checks whether it is ready. It starts no programs.
package cluster
