// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"kubelet-ordering/hack/internal/jsonfile"
	"kubelet-ordering/hack/testnode/internal/space"
	"kubelet-ordering/hack/testnode/kindlab/internal/engine"
)

// spec is what the processes of a lab need to know. It is passed as a file in the lab's directory.
type spec struct {
	Space space.Spec
	// Repo is the root of the repository.
	Repo string
	// Restricted reports whether root lacks CAP_SYS_RESOURCE on this machine.
	Restricted bool
	// CgroupVersion is 1 or 2.
	CgroupVersion int
	// Plain is set for a lab without the image of kind's nodes.
	Plain bool
	// Command runs when the lab is up. Without one the lab stays up until it is interrupted.
	Command []string
	// Dir and Env are those of the caller.
	Dir string
	Env []string
}

func specFile(root string) string { return filepath.Join(root, "spec.json") }

func readSpec(root string) (spec, error) { return jsonfile.Read[spec](specFile(root)) }

func (s spec) path(names ...string) string {
	return filepath.Join(append([]string{s.Space.Root}, names...)...)
}

// kindConfig is the path of a configuration for `kind create cluster` on this machine.
func (s spec) kindConfig() string { return s.path("kind.yaml") }

// environment returns the environment of programs in the lab: the caller's, with the lab's engine, programs and kubeconfig.
func (s spec) environment() []string {
	own := map[string]string{
		"DOCKER_HOST":     engine.Socket,
		"DOCKER_CONFIG":   s.path("docker-config"),
		"KUBECONFIG":      s.path("kubeconfig"),
		"KIND_LAB_CONFIG": s.kindConfig(),
		"PATH":            s.path("bin") + ":" + pathOf(s.Env),
	}
	var env []string
	for _, entry := range s.Env {
		name, _, _ := strings.Cut(entry, "=")
		if _, replaced := own[name]; !replaced && !strings.HasPrefix(name, "DOCKER_") {
			env = append(env, entry)
		}
	}
	for name, value := range own {
		env = append(env, name+"="+value)
	}
	slices.Sort(env)
	return env
}

// pathOf returns the PATH of an environment.
func pathOf(env []string) string {
	for _, entry := range env {
		if path, ok := strings.CutPrefix(entry, "PATH="); ok {
			return path
		}
	}
	return os.Getenv("PATH")
}
