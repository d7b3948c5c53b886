// SPDX-License-Identifier: Apache-2.0

// Package node runs containerd and a kubelet inside the namespaces of package space.
package node

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"kubelet-ordering/hack/testnode/internal/cluster"
	"kubelet-ordering/hack/testnode/internal/space"
)

// Spec is all that the supervisor needs to know; it travels as a file in the root directory.
type Spec struct {
	Space space.Spec
	// CNIBinDir has the CNI plugins.
	CNIBinDir string
	// ImageDir is an OCI layout with the images that the node's registry has.
	ImageDir string
	// Images are the names of those that containerd has from the start; none means all.
	Images []string
	// CgroupVersion is 1 or 2.
	CgroupVersion int
	// Restricted machines do not let root lower OOM scores.
	Restricted bool
	// Kubelet is what to start; nil leaves that to the command.
	Kubelet *Kubelet
	// Cluster is the control plane that the kubelet registers with; nil leaves it standalone.
	Cluster *cluster.Options
	// Command is run when all is up; none means to stay up.
	Command []string
	// Dir and Env are for the command.
	Dir string
	Env []string
	// LogDir, if set, gets containerd's log, which outlives the node there. (Upstream's suite writes a containerd.log.)
	LogDir string
}

// Kubelet says which kubelet to run and how.
type Kubelet struct {
	Path         string
	FeatureGates map[string]bool
	ManifestDir  string
	Verbosity    int
}

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

// ReadSpec finds the spec of the node with that root directory.
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

// Program is the path of one of the node's own programs, which come first on its PATH. One of them is testnode.
func (s Spec) Program(name string) string { return s.path("bin", name) }

func (s Spec) path(names ...string) string {
	return filepath.Join(append([]string{s.Space.Root}, names...)...)
}

// ContainerdSocket is where containerd listens.
func (s Spec) ContainerdSocket() string { return s.path("containerd.sock") }

// Credentials are those of the cluster, if there is one.
func (s Spec) Credentials() cluster.Files { return cluster.Files{Dir: s.path("credentials")} }

// log is where the output of one of the node's programs goes.
func (s Spec) log(unit string) string {
	if unit == containerdUnit && s.LogDir != "" {
		return filepath.Join(s.LogDir, "node-containerd.log")
	}
	return s.path(unit + ".log")
}

// ControlSocket is where the supervisor takes orders.
func (s Spec) ControlSocket() string { return ControlSocket(s.Space.Root) }

// ControlSocket is that of the node with the root directory.
func ControlSocket(root string) string { return filepath.Join(root, "control.sock") }

// LongestRoot is how long a root directory's path may be, so that the sockets in it can be bound.
const LongestRoot = 107 - len("/containerd.sock.ttrpc")
