// SPDX-License-Identifier: Apache-2.0

package dependency

import "k8s.io/apimachinery/pkg/util/validation/field"

// places are where in a pod stands what its containers say. The zero value is for a plan that comes without its pod.
type places struct {
	// base is where the pod's metadata and spec stand, and nil for the root.
	base *field.Path
	// fields are the paths of the lifecycles of the containers whose fields say something, by the container's name.
	fields map[string]*field.Path
}

// of returns the place of what the container says.
func (p places) of(container string) *field.Path {
	if path, known := p.fields[container]; known {
		return path
	}
	return p.annotation(AnnotationPrefix + container)
}

func (p places) annotation(key string) *field.Path {
	return p.base.Child("metadata", "annotations").Key(key)
}

func (p places) containers() *field.Path { return p.base.Child("spec", "containers") }
