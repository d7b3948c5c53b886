// SPDX-License-Identifier: Apache-2.0

package main

import "strings"

// patience gives kubeadm more time than the minute or two that it has by default: the lab also runs beside other work. A scheduler or
// controller manager that is late there must not give up its lease and end: it has no second one. The value replaces kind's list.
const patience = `- |
  kind: ClusterConfiguration
  controllerManager:
    extraArgs:
    - {name: enable-hostpath-provisioner, value: "true"}
    - {name: leader-elect, value: "false"}
  scheduler:
    extraArgs:
    - {name: leader-elect, value: "false"}
- |
  kind: InitConfiguration
  timeouts:
    controlPlaneComponentHealthCheck: 10m
    kubeletHealthCheck: 10m
    kubernetesAPICall: 10m
- |
  kind: JoinConfiguration
  timeouts:
    kubeletHealthCheck: 10m
    kubernetesAPICall: 10m
    tlsBootstrap: 10m
`

// kindConfig returns a configuration for a cluster of one control plane and two workers on this machine.
func kindConfig(wanted spec) string {
	var text strings.Builder
	text.WriteString("kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nkubeadmConfigPatches:\n" + patience)
	if wanted.CgroupVersion == 1 {
		// Kubelets refuse cgroup v1 by default since v1.35.
		text.WriteString("- |\n  kind: KubeletConfiguration\n  failCgroupV1: false\n")
	}
	text.WriteString("nodes:\n- role: control-plane\n- role: worker\n- role: worker\n")
	return text.String()
}
