// SPDX-License-Identifier: Apache-2.0

package node

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"kubelet-ordering/hack/internal/progress"
	"kubelet-ordering/hack/testnode/internal/cluster"
	"kubelet-ordering/hack/testnode/internal/unit"
)

// Node is a test node as seen from inside its namespaces. Its programs can be killed and started individually.
type Node struct {
	spec  Spec
	log   *progress.Log
	units *unit.Manager

	// snapshotter is the name of the snapshotter that containerd uses.
	snapshotter string

	// awaited is the last unit that the node waited for. If the wait fails, its log says why.
	awaited string
}

// New returns a node that runs no programs yet.
func New(spec Spec, log *progress.Log) *Node {
	units := unit.NewManager()
	units.Exited = func(state unit.State) { log.Printf("%s has ended by itself: %s", state.Name, state.Ended) }
	return &Node{spec: spec, log: log, units: units}
}

// Stop kills the node's programs. The containers are killed when the PID namespace ends.
func (n *Node) Stop() {
	for _, name := range []string{kubeletUnit, containerdUnit} {
		if n.service(name) {
			n.stopService(name)
		}
	}
	for _, name := range []string{
		kubeletUnit, proxyUnit, containerdUnit, busUnit,
		cluster.Scheduler, cluster.ControllerManager, cluster.SecondAPIServer, cluster.APIServer, cluster.Etcd,
	} {
		if n.units.State(name).Running {
			_ = n.units.Stop(name, syscall.SIGKILL, 5*time.Second)
		}
	}
}

// Environment returns the environment of the node's programs and of the command.
func (n *Node) Environment() []string {
	env := []string{
		"TESTNODE_ROOT=" + n.spec.Space.Root,
		"CONTAINER_RUNTIME_ENDPOINT=unix://" + n.spec.ContainerdSocket(),
		"CONTAINERD_ADDRESS=" + n.spec.ContainerdSocket(),
		"CONTAINERD_NAMESPACE=k8s.io",
	}
	if !n.spec.Systemd {
		env = append(env, "DBUS_SYSTEM_BUS_ADDRESS=unix:path="+n.busSocket())
	}
	if n.spec.Space.OwnTmp {
		env = append(env, "TMPDIR=/tmp")
	}
	if n.spec.Cluster != nil {
		env = append(env, "KUBECONFIG="+n.spec.Credentials().Kubeconfig(cluster.Admin))
	}
	if n.spec.Kubelet != nil && n.spec.Cluster == nil {
		env = append(env, "KUBELET_URL="+readOnlyURL)
	}
	if n.spec.Kubelet != nil {
		env = append(env,
			"MANIFEST_DIR="+n.spec.Kubelet.ManifestDir,
			fmt.Sprintf("KUBELET_PID=%d", n.units.State(kubeletUnit).Pid))
	}
	for _, entry := range n.spec.Env {
		name, _, _ := strings.Cut(entry, "=")
		if path, ok := strings.CutPrefix(entry, "PATH="); ok {
			entry = "PATH=" + n.spec.path("bin") + ":" + path
		}
		if !slices.ContainsFunc(env, func(own string) bool { return strings.HasPrefix(own, name+"=") }) {
			env = append(env, entry)
		}
	}
	return env
}

// Command returns the user's command, ready to start with the node's environment and the terminal.
func (n *Node) Command() *exec.Cmd {
	env := n.Environment()
	command := &exec.Cmd{Args: n.spec.Command, Env: env, Dir: n.spec.Dir, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
	for _, entry := range env {
		// Look up the program on the node's PATH, not on the caller's.
		if path, ok := strings.CutPrefix(entry, "PATH="); ok {
			_ = os.Setenv("PATH", path)
		}
	}
	command.Path, command.Err = exec.LookPath(n.spec.Command[0])
	return command
}
