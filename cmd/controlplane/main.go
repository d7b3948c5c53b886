// SPDX-License-Identifier: Apache-2.0

// Command controlplane is a small control plane in one executable, for tests and experiments: etcd and the Kubernetes
// programs, which differ from upstream's only in the tree that they are built from. The first argument, or the name of the
// executable, selects the program.
//
//	controlplane kube-apiserver --etcd-servers=...
//	ln -s controlplane kubectl && ./kubectl get pods
//
// It needs one link step instead of five, and the programs share common code on disk and in memory. Each program runs as its
// own process, with its own log, and can be killed separately.
package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// programs has the main functions by program name. None returns before its program has ended.
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
			// The programs read os.Args themselves.
			os.Args = os.Args[1:]
		}
	}
	if !known {
		fmt.Fprintf(os.Stderr, "usage: controlplane %s [argument...]\n", strings.Join(slices.Sorted(maps.Keys(programs)), "|"))
		os.Exit(2)
	}
	run()
}
