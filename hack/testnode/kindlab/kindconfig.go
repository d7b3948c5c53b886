// SPDX-License-Identifier: Apache-2.0

package main

import "strings"

// kindConfig returns a configuration for a cluster of one control plane and two workers on this machine.
func kindConfig(wanted spec) string {
	var text strings.Builder
	text.WriteString("kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n")
	if wanted.CgroupVersion == 1 {
		// Kubelets refuse cgroup v1 by default since v1.35.
		text.WriteString(`kubeadmConfigPatches:
- |
  kind: KubeletConfiguration
  failCgroupV1: false
`)
	}
	text.WriteString("nodes:\n- role: control-plane\n- role: worker\n- role: worker\n")
	return text.String()
}
