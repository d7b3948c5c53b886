// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"fmt"
	"os"
	"path/filepath"

	"sigs.k8s.io/yaml"
)

// RunAnnotation tells this run's pod from any other on the node: the kubelet changes a static pod's name and UID.
const RunAnnotation = "demo/run"

// Placed is a manifest that the kubelet can see.
type Placed struct {
	Run  string
	file string
}

// Place puts the manifest into the kubelet's directory, all at once.
func (m *Manifest) Place(dir, run string) (*Placed, error) {
	pod := m.Pod.DeepCopy()
	if pod.Annotations == nil {
		pod.Annotations = map[string]string{}
	}
	pod.Annotations[RunAnnotation] = run
	text, err := yaml.Marshal(pod)
	if err != nil {
		return nil, fmt.Errorf("encode pod %q: %w", pod.Name, err)
	}
	// The kubelet does not read files that begin with a dot.
	hidden := filepath.Join(dir, "."+pod.Name+".yaml")
	if err := os.WriteFile(hidden, text, 0o644); err != nil {
		return nil, fmt.Errorf("write the manifest of pod %q: %w", pod.Name, err)
	}
	p := &Placed{Run: run, file: filepath.Join(dir, pod.Name+".yaml")}
	if err := os.Rename(hidden, p.file); err != nil {
		return nil, fmt.Errorf("show the manifest of pod %q to the kubelet: %w", pod.Name, err)
	}
	return p, nil
}

// Withdraw deletes the pod.
func (p *Placed) Withdraw() error {
	if err := os.Remove(p.file); err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("withdraw the manifest %q: %w", p.file, err)
	}
	return nil
}
