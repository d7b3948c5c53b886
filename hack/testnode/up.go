// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"fmt"
	"path/filepath"

	cliflag "k8s.io/component-base/cli/flag"

	"kubelet-ordering/hack/testnode/internal/cluster"
	"kubelet-ordering/hack/testnode/internal/node"
)

// nodeFlags are the flags shared by all commands that bring up a node.
type nodeFlags struct {
	*flag.FlagSet
	here           places
	kubelet        *string
	keep           *bool
	gates          map[string]bool
	apiServerGates map[string]bool
}

func newNodeFlags(name string) (*nodeFlags, error) {
	here, err := findPlaces()
	if err != nil {
		return nil, err
	}
	flags := &nodeFlags{FlagSet: flag.NewFlagSet(name, flag.ExitOnError), here: here}
	flags.kubelet = flags.String("kubelet", here.in("bin", "kubelet"), "the kubelet to run")
	flags.keep = flags.Bool("keep", false, "leave the node's directory with all logs in place at the end")
	flags.Var(cliflag.NewMapStringBool(&flags.gates), "feature-gates", "of the kubelet, such as A=true,B=false")
	return flags, nil
}

// withAPIServer adds the flags of commands that run an API server.
func (f *nodeFlags) withAPIServer() {
	f.Var(cliflag.NewMapStringBool(&f.apiServerGates), "service-feature-gates", "of the API server, such as A=true,B=false")
}

func gates(chosen map[string]bool) string { return cliflag.NewMapStringBool(&chosen).String() }

// up brings up a node with a kubelet. The prepare function may change the node's spec first.
func (f *nodeFlags) up(verbosity int, prepare func(*node.Spec) error) (int, error) {
	path, err := executable(*f.kubelet)
	if err != nil {
		return 1, err
	}
	return launch(f.here, *f.keep, func(spec *node.Spec) error {
		spec.Command = f.Args()
		manifests := filepath.Join(spec.Space.Root, "manifests")
		spec.Kubelet = &node.Kubelet{Path: path, FeatureGates: f.gates, Verbosity: verbosity, ManifestDir: manifests}
		return prepare(spec)
	})
}

func runCommand(args []string) (int, error) {
	flags, err := newNodeFlags("run")
	if err != nil {
		return 1, err
	}
	manifests := flags.String("manifests", "", "the directory of static pods (default: an empty one in the node's directory)")
	verbosity := flags.Int("v", 2, "how much the kubelet logs")
	_ = flags.Parse(args)
	return flags.up(*verbosity, func(spec *node.Spec) error {
		if *manifests == "" {
			return nil
		}
		if spec.Kubelet.ManifestDir, err = filepath.Abs(*manifests); err != nil {
			return fmt.Errorf("find the directory of static pods: %w", err)
		}
		return nil
	})
}

func clusterCommand(args []string) (int, error) {
	flags, err := newNodeFlags("cluster")
	if err != nil {
		return 1, err
	}
	flags.withAPIServer()
	controlPlane := flags.String("controlplane", flags.here.in("bin", "controlplane"), "the program of cmd/controlplane")
	pristine := flags.Bool("pristine-apiserver", false, "run the API server of `hack/build.sh --pristine apiserver` instead of ours")
	verbosity := flags.Int("v", 2, "how much the servers and the kubelet log")
	proxy := flags.String("cri-proxy", "", "a program through which the kubelet reaches containerd, such as that of test/soak")
	proxyLog := flags.String("cri-log", "", "the file in which that program records the kubelet's calls")
	_ = flags.Parse(args)

	options := cluster.Options{FeatureGates: gates(flags.apiServerGates), Verbosity: *verbosity}
	if options.ControlPlane, err = executable(*controlPlane); err != nil {
		return 1, err
	}
	if *pristine {
		if options.APIServer, err = executable(flags.here.in("pristine-bin", "kube-apiserver")); err != nil {
			return 1, err
		}
	}
	var through *node.Proxy
	if *proxy != "" {
		through = &node.Proxy{}
		if through.Path, err = executable(*proxy); err != nil {
			return 1, err
		}
		if *proxyLog == "" {
			return 1, fmt.Errorf("name the log of -cri-proxy with -cri-log")
		}
		if through.Log, err = filepath.Abs(*proxyLog); err != nil {
			return 1, fmt.Errorf("find the log of -cri-proxy: %w", err)
		}
	}
	return flags.up(*verbosity, func(spec *node.Spec) error {
		spec.Cluster, spec.Proxy = &options, through
		return nil
	})
}
