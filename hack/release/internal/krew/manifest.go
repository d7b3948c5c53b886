// SPDX-License-Identifier: Apache-2.0

package krew

import (
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// Manifest is what krew knows of a plugin. Its fields are those of krew's API.
type Manifest struct {
	APIVersion string   `json:"apiVersion"`
	Kind       string   `json:"kind"`
	Metadata   Metadata `json:"metadata"`
	Spec       Spec     `json:"spec"`
}

// Metadata has the name of the plugin: kubectl NAME.
type Metadata struct {
	Name string `json:"name"`
}

// Spec is the rest.
type Spec struct {
	Version          string         `json:"version"`
	Homepage         string         `json:"homepage,omitempty"`
	ShortDescription string         `json:"shortDescription"`
	Description      string         `json:"description,omitempty"`
	Platforms        []PlatformSpec `json:"platforms"`
}

// PlatformSpec is the archive for the machines that the selector selects by the labels os and arch.
type PlatformSpec struct {
	Selector *metav1.LabelSelector `json:"selector,omitempty"`
	URI      string                `json:"uri"`
	SHA256   string                `json:"sha256"`
	Bin      string                `json:"bin"`
}

// Name is the name of the plugin, and of its manifest.
const Name = "order"

const about = `Shows the order in which the containers of a pod start and stop, says why a
pod waits, draws what its containers did and when, and finds mistakes in
manifests before a node does. It reads the annotations and fields of pods that
use container ordering. For files it needs no cluster.
`

// New returns the manifest of a release whose archives are below a URL, with their checksums by platform.
func New(version, url string, sums map[Platform]string) Manifest {
	m := Manifest{APIVersion: "krew.googlecontainertools.github.com/v1alpha2", Kind: "Plugin", Metadata: Metadata{Name}}
	m.Spec = Spec{Version: version, ShortDescription: "Show and explain the order of a pod's containers", Description: about}
	for _, p := range Platforms {
		sum, packed := sums[p]
		if !packed {
			continue
		}
		m.Spec.Platforms = append(m.Spec.Platforms, PlatformSpec{
			Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"os": p.OS, "arch": p.Arch}},
			URI:      strings.TrimSuffix(url, "/") + "/" + p.Archive(version), SHA256: sum, Bin: p.Program(),
		})
	}
	return m
}

// YAML returns the manifest as krew reads it.
func (m Manifest) YAML() ([]byte, error) {
	text, err := yaml.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("write the manifest of the plugin: %w", err)
	}
	return text, nil
}
