// SPDX-License-Identifier: Apache-2.0

package hash

import (
	"hash"
	"io"
	"strings"

	v1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/apis/core"
	"k8s.io/utils/dump"
)

// DeepHashObject computes the same hash as upstream for a pod or template that sets none of our fields. A static pod's UID and
// a ReplicaSet's name contain such hashes. Replacing the kubelet or the controller manager must not change them.
//
//upstream:wrap DeepHashObject body=9900a1f9b0a5db0b
func DeepHashObject(hasher hash.Hash, objectToWrite interface{}) {
	text, found := textWithoutUnsetOrder(objectToWrite)
	if !found {
		upstreamDeepHashObject(hasher, objectToWrite)
		return
	}
	hasher.Reset()
	_, _ = io.WriteString(hasher, text) // a hash returns no errors
}

// textWithoutUnsetOrder returns the text that upstream hashes for a pod or template: it omits the names of our fields from
// lifecycles that set none of them. It returns false if there is no such lifecycle: the text is then the same as upstream's.
func textWithoutUnsetOrder(object interface{}) (string, bool) {
	switch o := object.(type) {
	case *core.Pod:
		if o != nil && len(internalUnsetOrders(&o.Spec)) > 0 {
			marked := o.DeepCopy()
			return textWithoutMarks(object, marked, func(mark string) interface{} {
				before := []core.ContainerDependency{{Container: mark}}
				for _, l := range internalUnsetOrders(&marked.Spec) {
					l.Before = before
				}
				return core.Lifecycle{Before: before}
			}), true
		}
	case *v1.Pod:
		if o != nil && len(unsetOrders(&o.Spec)) > 0 {
			marked := o.DeepCopy()
			return textWithoutMarks(object, marked, marker(&marked.Spec)), true
		}
	case v1.PodTemplateSpec:
		if len(unsetOrders(&o.Spec)) > 0 {
			marked := *o.DeepCopy()
			return textWithoutMarks(object, marked, marker(&marked.Spec)), true
		}
	}
	return "", false
}

func marker(spec *v1.PodSpec) func(mark string) interface{} {
	return func(mark string) interface{} {
		before := []v1.ContainerDependency{{Container: mark}}
		for _, l := range unsetOrders(spec) {
			l.Before = before
		}
		return v1.Lifecycle{Before: before}
	}
}

// textWithoutMarks returns the text of the copy without our fields in lifecycles that set none of them. It first has these
// fields marked with a word that does not occur in the object's text, so that no text of the user can be mistaken for one of
// them. markUnset marks the lifecycles of the copy, and returns one that has nothing else.
func textWithoutMarks(object, copied interface{}, markUnset func(mark string) interface{}) string {
	mark := "unset"
	for text := dump.ForHash(object); strings.Contains(text, mark); {
		mark += mark
	}
	one := dump.ForHash(markUnset(mark))
	_, fields, _ := strings.Cut(one, " Type:")
	ours := " Type:" + strings.TrimSuffix(fields, "}")
	return strings.ReplaceAll(dump.ForHash(copied), ours, "")
}
