// SPDX-License-Identifier: Apache-2.0

package nodeimage

import (
	_ "embed"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"kubelet-ordering/hack/internal/image"
)

// PodNetManifest connects the pods of a cluster.
//
//go:embed podnet.yaml
var PodNetManifest string

// containerdConfig is as containerd has it by default, but for cgroups, which systemd manages, and the paths of a node. cmd/nodeinit
// adds what the machine demands.
const containerdConfig = `version = 3

[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = "registry.k8s.io/pause:3.10.2"

[plugins.'io.containerd.cri.v1.runtime'.cni]
  bin_dirs = ["/opt/cni/bin"]
  conf_dir = "/etc/cni/net.d"

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
  BinaryName = "/usr/local/sbin/runc"
  SystemdCgroup = true
`

const containerdUnit = `[Unit]
Description=containerd
After=network.target

[Service]
ExecStart=/usr/local/bin/containerd
Type=notify
Delegate=yes
KillMode=process
Restart=always
RestartSec=1
LimitNOFILE=1048576
TasksMax=infinity

[Install]
WantedBy=multi-user.target
`

// kubeletUnit takes its command line from the files that kubeadm documents. A kubelet whose cgroup root does not exist refuses to
// start; kind's configuration names one.
const kubeletUnit = `[Unit]
Description=kubelet
After=containerd.service
ConditionPathExists=/var/lib/kubelet/config.yaml
StartLimitIntervalSec=0

[Service]
Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf"
Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
EnvironmentFile=-/etc/default/kubelet
ExecStartPre=/usr/local/bin/nodeinit cgroup /kubelet
ExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS
Restart=always
RestartSec=1
CPUAccounting=true
MemoryAccounting=true

[Install]
WantedBy=multi-user.target
`

// masked are units that would change the machine, wait for devices that a container lacks, or do nothing of use in it.
var masked = []string{
	"systemd-sysctl.service", "systemd-modules-load.service", "systemd-udevd.service", "systemd-udev-trigger.service",
	"systemd-remount-fs.service", "systemd-logind.service", "systemd-networkd.service", "systemd-resolved.service",
	"systemd-timesyncd.service", "systemd-binfmt.service", "systemd-firstboot.service", "systemd-update-utmp.service",
	"systemd-journald-audit.socket", "systemd-udevd-kernel.socket", "systemd-udevd-control.socket", "dev-hugepages.mount",
	"dev-mqueue.mount", "sys-fs-fuse-connections.mount", "sys-kernel-config.mount", "sys-kernel-debug.mount", "sys-kernel-tracing.mount",
	"modprobe@.service", "console-getty.service", "getty.target", "getty-static.service", "nftables.service", "e2scrub_reap.service",
	"fstrim.timer", "apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "e2scrub_all.timer",
}

// SystemFiles returns the files of any machine with systemd and containerd in a container.
func SystemFiles() []image.File {
	files := []image.File{
		// The first process writes down there which address the machine had.
		image.Dir("kind", 0o755),
		image.Dir("etc/containerd", 0o755),
		image.Text("etc/containerd/config.toml", containerdConfig),
		image.Text("etc/systemd/system/containerd.service", containerdUnit),
		image.Text("etc/crictl.yaml", "runtime-endpoint: unix:///run/containerd/containerd.sock\n"),
		// An empty file makes systemd choose an ID at the first boot.
		image.Text("etc/machine-id", ""),
		image.Text("etc/fstab", ""),
		image.Link("etc/systemd/system/default.target", "/lib/systemd/system/multi-user.target"),
		image.Link("etc/systemd/system/multi-user.target.wants/containerd.service", "/etc/systemd/system/containerd.service"),
	}
	for _, unit := range masked {
		files = append(files, image.Link("etc/systemd/system/"+unit, "/dev/null"))
	}
	return files
}

// Files returns the files of a node that are neither programs nor Debian's.
func Files() []image.File {
	return append(SystemFiles(),
		image.Dir("kind/manifests", 0o755),
		image.Dir("etc/cni", 0o755), image.Dir("etc/cni/net.d", 0o755), image.Dir("opt/cni", 0o755), image.Dir("opt/cni/bin", 0o755),
		image.Dir("etc/kubernetes", 0o755), image.Dir("etc/kubernetes/manifests", 0o755), image.Dir("var/lib/kubelet", 0o755),
		image.Text("kind/version", Version),
		image.Text("kind/manifests/default-cni.yaml", PodNetManifest),
		image.Text("etc/default/kubelet", "KUBELET_EXTRA_ARGS=--runtime-cgroups=/system.slice/containerd.service\n"),
		image.Text("etc/systemd/system/kubelet.service", kubeletUnit),
		image.Link("etc/systemd/system/multi-user.target.wants/kubelet.service", "/etc/systemd/system/kubelet.service"),
	)
}

// Programs maps paths in a node to programs on this machine. The directories have the programs of Kubernetes, of the container
// runtime, and of other modules.
func Programs(kubernetes, runtime, modules string) map[string]string {
	programs := map[string]string{}
	for dir, sources := range map[string][]string{
		"usr/bin":        {kubernetes, "kubelet", "kubeadm", "kubectl"},
		"usr/local/bin":  {runtime, "containerd", "containerd-shim-runc-v2", "ctr"},
		"usr/local/sbin": {runtime, "runc"},
		"opt/cni/bin":    {modules, "ptp", "loopback", "host-local", "portmap"},
	} {
		for _, name := range sources[1:] {
			programs[dir+"/"+name] = filepath.Join(sources[0], name)
		}
	}
	for _, name := range []string{"crictl", "nodeinit"} {
		programs["usr/local/bin/"+name] = filepath.Join(modules, name)
	}
	return programs
}

// Dockerfile returns what makes the node image of an image with its file system. `docker import` knows no stop signal.
func Dockerfile(from, label string) string {
	return fmt.Sprintf(`FROM %s
ENV container=docker PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LABEL %s=%s
# It tells systemd to shut down. SIGTERM would make it start itself again.
STOPSIGNAL SIGRTMIN+3
ENTRYPOINT ["/usr/local/bin/nodeinit", "boot"]
`, from, Label, label)
}

// Label is the image's label that says what it was made of.
const Label = "kindlab.content"

func sortedKeys[V any](values map[string]V) []string { return slices.Sorted(maps.Keys(values)) }
