// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"crypto/sha256"
	"encoding/json"
	"hash"
	"strconv"
	"strings"

	v1 "k8s.io/api/core/v1"
)

// Said returns a digest of everything that the pod's plan depends on. As long as it stays the same, so do the plan, its
// problems and its graph. It decodes nothing and is far cheaper than building the plan.
func Said(pod *v1.Pod, fields LifecycleFunc) string {
	d := digest{sum: sha256.New()}
	d.text(string(pod.UID))
	d.text(string(pod.Spec.RestartPolicy))
	if grace := pod.Spec.TerminationGracePeriodSeconds; grace != nil {
		d.text(strconv.FormatInt(*grace, 10))
	}
	natives := countNatives(pod)
	d.number(len(pod.Spec.Containers) + natives)
	if len(pod.Spec.Containers)+natives <= MaxContainers {
		for _, containers := range [][]v1.Container{pod.Spec.Containers, pod.Spec.InitContainers} {
			d.number(len(containers))
			for i := range containers {
				d.container(&containers[i], fields.of(&containers[i]))
			}
		}
		for _, key := range annotationKeys(pod) {
			value := pod.Annotations[key]
			d.text(key)
			d.number(len(value))
			if len(value) > MaxLifecycleBytes {
				value = value[:maxValueBytes]
			}
			d.text(value)
		}
	}
	return string(d.sum.Sum(nil))
}

// digest is the state of one call of Said.
type digest struct {
	sum    hash.Hash
	buffer []byte
}

func (d *digest) container(c *v1.Container, l *Lifecycle) {
	d.text(c.Name)
	if c.RestartPolicy != nil {
		d.text(string(*c.RestartPolicy))
	}
	if c.Lifecycle != nil && c.Lifecycle.PostStart != nil {
		d.number(1)
	}
	if l != nil {
		said, tooLarge := l.bounded()
		// Encoding a Lifecycle cannot fail.
		text, _ := json.Marshal(said)
		d.text(string(text))
		if tooLarge > 0 {
			d.number(tooLarge)
			d.text(strings.Join(l.fieldNames(), " "))
		}
	}
	d.number(0)
}

// text adds a text so that it cannot be taken for several, or for a part of a longer one.
func (d *digest) text(text string) {
	d.buffer = strconv.AppendInt(append(d.buffer[:0], '"'), int64(len(text)), 10)
	d.buffer = append(append(d.buffer, ' '), text...)
	d.sum.Write(d.buffer)
}

func (d *digest) number(n int) {
	d.buffer = append(strconv.AppendInt(d.buffer[:0], int64(n), 10), ',')
	d.sum.Write(d.buffer)
}
