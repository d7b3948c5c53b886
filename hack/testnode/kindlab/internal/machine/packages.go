// SPDX-License-Identifier: Apache-2.0

package machine

import (
	"path/filepath"
	"strings"

	"kubelet-ordering/hack/internal/image"
	"kubelet-ordering/hack/testnode/kindlab/internal/deb"
)

// kubeletUnit runs a kubelet without arguments, and again and again until kubeadm has configured it.
const kubeletUnit = `[Unit]
Description=kubelet
Wants=network-online.target
After=network-online.target

[Service]
ExecStart=/usr/bin/kubelet
Restart=always
StartLimitInterval=0
RestartSec=10

[Install]
WantedBy=multi-user.target
`

// kubeadmDropIn gives the kubelet the arguments that kubeadm documents.
const kubeadmDropIn = `[Service]
Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf"
Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
EnvironmentFile=-/etc/default/kubelet
ExecStart=
ExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS
`

// kubeletScripts leave the unit alone in an upgrade, as upstream's package does: whoever upgrades a node restarts it.
var kubeletScripts = map[string]string{
	"postinst": `#!/bin/sh
set -e
if [ "$1" = configure ] && [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
`,
	"prerm": `#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then deb-systemd-invoke stop kubelet.service; fi
`,
	"postrm": `#!/bin/sh
set -e
if [ "$1" = purge ]; then deb-systemd-helper purge kubelet.service; fi
if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
`,
}

// Release are the packages of one version of Kubernetes, such as v1.37.1. The directory has its programs.
func Release(version, programs string) []deb.Package {
	number := strings.TrimPrefix(version, "v") + "-1.1"
	from := func(name string) map[string]string {
		return map[string]string{"usr/bin/" + name: filepath.Join(programs, name)}
	}
	return []deb.Package{
		{
			Name: "kubelet", Version: number, Description: "Kubernetes on a node", Programs: from("kubelet"),
			Depends: []string{"iptables", "kubernetes-cni", "mount", "util-linux"},
			Files: []image.File{
				image.Text("usr/lib/systemd/system/kubelet.service", kubeletUnit),
				image.Text("etc/default/kubelet", "KUBELET_EXTRA_ARGS=\n"),
				image.Text("etc/kubernetes/manifests/.kubelet-keep", ""),
				image.Text("var/lib/kubelet/.kubelet-keep", ""),
			},
			Configuration: []string{"etc/default/kubelet"},
			Scripts:       kubeletScripts,
		},
		{
			Name: "kubeadm", Version: number, Description: "makes clusters", Programs: from("kubeadm"), Depends: []string{"cri-tools"},
			Files: []image.File{image.Text("usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf", kubeadmDropIn)},
		},
		{Name: "kubectl", Version: number, Description: "asks clusters", Programs: from("kubectl")},
	}
}

// Tools are the packages that do not follow the versions of Kubernetes. The directory has their programs.
func Tools(programs string) []deb.Package {
	plugins := map[string]string{}
	for _, name := range []string{"ptp", "loopback", "host-local", "portmap"} {
		plugins["opt/cni/bin/"+name] = filepath.Join(programs, name)
	}
	return []deb.Package{
		{
			Name: "cri-tools", Version: "1.37.0-1.1", Description: "asks container runtimes",
			Programs: map[string]string{"usr/bin/crictl": filepath.Join(programs, "crictl")},
		},
		{Name: "kubernetes-cni", Version: "1.9.1-1.1", Description: "networks of pods", Programs: plugins},
	}
}
