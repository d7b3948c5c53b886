// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"encoding/json"
	"maps"
	"strings"

	v1 "k8s.io/api/core/v1"
)

// Apply returns a shallow copy of the pod that says what the plan says, whatever the pod's own annotations have become
// since. A nil plan stands for no order. The copy shares everything but the annotations with the pod: what the fields of
// its containers say has to be removed by who knows them.
func (p *Plan) Apply(pod *v1.Pod) *v1.Pod {
	applied := *pod
	applied.Annotations = maps.Clone(pod.Annotations)
	maps.DeleteFunc(applied.Annotations, func(key, _ string) bool { return strings.HasPrefix(key, AnnotationPrefix) })
	if p == nil {
		return &applied
	}
	if applied.Annotations == nil {
		applied.Annotations = map[string]string{}
	}
	for _, c := range p.Containers {
		if c.Lifecycle == nil {
			continue
		}
		// A Lifecycle holds nothing that cannot be encoded.
		text, _ := json.Marshal(c.Lifecycle)
		applied.Annotations[AnnotationPrefix+c.Name] = string(text)
	}
	return &applied
}
