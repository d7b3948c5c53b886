// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"kubelet-ordering/hack/internal/gobuild"
)

// target is a program that can be built from a tree.
type target struct {
	output, pkg string
	// test is set if the program is the test binary of a package.
	test bool
	// ours is set for programs that upstream does not have.
	ours bool
	// module is set for programs of the repository's own module, which need no tree.
	module bool
	// static is set for programs that are to run in an image that has nothing else.
	static bool
}

var targets = map[string]target{
	"kubelet":     {output: "kubelet", pkg: "./cmd/kubelet"},
	"apiserver":   {output: "kube-apiserver", pkg: "./cmd/kube-apiserver"},
	"e2e":         {output: "e2e_node.test", pkg: "./test/e2e_node", test: true},
	"kubeadm":     {output: "kubeadm", pkg: "./cmd/kubeadm"},
	"kubectl":     {output: "kubectl", pkg: "./cmd/kubectl"},
	"controllers": {output: "kube-controller-manager", pkg: "./cmd/kube-controller-manager"},
	"scheduler":   {output: "kube-scheduler", pkg: "./cmd/kube-scheduler"},
	"proxy":       {output: "kube-proxy", pkg: "./cmd/kube-proxy"},
	// The tree's own modules have the etcd that this version of Kubernetes is tested with.
	"etcd": {output: "etcd", pkg: "go.etcd.io/etcd/server/v3"},
	// All of upstream's specs that run against a cluster, and what runs specs side by side: it must be of the
	// version that the suites are built with.
	"e2e-upstream":  {output: "e2e.test", pkg: "./test/e2e", test: true},
	"ginkgo":        {output: "ginkgo", pkg: "github.com/onsi/ginkgo/v2/ginkgo"},
	"controlplane":  {output: "controlplane", pkg: "./cmd/controlplane", ours: true},
	"e2e-cluster":   {output: "e2e_cluster.test", pkg: "./test/e2e_cluster", test: true, ours: true},
	"soak":          {output: "soak", pkg: "./test/soak", ours: true},
	"kubectl-order": {output: "kubectl-order", pkg: "./cmd/kubectl-order", ours: true, module: true},
	"order-webhook": {output: "order-webhook", pkg: "./cmd/order-webhook", ours: true, module: true, static: true},
	// node stands for all that a test node needs in addition to a kubelet.
	"node": {ours: true},
	// node-images stands for that and for the images that only upstream's specs use, whose programs are built from the tree.
	"node-images": {ours: true},
}

// job is a target to build from one of the two trees.
type job struct {
	target   string
	pristine bool
}

// parse parses the command line. Targets after --pristine are built from upstream's sources only.
func parse(args []string) ([]job, error) {
	var jobs []job
	pristine := false
	for _, arg := range args {
		if arg == "--pristine" {
			pristine = true
			continue
		}
		target, ok := targets[arg]
		if !ok {
			return nil, fmt.Errorf("unknown target %q: use %s", arg, strings.Join(slices.Sorted(maps.Keys(targets)), ", "))
		}
		if target.ours && pristine {
			return nil, fmt.Errorf("%s is our own: name it before --pristine", arg)
		}
		jobs = append(jobs, job{target: arg, pristine: pristine})
	}
	if len(jobs) == 0 {
		jobs = []job{{target: "kubelet", pristine: pristine}}
	}
	return jobs, nil
}

// tree is the directory in which the target is built.
func (j job) tree() string {
	if targets[j.target].module {
		return "."
	}
	if j.pristine {
		return "_output/pristine"
	}
	return "_output/kubernetes"
}

func (j job) assembleFlags() []string {
	if j.pristine {
		return []string{"-pristine"}
	}
	return nil
}

func (j job) build(repo string, goFlags []string, ldflags string) gobuild.Build {
	target := targets[j.target]
	bin := "_output/bin"
	if j.pristine {
		bin = "_output/pristine-bin"
	}
	name := filepath.Join(bin, target.output)
	command := []string{"build"}
	if target.test {
		// Vet would look at thousands of upstream's packages.
		command = []string{"test", "-c", "-vet=off"}
	}
	if target.module {
		// Without the trees' flags it shares what the module's tools and tests have compiled.
		goFlags = nil
	}
	var env []string
	if target.static {
		env = []string{"CGO_ENABLED=0"}
	}
	return gobuild.Build{
		Name:     name,
		Env:      env,
		Dir:      filepath.Join(repo, j.tree()),
		Flags:    goFlags,
		Packages: []string{target.pkg},
		Command:  append(command, "-ldflags", ldflags, "-o", filepath.Join(repo, name), target.pkg),
		Test:     target.test,
	}
}
