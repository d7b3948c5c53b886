// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"encoding/json"
	"fmt"
	"maps"

	v1 "k8s.io/api/core/v1"
	sigsjson "sigs.k8s.io/json"

	"kubelet-ordering/pkg/api/v1/dependency"
)

// takeLifecycles removes our fields from the lifecycles of an object's containers, because the published API types do not
// have them, and returns them by container.
func takeLifecycles(object map[string]any) (map[string]*dependency.Lifecycle, error) {
	lifecycles := map[string]*dependency.Lifecycle{}
	err := containers(object, func(container map[string]any) error {
		all, _ := container["lifecycle"].(map[string]any)
		ours := map[string]any{}
		maps.DeleteFunc(all, func(field string, value any) bool {
			if isOrderField(field) {
				ours[field] = value
			}
			return isOrderField(field)
		})
		if len(ours) == 0 {
			return nil
		}
		name, _ := container["name"].(string)
		if len(all) == 0 {
			delete(container, "lifecycle")
		}
		text, err := json.Marshal(ours)
		if err != nil {
			return err
		}
		l := &dependency.Lifecycle{}
		strict, err := sigsjson.UnmarshalStrict(text, l)
		if err == nil && len(strict) > 0 {
			err = strict[0]
		}
		if err != nil {
			return fmt.Errorf("lifecycle of container %q: %w", name, err)
		}
		lifecycles[name] = l
		return nil
	})
	return lifecycles, err
}

// checkOrder builds a pod's graph from fields and annotations, with the code that the kubelet uses.
func checkOrder(pod *v1.Pod, lifecycles map[string]*dependency.Lifecycle) error {
	_, err := dependency.ForPod(pod, func(c *v1.Container) *dependency.Lifecycle { return lifecycles[c.Name] })
	return err
}
