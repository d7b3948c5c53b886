// SPDX-License-Identifier: Apache-2.0

// Package suite prepares a run of upstream's e2e_node.test on a test node. That binary contains etcd and an API server, and starts
// the kubelet in its own directory.
package suite

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"kubelet-ordering/hack/testnode/internal/node"
	"kubelet-ordering/hack/testnode/internal/space"
)

// Options configure a run of the suite.
type Options struct {
	Kubelet, Test string
	Focus, Skip   []string
	JUnit         string
	ReportDir     string
	// FeatureGates go to the kubelet and the tests, ServiceFeatureGates to the API server.
	FeatureGates, ServiceFeatureGates string
	Timeout                           time.Duration
	NoColor                           bool
	// Processes is how many specs run at the same time; those that must run alone do. With more than one, Ginkgo is the path of the
	// program that runs them.
	Processes int
	Ginkgo    string
	// Extra arguments are passed on as they are.
	Extra []string
}

// Prepare creates the directory that the suite runs in, and sets the suite as the node's command.
func Prepare(spec *node.Spec, options Options) error {
	dir := filepath.Join(spec.Space.Root, "suite")
	outside := []string{options.ReportDir}
	if options.JUnit != "" {
		outside = append(outside, filepath.Dir(options.JUnit))
	}
	for _, made := range append(outside, dir) {
		if err := os.MkdirAll(made, 0o755); err != nil {
			return fmt.Errorf("make a directory for the test suite: %w", err)
		}
	}
	// No symbolic links: the test binary resolves its own path before it looks for the kubelet in its directory.
	for name, source := range map[string]string{"kubelet": options.Kubelet, "e2e_node.test": options.Test} {
		if err := node.Place(source, filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	config, err := node.RenderSuiteKubelet(*spec)
	if err != nil {
		return err
	}
	for file, content := range map[string][]byte{
		filepath.Join(dir, "base-kubelet.yaml"):       config,
		filepath.Join(dir, "system.yaml"):             []byte(systemSpec),
		filepath.Join(spec.Space.Root, "resolv.conf"): nil,
	} {
		if err := os.WriteFile(file, content, 0o644); err != nil {
			return fmt.Errorf("write a file for the test suite: %w", err)
		}
	}
	spec.Kubelet = nil
	// Pull all images: specs may use any of them with pull policy Never.
	spec.Images = nil
	spec.Dir = dir
	spec.Space.OwnTmp, spec.Space.Shown = true, outside
	spec.LogDir = options.ReportDir
	spec.Command = arguments(dir, spec.ContainerdSocket(), options)
	return nil
}

// systemSpec requires little of the machine, because `doctor` reports what it lacks.
const systemSpec = `os: Linux
kernelSpec:
  versions:
  - '4\.[1-9][0-9]*.*'
  - '[5-9]\..*'
`

func arguments(dir, socket string, options Options) []string {
	program := filepath.Join(dir, "e2e_node.test")
	flags := []string{
		"--container-runtime-endpoint=unix://" + socket,
		"--kubelet-config-file=" + filepath.Join(dir, "base-kubelet.yaml"),
		"--system-spec-file=" + filepath.Join(dir, "system.yaml"),
		"--node-name=" + space.Hostname,
		"--report-dir=" + options.ReportDir,
		"--prepull-images=false",
	}
	framework := []string{
		// A selection that matches no specs must not pass.
		"fail-on-empty",
		"timeout=" + options.Timeout.String(),
	}
	for _, expression := range options.Focus {
		framework = append(framework, "focus="+expression)
	}
	for _, expression := range options.Skip {
		framework = append(framework, "skip="+expression)
	}
	if options.JUnit != "" {
		framework = append(framework, "junit-report="+options.JUnit)
	}
	if options.NoColor {
		framework = append(framework, "no-color")
	}
	if options.FeatureGates != "" {
		flags = append(flags, "--feature-gates="+options.FeatureGates)
	}
	if options.ServiceFeatureGates != "" {
		flags = append(flags, "--service-feature-gates="+options.ServiceFeatureGates)
	}
	flags = append(flags, options.Extra...)
	if options.Processes < 2 {
		return slices.Concat([]string{program}, prefixed("--ginkgo.", framework), flags)
	}
	return slices.Concat([]string{options.Ginkgo, fmt.Sprintf("--procs=%d", options.Processes)}, prefixed("--", framework),
		[]string{program, "--"}, flags)
}

func prefixed(prefix string, flags []string) []string {
	var result []string
	for _, flag := range flags {
		result = append(result, prefix+flag)
	}
	return result
}
