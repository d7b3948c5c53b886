// SPDX-License-Identifier: Apache-2.0

// Package engine asks the container engine that kind uses.
package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"kubelet-ordering/hack/kind/internal/command"
)

// Engine is a container engine.
type Engine struct {
	command.Runner
	// Program is its command.
	Program string
}

// providerVariable is how kind's users choose the engine.
const providerVariable = "KIND_EXPERIMENTAL_PROVIDER"

// Choose returns the engine that kind takes: the one that its variable names, or else the first of docker and podman that works.
func Choose(ctx context.Context, r command.Runner, getenv func(string) string) (Engine, error) {
	programs := []string{"docker", "podman"}
	if provider := getenv(providerVariable); provider == "docker" || provider == "podman" {
		programs = []string{provider}
	} else if provider != "" {
		return Engine{}, fmt.Errorf("%s is %q, which was not tried here: use docker or podman", providerVariable, provider)
	}
	var problems []string
	for _, program := range programs {
		e := Engine{Runner: r, Program: program}
		if _, err := e.Output(ctx, "version"); err != nil {
			if ctx.Err() != nil {
				return Engine{}, err
			}
			problems = append(problems, err.Error())
			continue
		}
		return e, nil
	}
	return Engine{}, fmt.Errorf("no container engine answers: install and start docker or podman\n%s", strings.Join(problems, "\n"))
}

// Output runs a command of the engine.
func (e Engine) Output(ctx context.Context, args ...string) (string, error) {
	return command.Output(ctx, e.Runner, e.Args(args...)...)
}

// Args returns the engine's command line.
func (e Engine) Args(args ...string) []string { return append([]string{e.Program}, args...) }

// CgroupVersion returns 1 or 2: the version that the engine's containers get.
func (e Engine) CgroupVersion(ctx context.Context) (int, error) {
	output, err := e.Output(ctx, "info", "--format", "{{json .}}")
	if err != nil {
		return 0, err
	}
	var info struct {
		CgroupVersion string // docker: "1" or "2"
		Host          struct {
			CgroupVersion string `json:"cgroupVersion"` // podman: "v1" or "v2"
		} `json:"host"`
	}
	if err := json.Unmarshal([]byte(output), &info); err != nil {
		return 0, fmt.Errorf("read what %s says of itself: %w", e.Program, err)
	}
	switch info.CgroupVersion + info.Host.CgroupVersion {
	case "1", "v1", "":
		// Engines that do not say it know only the first one.
		return 1, nil
	case "2", "v2":
		return 2, nil
	}
	return 0, fmt.Errorf("%s says cgroup version %q: expected 1 or 2", e.Program, info.CgroupVersion+info.Host.CgroupVersion)
}

// Image is what the tool needs to know about an image.
type Image struct {
	ID           string
	Architecture string
	Labels       map[string]string
}

// Image looks an image up. The boolean is false if the engine does not have it.
func (e Engine) Image(ctx context.Context, name string) (Image, bool, error) {
	output, err := e.Output(ctx, "image", "inspect", name)
	if err != nil {
		if lower := strings.ToLower(err.Error()); strings.Contains(lower, "no such image") || strings.Contains(lower, "not known") {
			return Image{}, false, nil
		}
		return Image{}, false, err
	}
	var images []struct {
		ID           string `json:"Id"`
		Architecture string
		Config       struct{ Labels map[string]string }
	}
	if err := json.Unmarshal([]byte(output), &images); err != nil {
		return Image{}, false, fmt.Errorf("read what %s says of image %q: %w", e.Program, name, err)
	}
	if len(images) != 1 {
		return Image{}, false, fmt.Errorf("%s knows %d images by the name %q: name one", e.Program, len(images), name)
	}
	i := images[0]
	return Image{ID: strings.TrimPrefix(i.ID, "sha256:"), Architecture: i.Architecture, Labels: i.Config.Labels}, true, nil
}

// Node is a node of a kind cluster.
type Node struct{ Cluster, Role string }

// Labels that kind gives to its nodes.
const (
	clusterLabel = "io.x-k8s.kind.cluster"
	roleLabel    = "io.x-k8s.kind.role"
)

// Node looks a container up. The boolean is false if there is none of that name, or if it is no node of kind.
func (e Engine) Node(ctx context.Context, name string) (Node, bool, error) {
	output, err := e.Output(ctx, "container", "inspect", "--format", "{{json .Config.Labels}}", name)
	if err != nil {
		if lower := strings.ToLower(err.Error()); strings.Contains(lower, "no such container") || strings.Contains(lower, "no container with") {
			return Node{}, false, nil
		}
		return Node{}, false, err
	}
	labels := map[string]string{}
	if err := json.Unmarshal([]byte(output), &labels); err != nil {
		return Node{}, false, fmt.Errorf("read the labels of container %q: %w", name, err)
	}
	return Node{Cluster: labels[clusterLabel], Role: labels[roleLabel]}, labels[clusterLabel] != "", nil
}

// Nodes returns the names of a cluster's Kubernetes nodes that run, its control plane first.
func (e Engine) Nodes(ctx context.Context, cluster string) ([]string, error) {
	var nodes []string
	for _, role := range []string{"control-plane", "worker"} {
		output, err := e.Output(ctx, "ps", "--filter", "label="+clusterLabel+"="+cluster, "--filter", "label="+roleLabel+"="+role,
			"--format", "{{.Names}}")
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, strings.Fields(output)...)
	}
	if len(nodes) == 0 {
		return nil, fmt.Errorf("no node of a kind cluster %q runs: see `kind get clusters`", cluster)
	}
	return nodes, nil
}
