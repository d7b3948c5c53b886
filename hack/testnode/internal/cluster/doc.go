// SPDX-License-Identifier: Apache-2.0

// Package cluster knows what a control plane on a test node needs: keys and certificates, kubeconfigs, the servers' command
// lines, and when it is ready for use. It starts nothing.
package cluster
