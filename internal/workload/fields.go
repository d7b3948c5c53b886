// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"encoding/json"
	"fmt"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/validation/field"
	kjson "sigs.k8s.io/json"

	"kubelet-ordering/pkg/api/v1/dependency"
)

// ordering are the fields of a container's lifecycle that belong to the order. The others are upstream's.
var ordering = []string{"type", "dependsOn", "before", "preStopTiming", "stopTimeoutSeconds"}

// readFields reads the ordering fields of the containers, which the type v1.Lifecycle of this module does not have, and sets the
// defaults that an API server with the field sets.
func (p *Pod) readFields(content map[string]any) {
	says := map[*v1.Container]*dependency.Lifecycle{}
	for _, list := range []struct {
		name string
		of   []v1.Container
	}{{"initContainers", p.Pod.Spec.InitContainers}, {"containers", p.Pod.Spec.Containers}} {
		raw, _, err := unstructured.NestedSlice(content, "spec", list.name)
		if err != nil {
			continue
		}
		for i := range list.of {
			c := &list.of[i]
			path := field.NewPath("spec", list.name).Index(i).Child("lifecycle")
			l, err := lifecycle(raw, i)
			if err != nil {
				p.Problems = append(p.Problems, field.Invalid(path, c.Name, err.Error()))
			}
			if l == nil {
				continue
			}
			says[c] = l
			if list.name == "containers" && l.Type == dependency.Sidecar && c.RestartPolicy == nil {
				always := v1.ContainerRestartPolicyAlways
				c.RestartPolicy = &always
			}
		}
	}
	if len(says) > 0 {
		p.Fields = func(c *v1.Container) *dependency.Lifecycle { return says[c] }
	}
}

// lifecycle decodes the ordering fields of one container. It returns nil if none is set.
func lifecycle(containers []any, i int) (*dependency.Lifecycle, error) {
	if i >= len(containers) {
		return nil, nil
	}
	container, _ := containers[i].(map[string]any)
	all, _ := container["lifecycle"].(map[string]any)
	set := map[string]any{}
	for _, name := range ordering {
		if value, ok := all[name]; ok && value != nil {
			set[name] = value
		}
	}
	if len(set) == 0 {
		return nil, nil
	}
	text, err := json.Marshal(set)
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w", err)
	}
	l := &dependency.Lifecycle{}
	strict, err := kjson.UnmarshalStrict(text, l)
	if err == nil && len(strict) > 0 {
		err = strict[0]
	}
	if err != nil {
		return l, fmt.Errorf("cannot be read: %w", err)
	}
	return l, nil
}
