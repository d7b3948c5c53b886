// SPDX-License-Identifier: Apache-2.0

package shape

import v1 "k8s.io/api/core/v1"

// CrowdPod is one of the many pods that run at a time: two sidecars and an app, without warm-up and probes. Its style is
// Annotations or Unordered.
func CrowdPod(name string, style Style) (*v1.Pod, error) {
	c := Case{Kind: Independent, Size: 2}
	pod := empty(name)
	for i, node := range c.Nodes() {
		made := container(c, i, Node{Name: App})
		made.Name = node.Name
		pod.Spec.Containers = append(pod.Spec.Containers, made)
		if style == Annotations {
			if err := annotate(pod, c, node); err != nil {
				return nil, err
			}
		}
	}
	return pod, nil
}

// CrowdContainers is how many containers such a pod has.
const CrowdContainers = 3
