// SPDX-License-Identifier: Apache-2.0

// Package kindconfig adds nodes with our kubelet to a configuration of kind. It keeps all that the configuration says, also what
// this package does not know.
package kindconfig

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// Request is what the user wants in addition to the configuration.
type Request struct {
	// Cluster is the cluster's name, if a flag or the environment gives it.
	Cluster string
	// Workers is how many workers to add to a configuration that lists no nodes.
	Workers int
	// Ordered are the nodes with our kubelet, with or without the cluster's name in front. Nil means all.
	Ordered []string
	// Image is the image with our kubelet, Stock the one of the other nodes.
	Image, Stock string
	// IsBase reports whether Image was made from the image of that name.
	IsBase func(image string) bool
	// CgroupV1 is set on a machine with cgroup v1.
	CgroupV1 bool
}

// Merged is a configuration for kind.
type Merged struct {
	YAML    []byte
	Cluster string
	// Ordered and Others are the names of the nodes with and without our kubelet.
	Ordered, Others []string
	// Notes say what was added that the user may not expect.
	Notes []string
}

// defaultCluster is kind's name for a cluster without one.
const defaultCluster = "kind"

// Merge returns the configuration with the request in it.
func Merge(text []byte, r Request) (*Merged, error) {
	config, err := read(text)
	if err != nil {
		return nil, err
	}
	m := &Merged{Cluster: defaultCluster}
	if name, _ := config["name"].(string); name != "" {
		m.Cluster = name
	}
	if r.Cluster != "" {
		m.Cluster = r.Cluster
	}
	nodes, err := nodesOf(config, r.Workers)
	if err != nil {
		return nil, err
	}
	if err := m.images(nodes, r); err != nil {
		return nil, err
	}
	config["nodes"] = nodes
	if r.CgroupV1 {
		if err := m.allowCgroupV1(config, text); err != nil {
			return nil, err
		}
	}
	m.YAML, err = yaml.Marshal(config)
	return m, err
}

// apiVersion is the only one that kind has.
const apiVersion = "kind.x-k8s.io/v1alpha4"

func read(text []byte) (map[string]any, error) {
	config := map[string]any{}
	reader := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text)))
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read the kind configuration: %w", err)
		}
		next := map[string]any{}
		if err := yaml.UnmarshalStrict(document, &next); err != nil {
			return nil, fmt.Errorf("read the kind configuration: %w", err)
		}
		switch {
		case len(next) > 0 && len(config) > 0:
			return nil, errors.New("the kind configuration has more than one YAML document, and kind reads one: give one")
		case len(next) > 0:
			config = next
		}
	}
	if len(config) == 0 {
		return map[string]any{"kind": "Cluster", "apiVersion": apiVersion}, nil
	}
	if config["kind"] != "Cluster" || config["apiVersion"] != apiVersion {
		return nil, fmt.Errorf("the kind configuration has kind %v and apiVersion %v: expected Cluster and %s",
			config["kind"], config["apiVersion"], apiVersion)
	}
	return config, nil
}

func nodesOf(config map[string]any, workers int) ([]any, error) {
	nodes, isList := config["nodes"].([]any)
	if config["nodes"] != nil && !isList {
		return nil, errors.New("nodes in the kind configuration is no list: make it one")
	}
	if len(nodes) > 0 {
		if workers > 0 {
			return nil, fmt.Errorf("the kind configuration lists %d nodes: add workers there, and leave out --workers", len(nodes))
		}
		return nodes, nil
	}
	nodes = []any{map[string]any{"role": controlPlane}}
	for range workers {
		nodes = append(nodes, map[string]any{"role": "worker"})
	}
	return nodes, nil
}

const controlPlane = "control-plane"

// images gives each node its image.
func (m *Merged) images(nodes []any, r Request) error {
	counts, matched := map[string]int{}, map[string]bool{}
	for i, each := range nodes {
		node, isObject := each.(map[string]any)
		if !isObject {
			return fmt.Errorf("nodes[%d] in the kind configuration is no object: give its role", i)
		}
		role, _ := node["role"].(string)
		if role == "" {
			role = controlPlane
		}
		short := role
		if counts[role]++; counts[role] > 1 {
			short = fmt.Sprintf("%s%d", role, counts[role])
		}
		name := m.Cluster + "-" + short
		image, _ := node["image"].(string)
		if r.Ordered != nil && !slices.Contains(r.Ordered, short) && !slices.Contains(r.Ordered, name) {
			m.Others = append(m.Others, name)
			if image == "" {
				node["image"] = r.Stock
			}
			continue
		}
		matched[short], matched[name] = true, true
		if image != "" && image != r.Image && !r.IsBase(image) {
			return fmt.Errorf("nodes[%d] (%s) has the image %q in the kind configuration, and %q was not made from it: "+
				"make one (kind.sh image --base %s) and name it with --image, or leave the node out of --ordered", i, name, image, r.Image, image)
		}
		node["image"] = r.Image
		m.Ordered = append(m.Ordered, name)
	}
	for _, wanted := range r.Ordered {
		if !matched[wanted] {
			return fmt.Errorf("--ordered names %q, and the cluster will have no such node: it will have %s",
				wanted, strings.Join(append(slices.Clone(m.Ordered), m.Others...), ", "))
		}
	}
	return nil
}

// allowCgroupV1 adds what the kubelets need on cgroup v1, unless the user has decided that.
func (m *Merged) allowCgroupV1(config map[string]any, text []byte) error {
	if bytes.Contains(text, []byte("failCgroupV1")) {
		return nil
	}
	patches, isList := config["kubeadmConfigPatches"].([]any)
	if config["kubeadmConfigPatches"] != nil && !isList {
		return errors.New("kubeadmConfigPatches in the kind configuration is no list: make it one")
	}
	config["kubeadmConfigPatches"] = append(patches, "kind: KubeletConfiguration\nfailCgroupV1: false\n")
	m.Notes = append(m.Notes, "this machine has cgroup v1: added failCgroupV1: false for all kubelets, which v1.37 needs there")
	return nil
}
