// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"fmt"
	"path/filepath"

	"kubelet-ordering/hack/testnode/internal/node"
)

func runCommand(args []string) (int, error) {
	here, err := findPlaces()
	if err != nil {
		return 1, err
	}
	flags := flag.NewFlagSet("run", flag.ExitOnError)
	kubelet := flags.String("kubelet", here.in("bin", "kubelet"), "the kubelet to run")
	manifests := flags.String("manifests", "", "the directory of static pods (default: an empty one in the root directory)")
	verbosity := flags.Int("v", 2, "how much the kubelet logs")
	root := flags.String("root", "", "the root directory, which must not exist (default: a new one in "+here.runBase()+")")
	keep := flags.Bool("keep", false, "leave the root directory with all logs in place at the end")
	gates := gates{}
	flags.Var(gates, "feature-gates", "of the kubelet, such as A=true,B=false")
	_ = flags.Parse(args)

	path, err := executable(*kubelet)
	if err != nil {
		return 1, err
	}
	return launch(here, *root, *keep, func(spec *node.Spec) error {
		spec.Command = flags.Args()
		spec.Kubelet = &node.Kubelet{Path: path, FeatureGates: gates, Verbosity: *verbosity, ManifestDir: filepath.Join(spec.Space.Root, "manifests")}
		if *manifests != "" {
			dir, err := filepath.Abs(*manifests)
			if err != nil {
				return fmt.Errorf("find the directory of static pods: %w", err)
			}
			spec.Kubelet.ManifestDir = dir
		}
		return nil
	})
}
