// SPDX-License-Identifier: Apache-2.0

// Command testnode brings up a node for testing kubelets, on a machine without a cluster, and takes it down again. It runs
// containerd and a standalone kubelet, or upstream's node test suite, in namespaces and cgroups of their own.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
)

// command is a subcommand. Its run function returns the exit code.
type command struct {
	summary string
	run     func(args []string) (int, error)
	// inner is set for commands that only this program itself calls.
	inner bool
}

var commands map[string]command

func init() {
	commands = map[string]command{
		"setup":              {summary: "install and build what a node needs", run: setupCommand},
		"run":                {summary: "bring up a node with a kubelet, run a command on it, take it down", run: runCommand},
		"cluster":            {summary: "bring up a cluster of one node, run a command on it, take it down", run: clusterCommand},
		"second-apiserver":   {summary: "run another API server on the data of a cluster that is up", run: secondCommand},
		"e2e":                {summary: "run upstream's node test suite", run: e2eCommand},
		"machine":            {summary: "run a command in a machine of its own, with systemd and cgroup v2", run: machineCommand},
		"reboot":             {summary: "reboot a machine of the command machine under pods with an order, and check the order", run: rebootCommand},
		"doctor":             {summary: "say what this machine is and what cannot be tested on it", run: doctorCommand},
		"clean":              {summary: "remove what killed runs have left", run: cleanCommand},
		"exec":               {summary: "run a program on a node that is up", run: execCommand},
		"restart-kubelet":    {summary: "kill the kubelet of a node and start it again", run: order("restart-kubelet")},
		"kill-kubelet":       {summary: "kill the kubelet of a node", run: order("kill-kubelet")},
		"start-kubelet":      {summary: "start the kubelet of a node after kill-kubelet", run: order("start-kubelet")},
		"restart-containerd": {summary: "kill containerd on a node and start it again", run: order("restart-containerd")},
		"_reboot":            {run: rebootStepCommand, inner: true},
		"_first":             {run: firstCommand, inner: true},
		"_supervise":         {run: superviseCommand, inner: true},
	}
}

func main() {
	args := os.Args
	// Links to this program stand in for systemctl and systemd-run on the node.
	if name := filepath.Base(args[0]); isShim(name) {
		os.Exit(shim(name, args[1:]))
	}
	if len(args) < 2 {
		usage()
		os.Exit(2)
	}
	chosen, ok := commands[args[1]]
	if !ok {
		usage()
		os.Exit(2)
	}
	code, err := chosen.run(args[2:])
	if err != nil {
		fmt.Fprintf(os.Stderr, "testnode %s: %v\n", args[1], err)
		if code == 0 {
			code = 1
		}
	}
	os.Exit(code)
}

func usage() {
	fmt.Fprintln(os.Stderr, "usage: go run ./hack/testnode <command> [flags]; <command> -h lists its flags")
	var names []string
	for name, command := range commands {
		if !command.inner {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	for _, name := range names {
		fmt.Fprintf(os.Stderr, "  %-20s%s\n", name, commands[name].summary)
	}
}
