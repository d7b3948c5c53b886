// SPDX-License-Identifier: Apache-2.0

package onnode

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	v1 "k8s.io/api/core/v1"
)

// Manifests is the kubelet's directory of static pods.
type Manifests struct{ Dir string }

// Place puts the pods' manifests into the directory, each atomically, and returns the time just before the first.
func (m Manifests) Place(pods ...*v1.Pod) (time.Time, error) {
	for _, pod := range pods {
		// Manifests may be JSON, which is valid YAML.
		text, err := json.Marshal(pod)
		if err != nil {
			return time.Time{}, fmt.Errorf("encode pod %q: %w", pod.Name, err)
		}
		if err := os.WriteFile(m.hidden(pod.Name), text, 0o644); err != nil {
			return time.Time{}, fmt.Errorf("write the manifest of pod %q: %w", pod.Name, err)
		}
	}
	begin := time.Now()
	for _, pod := range pods {
		if err := os.Rename(m.hidden(pod.Name), m.shown(pod.Name)); err != nil {
			return time.Time{}, fmt.Errorf("show the manifest of pod %q to the kubelet: %w", pod.Name, err)
		}
	}
	return begin, nil
}

// Withdraw removes the manifests, and returns the time just before the first.
func (m Manifests) Withdraw(names ...string) (time.Time, error) {
	begin := time.Now()
	for _, name := range names {
		if err := os.Remove(m.shown(name)); err != nil {
			return time.Time{}, fmt.Errorf("withdraw the manifest of pod %q: %w", name, err)
		}
	}
	return begin, nil
}

// hidden returns the path where a manifest is first written. The kubelet ignores files whose names begin with a dot.
func (m Manifests) hidden(name string) string { return filepath.Join(m.Dir, "."+name+".json") }

func (m Manifests) shown(name string) string { return filepath.Join(m.Dir, name+".json") }
