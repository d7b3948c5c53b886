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

// Node is a machine for tests, seen from inside its namespaces. Its programs can be killed and started one by one.
type Node struct {
	spec  Spec
	log   *progress.Log
	units *unit.Manager

	// snapshotter is containerd's.
	snapshotter string

	// awaited is the unit that was waited for last: when that fails, its log says why.
	awaited string
}

// New returns a node on which nothing runs yet.
func New(spec Spec, log *progress.Log) *Node {
	units := unit.NewManager()
	units.Exited = func(state unit.State) { log.Printf("%s has ended by itself: %s", state.Name, state.Ended) }
	return &Node{spec: spec, log: log, units: units}
}

// Stop ends the node's programs. Containers are left to the end of the pid namespace, which takes them all.
func (n *Node) Stop() {
	for _, name := range []string{
		kubeletUnit, containerdUnit, busUnit,
		cluster.Scheduler, cluster.ControllerManager, cluster.SecondAPIServer, cluster.APIServer, cluster.Etcd,
	} {
		if n.units.State(name).Running {
			_ = n.units.Stop(name, syscall.SIGKILL, 5*time.Second)
		}
	}
}

// Environment is what the node's programs and the command get.
func (n *Node) Environment() []string {
	env := []string{
		"TESTNODE_ROOT=" + n.spec.Space.Root,
		"CONTAINER_RUNTIME_ENDPOINT=unix://" + n.spec.ContainerdSocket(),
		"CONTAINERD_ADDRESS=" + n.spec.ContainerdSocket(),
		"CONTAINERD_NAMESPACE=k8s.io",
		"DBUS_SYSTEM_BUS_ADDRESS=unix:path=" + n.busSocket(),
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

// Command prepares the user's command with the node's environment and the terminal.
func (n *Node) Command() *exec.Cmd {
	env := n.Environment()
	command := &exec.Cmd{Args: n.spec.Command, Env: env, Dir: n.spec.Dir, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
	for _, entry := range env {
		// The program is looked up on the node's PATH, not on the caller's.
		if path, ok := strings.CutPrefix(entry, "PATH="); ok {
			_ = os.Setenv("PATH", path)
		}
	}
	command.Path, command.Err = exec.LookPath(n.spec.Command[0])
	return command
}
