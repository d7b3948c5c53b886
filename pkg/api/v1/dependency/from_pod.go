// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"fmt"
	"strings"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// LifecycleFunc returns the ordering part of a container's lifecycle field, or nil if no ordering field is set.
//
// Functions that read pods take it as an argument, because v1.Lifecycle has these fields only in the assembled tree, where
// package apifield provides the function. With a nil LifecycleFunc, only annotations are read.
type LifecycleFunc func(*v1.Container) *Lifecycle

func (f LifecycleFunc) of(c *v1.Container) *Lifecycle {
	if f == nil {
		return nil
	}
	return f(c)
}

// InUse reports whether the pod uses ordering: an ordering field of a container or init container is set, or the pod has a
// lifecycle annotation, decodable or not. This package ignores all other pods.
func InUse(pod *v1.Pod, fields LifecycleFunc) bool {
	for key := range pod.Annotations {
		if strings.HasPrefix(key, AnnotationPrefix) {
			return true
		}
	}
	return fieldInUse(pod, fields)
}

func fieldInUse(pod *v1.Pod, fields LifecycleFunc) bool {
	for _, containers := range [][]v1.Container{pod.Spec.Containers, pod.Spec.InitContainers} {
		for i := range containers {
			if fields.of(&containers[i]) != nil {
				return true
			}
		}
	}
	return false
}

// FromPod reads the ordering that the pod declares. It returns nil and no problems if the pod does not use ordering. It
// returns only the problems found while reading, in a stable order. New finds those of the plan; ForPod reports both at
// once.
func FromPod(pod *v1.Pod, fields LifecycleFunc) (*Plan, field.ErrorList) {
	if !InUse(pod, fields) {
		return nil, nil
	}
	r := read(nil, pod, fields)
	return r.plan, r.problems
}

// ForPod reads and validates the ordering that the pod declares. It returns nil and no error if the pod does not use
// ordering. The error is an *InvalidError.
func ForPod(pod *v1.Pod, fields LifecycleFunc) (*Graph, error) {
	if !InUse(pod, fields) {
		return nil, nil
	}
	r := read(nil, pod, fields)
	graph, problems := build(r.plan, r.places)
	if problems = append(r.problems, problems...); len(problems) > 0 {
		return nil, &InvalidError{Problems: problems, Plan: r.plan}
	}
	return graph, nil
}

// ProblemsOfField returns all problems of a pod that uses the field, in a stable order, including those of its annotations.
// It returns none for a pod that has only annotations. The API server validates pods with it: to the API server an
// annotation is opaque text, and only the kubelet interprets it.
//
// base is the path of the pod's metadata and spec: nil for a pod, and the path of the template for a pod template, which is
// passed as a pod without a name.
func ProblemsOfField(base *field.Path, pod *v1.Pod, fields LifecycleFunc) field.ErrorList {
	if !fieldInUse(pod, fields) {
		return nil
	}
	r := read(base, pod, fields)
	_, problems := build(r.plan, r.places)
	return append(r.problems, problems...)
}

// reading is the result of reading a pod.
type reading struct {
	plan     *Plan
	places   places
	problems field.ErrorList
}

// read reads a pod that uses ordering.
func read(base *field.Path, pod *v1.Pod, fields LifecycleFunc) *reading {
	plan := &Plan{PodUID: pod.UID, RestartPolicy: pod.Spec.RestartPolicy, GracePeriodSeconds: DefaultGracePeriodSeconds}
	if pod.Spec.TerminationGracePeriodSeconds != nil {
		plan.GracePeriodSeconds = *pod.Spec.TerminationGracePeriodSeconds
	}
	r := &reading{plan: plan, places: places{base: base, fields: map[string]*field.Path{}}}
	regular := map[string]int{}
	for i := range pod.Spec.Containers {
		c := &pod.Spec.Containers[i]
		planned := PlannedContainer{Name: c.Name, Lifecycle: fields.of(c)}
		if c.RestartPolicy != nil {
			planned.RestartPolicy = *c.RestartPolicy
		}
		if planned.Lifecycle != nil {
			r.places.fields[c.Name] = r.places.containers().Index(i).Child("lifecycle")
		}
		regular[c.Name] = i
		plan.Containers = append(plan.Containers, planned)
	}
	initial := map[string]bool{}
	for i := range pod.Spec.InitContainers {
		c := &pod.Spec.InitContainers[i]
		initial[c.Name] = true
		native := c.RestartPolicy != nil && *c.RestartPolicy == v1.ContainerRestartPolicyAlways
		plan.InitContainers = append(plan.InitContainers, PlannedInitContainer{Name: c.Name, Native: native})
	}

	for _, key := range annotationKeys(pod) {
		name, path := strings.TrimPrefix(key, AnnotationPrefix), r.places.annotation(key)
		i, known := regular[name]
		switch {
		case initial[name]:
			r.problems = append(r.problems, field.Forbidden(path,
				fmt.Sprintf("%q is an init container, and init containers run in the order of their list: remove the annotation", name)))
			continue
		case !known:
			r.problems = append(r.problems, field.Invalid(path, name,
				"the pod has no regular container of this name: correct the name in the annotation, or remove the annotation"))
			continue
		}
		lifecycle, errs := decode(path, pod.Annotations[key])
		r.problems = append(r.problems, errs...)
		if c := &plan.Containers[i]; c.Lifecycle == nil {
			c.Lifecycle = lifecycle
		} else if len(errs) == 0 && !c.Lifecycle.saysTheSame(lifecycle) {
			r.problems = append(r.problems, field.Invalid(r.places.of(name), c.Lifecycle.text(), fmt.Sprintf(
				"the annotation %s says %s: let both say the same, or remove one of the two", path, lifecycle.text())))
		}
	}
	for i := range pod.Spec.InitContainers {
		c := &pod.Spec.InitContainers[i]
		for _, name := range fields.of(c).fieldNames() {
			r.problems = append(r.problems, field.Forbidden(base.Child("spec", "initContainers").Index(i).Child("lifecycle", name),
				fmt.Sprintf("%q is an init container, and init containers run in the order of their list: remove the field", c.Name)))
		}
	}
	return r
}
