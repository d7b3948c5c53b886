// SPDX-License-Identifier: Apache-2.0

// Command soak lets many random pods live on a test node, among crashes, edits, deletions, and restarts of the kubelet and the
// container runtime. It records all calls of the kubelet to the runtime, lets the simulation's checker judge the timeline of each
// pod, and looks for what the pods have left on the node. hack/soak.sh runs it.
//
//	kubelet ──► soak proxy ──► containerd         soak run ──► API server, containerd, systemctl
//	                │ proxy.jsonl                    │ soak.jsonl, report.json
//	                └───────────────┬────────────────┘
//	                             replay ──► package ordercheck
package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

var commands = map[string]func(args []string) error{
	"proxy":   proxyCommand,
	"run":     runCommand,
	"check":   checkCommand,
	"compare": compareCommand,
}

func main() {
	if len(os.Args) < 2 || commands[os.Args[1]] == nil {
		fmt.Fprintf(os.Stderr, "usage: soak %s [flags]\n", strings.Join(slices.Sorted(maps.Keys(commands)), "|"))
		os.Exit(2)
	}
	if err := commands[os.Args[1]](os.Args[2:]); err != nil {
		fmt.Fprintf(os.Stderr, "soak %s: %v\n", os.Args[1], err)
		os.Exit(1)
	}
}
