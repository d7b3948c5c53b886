// SPDX-License-Identifier: Apache-2.0

// Command controlplane is all of a small control plane in one file, for tests and for trying: etcd and Kubernetes' own
// programs, unchanged but for the tree that they are built in. Its first word, or the name that it is called by, says which.
//
//	controlplane kube-apiserver --etcd-servers=...
//	ln -s controlplane kubectl && ./kubectl get pods
//
// It takes one link instead of five, and the programs share what they have in common on disk and in memory. They are run as
// processes of their own: each has its log, and each can be killed alone.
package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// programs are the names that this program answers to. None returns before the program has ended.
var programs = map[string]func(){
	"etcd":                    runEtcd,
	"kube-apiserver":          runAPIServer,
	"kube-controller-manager": runControllerManager,
	"kube-scheduler":          runScheduler,
	"kubectl":                 runKubectl,
}

func main() {
	run, known := programs[filepath.Base(os.Args[0])]
	if !known && len(os.Args) > 1 {
		if run, known = programs[os.Args[1]]; known {
			// The programs read os.Args for themselves.
			os.Args = os.Args[1:]
		}
	}
	if !known {
		fmt.Fprintf(os.Stderr, "usage: controlplane %s [argument...]\n", strings.Join(slices.Sorted(maps.Keys(programs)), "|"))
		os.Exit(2)
	}
	run()
}
