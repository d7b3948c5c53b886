// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"encoding/json"
	"strconv"

	v1 "k8s.io/api/core/v1"
)

// Said returns everything that the pod's plan depends on as one text. As long as the text stays the same, so do the plan, its
// problems and its graph. It decodes nothing and is far cheaper than building the plan.
func Said(pod *v1.Pod, fields LifecycleFunc) string {
	text := strconv.AppendQuote(nil, string(pod.UID))
	text = strconv.AppendQuote(text, string(pod.Spec.RestartPolicy))
	if grace := pod.Spec.TerminationGracePeriodSeconds; grace != nil {
		text = strconv.AppendInt(text, *grace, 10)
	}
	for _, containers := range [][]v1.Container{pod.Spec.Containers, pod.Spec.InitContainers} {
		text = append(text, '\n')
		for i := range containers {
			c := &containers[i]
			text = strconv.AppendQuote(text, c.Name)
			if c.RestartPolicy != nil {
				text = strconv.AppendQuote(text, string(*c.RestartPolicy))
			}
			if l := fields.of(c); l != nil {
				// Encoding a Lifecycle cannot fail.
				field, _ := json.Marshal(l)
				text = append(text, field...)
			}
			text = append(text, ',')
		}
	}
	for _, key := range annotationKeys(pod) {
		text = strconv.AppendQuote(append(text, '\n'), key)
		text = strconv.AppendQuote(text, pod.Annotations[key])
	}
	return string(text)
}
