// SPDX-License-Identifier: Apache-2.0

// Package place shows static pods to a test node's kubelet, and takes them away again.
package place

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	v1 "k8s.io/api/core/v1"
)

// Dir is the kubelet's directory of manifests, and one beside it in the same file system.
type Dir struct{ Manifests, Staging string }

// In returns the directories of a node; it makes the second one.
func In(manifests, root string) (Dir, error) {
	d := Dir{Manifests: manifests, Staging: filepath.Join(root, "staging")}
	if err := os.MkdirAll(d.Staging, 0o755); err != nil {
		return d, fmt.Errorf("make a directory for manifests: %w", err)
	}
	return d, nil
}

// Place shows the pods to the kubelet, each by a rename, so that it comes whole, and returns when it showed the first.
func (d Dir) Place(pods ...*v1.Pod) (time.Time, error) {
	for _, pod := range pods {
		// JSON is YAML, and needs no library.
		text, err := json.Marshal(pod)
		if err != nil {
			return time.Time{}, fmt.Errorf("encode pod %q: %w", pod.Name, err)
		}
		if err := os.WriteFile(d.staged(pod.Name), text, 0o644); err != nil {
			return time.Time{}, fmt.Errorf("write the manifest of pod %q: %w", pod.Name, err)
		}
	}
	begin := time.Now()
	for _, pod := range pods {
		if err := os.Rename(d.staged(pod.Name), d.shown(pod.Name)); err != nil {
			return time.Time{}, fmt.Errorf("show the manifest of pod %q to the kubelet: %w", pod.Name, err)
		}
	}
	return begin, nil
}

// Withdraw takes the manifests away, and returns when it began to.
func (d Dir) Withdraw(names ...string) (time.Time, error) {
	begin := time.Now()
	for _, name := range names {
		if err := os.Remove(d.shown(name)); err != nil {
			return time.Time{}, fmt.Errorf("withdraw the manifest of pod %q: %w", name, err)
		}
	}
	return begin, nil
}

func (d Dir) staged(name string) string { return filepath.Join(d.Staging, name+".json") }

func (d Dir) shown(name string) string { return filepath.Join(d.Manifests, name+".json") }
