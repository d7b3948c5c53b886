// SPDX-License-Identifier: Apache-2.0

// Package admit decides about pods and pod templates that declare an order: whether the API server is to take them, of which
// traps it is to warn, and whether a pod gets the node selector. It answers admission requests, and knows no network.
//
// It refuses nothing that it does not understand, and no order that was there before: the kubelet checks every order again, and
// holds a pod that it cannot follow.
package admit

import (
	"fmt"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "k8s.io/apimachinery/pkg/util/json"

	"kubelet-ordering/internal/workload"
)

// object is an object of a request.
type object struct {
	*unstructured.Unstructured
	// pod is nil for an object without a pod and without a pod template.
	pod *workload.Pod
}

// read reads an object of a request. There is none if the text is empty.
func read(raw []byte) (*object, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	content := map[string]any{}
	if err := utiljson.Unmarshal(raw, &content); err != nil {
		return nil, fmt.Errorf("decode the object: %w", err)
	}
	o := &object{Unstructured: &unstructured.Unstructured{Object: content}}
	var err error
	if o.pod, err = workload.New(o.Unstructured, true); err != nil {
		return nil, err
	}
	return o, nil
}

// ordered reports whether the object is one with an order.
func (o *object) ordered() bool { return o != nil && o.pod.InUse() }

// mirror reports whether the object is the mirror of a static pod, which runs whether or not the API server takes the mirror.
func (o *object) mirror() bool {
	_, is := o.pod.Pod.Annotations[v1.MirrorPodAnnotationKey]
	return is && o.pod.IsPod()
}

// controlled reports whether a controller makes the object, which has told of the same order before.
func (o *object) controlled() bool { return metav1.GetControllerOf(o) != nil }

// group returns the API group of the object's kind.
func (o *object) group() string { return o.GroupVersionKind().Group }

// same reports whether both have the same order: the same problems, and the same graph.
func (o *object) same(old *object) bool {
	if !old.ordered() || len(old.pod.Problems) > 0 || len(o.pod.Problems) > 0 {
		return false
	}
	return o.pod.Said() == old.pod.Said()
}
