// SPDX-License-Identifier: Apache-2.0

// Package node runs containerd and a kubelet inside the namespaces of package space.
package node

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"kubelet-ordering/hack/testnode/internal/cluster"
	"kubelet-ordering/hack/testnode/internal/space"
)

// Spec is all that the supervisor needs to know. It is passed as a file in the root directory.
type Spec struct {
	Space space.Spec
	// CNIBinDir is the directory of the CNI plugins.
	CNIBinDir string
	// ImageDir is an OCI layout with the images that the node's registry serves.
	ImageDir string
	// Images are the names of the images that are pulled when the node is brought up; none means all.
	Images []string
	// CgroupVersion is 1 or 2.
	CgroupVersion int
	// Restricted reports whether root cannot lower OOM scores on the machine.
	Restricted bool
	// Systemd reports whether the node is the whole machine and its programs are services of the machine's systemd, instead of
	// processes in namespaces of the node.
	Systemd bool
	// Kubelet is the kubelet to start; if nil, the command starts one.
	Kubelet *Kubelet
	// Cluster is the control plane that the kubelet registers with; if nil, the kubelet is standalone.
	Cluster *cluster.Options
	// Proxy stands between the kubelet and containerd, if there is one.
	Proxy *Proxy
	// Command runs when the node is up; if it is empty, the node stays up until the context ends.
	Command []string
	// Dir and Env are for the command.
	Dir string
	Env []string
	// LogDir, if set, is where containerd's log goes, so that it outlives the node. (Upstream's suite writes a containerd.log there.)
	LogDir string
}

// Kubelet says which kubelet to run and how.
type Kubelet struct {
	Path         string
	FeatureGates map[string]bool
	ManifestDir  string
	Verbosity    int
	// ShutdownGracePeriod is how long pods may hold up a shutdown of the machine; 0 means that the kubelet does not look at shutdowns.
	ShutdownGracePeriod time.Duration
}

// Proxy is a program through which the kubelet reaches containerd. It is called as PATH proxy -listen SOCKET -runtime SOCKET -log FILE.
type Proxy struct{ Path, Log string }

const specFile = "spec.json"

// Write stores the spec in its root directory.
func (s Spec) Write() error {
	content, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the node's spec: %w", err)
	}
	if err := os.WriteFile(s.path(specFile), content, 0o600); err != nil {
		return fmt.Errorf("store the node's spec: %w", err)
	}
	return nil
}

// ReadSpec reads the spec of the node with the given root directory.
func ReadSpec(root string) (Spec, error) {
	var spec Spec
	content, err := os.ReadFile(filepath.Join(root, specFile))
	if err != nil {
		return spec, fmt.Errorf("read the spec of the node at %q (is it the root directory of a node?): %w", root, err)
	}
	if err := json.Unmarshal(content, &spec); err != nil {
		return spec, fmt.Errorf("decode the spec of the node at %q: %w", root, err)
	}
	return spec, nil
}

// Program returns the path of one of the node's own programs, such as testnode. Their directory comes first on the node's PATH.
func (s Spec) Program(name string) string { return s.path("bin", name) }

func (s Spec) path(names ...string) string {
	return filepath.Join(append([]string{s.Space.Root}, names...)...)
}

// ContainerdSocket returns the path of the socket that containerd listens on.
func (s Spec) ContainerdSocket() string { return s.path("containerd.sock") }

// proxySocket returns the path of the socket that the proxy listens on.
func (s Spec) proxySocket() string { return s.path("cri-proxy.sock") }

// runtimeSocket returns the path of the socket at which the kubelet reaches containerd.
func (s Spec) runtimeSocket() string {
	if s.Proxy != nil {
		return s.proxySocket()
	}
	return s.ContainerdSocket()
}

// Credentials returns the credentials of the cluster, if there is one.
func (s Spec) Credentials() cluster.Files { return cluster.Files{Dir: s.path("credentials")} }

// log returns the path of the log of one of the node's programs.
func (s Spec) log(unit string) string {
	if unit == containerdUnit && s.LogDir != "" {
		return filepath.Join(s.LogDir, "node-containerd.log")
	}
	return s.path(unit + ".log")
}

// ControlSocket returns the path of the socket on which the supervisor accepts orders.
func (s Spec) ControlSocket() string { return ControlSocket(s.Space.Root) }

// ControlSocket returns the path of the control socket of the node with the given root directory.
func ControlSocket(root string) string { return filepath.Join(root, "control.sock") }

// LongestRoot is the maximum length of a root directory's path, in bytes. The paths of sockets in it would be too long otherwise.
const LongestRoot = 107 - len("/containerd.sock.ttrpc")
