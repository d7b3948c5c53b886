// SPDX-License-Identifier: Apache-2.0

// Package workload finds the pod or pod template of an object of any kind, and the order that it declares.
package workload

import (
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"kubelet-ordering/pkg/api/v1/dependency"
)

// Pod is a pod or a pod template.
type Pod struct {
	// Kind, Namespace and Name are those of the object. Kind is in lower case.
	Kind, Namespace, Name string
	// Pod is the object, or a pod with the metadata and spec of its template.
	Pod *v1.Pod
	// Live reports whether it comes from a cluster.
	Live bool
	// Base is the path of the template in the object. It is nil for a pod.
	Base *field.Path
	// Fields returns what the field of a container says. It is a function of the containers of Pod alone: not of a copy.
	Fields dependency.LifecycleFunc
	// Problems are those of fields that cannot be read.
	Problems field.ErrorList
	// File is the name of the file, or empty.
	File string
	// Line returns the line of a path in the file. It is nil if that is not known.
	Line func(path string) int
}

// String names the object as kubectl does.
func (p *Pod) String() string { return p.Kind + "/" + p.Name }

// IsPod reports whether it is a pod, not a template.
func (p *Pod) IsPod() bool { return p.Base == nil }

// InUse reports whether the pod uses ordering.
func (p *Pod) InUse() bool { return len(p.Problems) > 0 || dependency.InUse(p.Pod, p.Fields) }

// Explain explains the order of the pod. It returns nil and no error if the pod does not use ordering. The error is a
// *dependency.InvalidError, whose paths are those of the pod, without Base.
func (p *Pod) Explain() (*dependency.Explanation, error) {
	x, err := dependency.Explain(p.Pod, p.Fields)
	if len(p.Problems) == 0 {
		return x, err
	}
	invalid := &dependency.InvalidError{}
	if err != nil {
		invalid = err.(*dependency.InvalidError) //nolint:errorlint // Explain promises this type
	}
	all := append(append(field.ErrorList{}, p.Problems...), invalid.Problems...)
	return nil, &dependency.InvalidError{Problems: all, More: invalid.More, Plan: invalid.Plan}
}

// Path is the path in the object of a path in the pod.
func (p *Pod) Path(path string) string {
	if p.Base == nil {
		return path
	}
	return p.Base.String() + "." + path
}

// Said returns a digest of all that the order of the pod depends on.
func (p *Pod) Said() string { return dependency.Said(p.Pod, p.Fields) }
