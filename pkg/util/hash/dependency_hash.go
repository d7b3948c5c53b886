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

// DeepHashObject gives a pod or template that sets none of our fields the hash that it has upstream. A static pod's UID and
// a ReplicaSet's name are such hashes, and an exchange of the kubelet or of the controller manager must change neither.
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

// textWithoutUnsetOrder returns the text that upstream hashes for a pod or template: without the names of our fields in
// lifecycles that set none of them. It returns false if there is no such lifecycle, so that the text is upstream's anyway.
func textWithoutUnsetOrder(object interface{}) (string, bool) {
	switch o := object.(type) {
	case *core.Pod:
		if o != nil && len(internalUnsetOrders(&o.Spec)) > 0 {
			marked := o.DeepCopy()
			return textWithoutMarks(object, marked, internalUnsetOrders(&marked.Spec), func(mark []string) interface{} { return core.Lifecycle{Before: mark} }), true
		}
	case *v1.Pod:
		if o != nil && len(unsetOrders(&o.Spec)) > 0 {
			marked := o.DeepCopy()
			return textWithoutMarks(object, marked, unsetOrders(&marked.Spec), markedLifecycle), true
		}
	case v1.PodTemplateSpec:
		if len(unsetOrders(&o.Spec)) > 0 {
			marked := *o.DeepCopy()
			return textWithoutMarks(object, marked, unsetOrders(&marked.Spec), markedLifecycle), true
		}
	}
	return "", false
}

func markedLifecycle(mark []string) interface{} { return v1.Lifecycle{Before: mark} }

// textWithoutMarks takes the text of the copy and removes our fields where unset has them. It marks these fields first, with a
// word that the object's text does not have, so that nothing that a user writes into a pod is taken for one of them.
func textWithoutMarks(object, copied interface{}, unset []*[]string, lifecycle func(mark []string) interface{}) string {
	mark := []string{"unset"}
	for text := dump.ForHash(object); strings.Contains(text, mark[0]); {
		mark[0] += mark[0]
	}
	for _, before := range unset {
		*before = mark
	}
	one := dump.ForHash(lifecycle(mark))
	ours := strings.TrimSuffix(one[strings.Index(one, " Type:"):], "}")
	return strings.ReplaceAll(dump.ForHash(copied), ours, "")
}
