// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"path/filepath"

	"kubelet-ordering/hack/testnode/internal/cluster"
	"kubelet-ordering/hack/testnode/internal/node"
)

func clusterCommand(args []string) (int, error) {
	here, err := findPlaces()
	if err != nil {
		return 1, err
	}
	flags := flag.NewFlagSet("cluster", flag.ExitOnError)
	kubelet := flags.String("kubelet", here.in("bin", "kubelet"), "the kubelet to run")
	controlPlane := flags.String("controlplane", here.in("bin", "controlplane"), "the program of cmd/controlplane")
	pristine := flags.Bool("pristine-apiserver", false, "run the API server of `hack/build.sh --pristine apiserver` instead of ours")
	verbosity := flags.Int("v", 2, "how much the servers and the kubelet log")
	root := flags.String("root", "", "the root directory, which must not exist (default: a new one in "+here.runBase()+")")
	keep := flags.Bool("keep", false, "leave the root directory with all logs in place at the end")
	kubeletGates, serviceGates := gates{}, gates{}
	flags.Var(kubeletGates, "feature-gates", "of the kubelet, such as A=true,B=false")
	flags.Var(serviceGates, "service-feature-gates", "of the API server, such as A=true,B=false")
	_ = flags.Parse(args)

	options := cluster.Options{FeatureGates: serviceGates.String(), Verbosity: *verbosity}
	if options.ControlPlane, err = executable(*controlPlane); err != nil {
		return 1, err
	}
	if *pristine {
		if options.APIServer, err = executable(here.in("pristine-bin", "kube-apiserver")); err != nil {
			return 1, err
		}
	}
	path, err := executable(*kubelet)
	if err != nil {
		return 1, err
	}
	return launch(here, *root, *keep, func(spec *node.Spec) error {
		spec.Command = flags.Args()
		spec.Cluster = &options
		spec.Kubelet = &node.Kubelet{Path: path, FeatureGates: kubeletGates, Verbosity: *verbosity, ManifestDir: filepath.Join(spec.Space.Root, "manifests")}
		return nil
	})
}
