// SPDX-License-Identifier: Apache-2.0

package dependency

import "k8s.io/apimachinery/pkg/util/validation/field"

// places locates the lifecycles of a pod's containers, for error paths. The zero value is for a plan without its pod.
type places struct {
	// base is the path of the pod's metadata and spec, or nil for the root.
	base *field.Path
	// fields has the paths of the lifecycle fields with ordering, by container name.
	fields map[string]*field.Path
}

// of returns the path of the container's lifecycle: that of its field or that of its annotation.
func (p places) of(container string) *field.Path {
	if path, known := p.fields[container]; known {
		return path
	}
	return p.annotation(AnnotationPrefix + container)
}

func (p places) annotation(key string) *field.Path {
	return p.base.Child("metadata", "annotations").Key(shorten(key, len(AnnotationPrefix)+maxNameBytes))
}

func (p places) containers() *field.Path { return p.base.Child("spec", "containers") }

func (p places) initContainers() *field.Path { return p.base.Child("spec", "initContainers") }
