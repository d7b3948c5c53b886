// SPDX-License-Identifier: Apache-2.0

package nodeimage

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"

	"kubelet-ordering/hack/internal/image"
	"kubelet-ordering/hack/testnode/kindlab/internal/elfroot"
)

// Version is the Kubernetes version of the node.
const Version = "v1.37.1"

// podNetImage is the image of cmd/podnet. No registry has it.
const podNetImage = "kind.lab/podnet:1"

// Pod is the image of a pod that every cluster has: one program, and what it needs to run.
type Pod struct {
	// Image is the name by which kubeadm, or a manifest of ours, asks for it.
	Image string
	// Program is the path of the program on this machine, Path the one in the image.
	Program, Path string
	// Tools are programs of the base system that it calls, Files other files of it, as patterns.
	Tools, Files []string
	// Links maps paths of links to their targets.
	Links map[string]string
	// Entrypoint, if set, is for manifests that name only arguments.
	Entrypoint []string
}

// Pods returns the images of a cluster. The directories have the programs of Kubernetes and etcd, and those of other modules.
func Pods(kubernetes, modules string) []Pod {
	var pods []Pod
	for _, name := range []string{"kube-apiserver", "kube-controller-manager", "kube-scheduler"} {
		pods = append(pods, Pod{
			Image: "registry.k8s.io/" + name + ":" + Version, Program: filepath.Join(kubernetes, name), Path: "usr/local/bin/" + name,
		})
	}
	return append(pods,
		Pod{Image: "registry.k8s.io/etcd:3.7.0-0", Program: filepath.Join(kubernetes, "etcd"), Path: "usr/local/bin/etcd"},
		Pod{
			Image: "registry.k8s.io/coredns/coredns:v1.14.6", Program: filepath.Join(modules, "coredns"), Path: "coredns",
			Entrypoint: []string{"/coredns"},
		},
		Pod{
			Image: "registry.k8s.io/kube-proxy:" + Version, Program: filepath.Join(kubernetes, "kube-proxy"), Path: "usr/local/bin/kube-proxy",
			Tools: []string{"usr/sbin/xtables-nft-multi", "usr/sbin/nft", "usr/sbin/conntrack", "usr/bin/kmod"},
			Files: []string{"usr/lib/*-linux-gnu*/xtables/*.so"},
			Links: xtablesLinks(),
		},
		Pod{
			Image: podNetImage, Program: filepath.Join(modules, "podnet"), Path: "podnet",
			Tools: []string{"usr/bin/ip"}, Entrypoint: []string{"/podnet"},
		},
	)
}

// String names all that the image depends on, except the content of its program.
func (p Pod) String() string {
	return fmt.Sprintln(p.Image, p.Program, p.Path, p.Tools, p.Files, p.Links, p.Entrypoint)
}

// xtablesLinks are the names by which kube-proxy calls xtables-nft-multi.
func xtablesLinks() map[string]string {
	links := map[string]string{"usr/sbin/modprobe": "../bin/kmod"}
	for _, family := range []string{"iptables", "ip6tables"} {
		for _, suffix := range []string{"", "-save", "-restore"} {
			links["usr/sbin/"+family+suffix] = "xtables-nft-multi"
		}
	}
	return links
}

// WriteLayout writes an OCI layout of the pods' images. Libraries and tools come from the base system.
func WriteLayout(dir, base string, pods []Pod) error {
	var images []image.Image
	for _, pod := range pods {
		files, err := pod.files(elfroot.System{Root: base})
		if err != nil {
			return fmt.Errorf("make the image %q: %w", pod.Image, err)
		}
		images = append(images, image.Image{Name: pod.Image, Entrypoint: pod.Entrypoint, Files: files, Compress: true})
	}
	return image.WriteLayout(dir, images...)
}

func (p Pod) files(system elfroot.System) ([]image.File, error) {
	files := []image.File{
		image.Dir("etc", 0o755), image.Dir("run", 0o755), image.Dir("tmp", 0o1777),
		image.Text("etc/passwd", "root:x:0:0:root:/:/sbin/nologin\n"), image.Text("etc/group", "root:x:0:\n"),
	}
	content, err := os.ReadFile(p.Program)
	if err != nil {
		return nil, fmt.Errorf("read its program (hack/kind-lab.sh builds it): %w", err)
	}
	files = append(files, image.Program(p.Path, content))
	binaries := []string{p.Program}
	patterns := slices.Concat(p.Tools, p.Files)
	for _, pattern := range patterns {
		matches, err := filepath.Glob(filepath.Join(system.Root, pattern))
		if err != nil || len(matches) == 0 {
			return nil, fmt.Errorf("the node's system has no %s: %w", pattern, err)
		}
		for _, match := range matches {
			name, err := filepath.Rel(system.Root, match)
			if err != nil {
				return nil, fmt.Errorf("find %q in the node's system: %w", match, err)
			}
			content, err := system.Read(name)
			if err != nil {
				return nil, fmt.Errorf("read a file of the node's system: %w", err)
			}
			files = append(files, image.Program(name, content))
			binaries = append(binaries, match)
		}
	}
	libraries, err := system.Needs(binaries...)
	if err != nil {
		return nil, err
	}
	files = append(files, libraries...)
	for _, name := range sortedKeys(p.Links) {
		files = append(files, image.Link(path.Clean(name), p.Links[name]))
	}
	return files, nil
}
