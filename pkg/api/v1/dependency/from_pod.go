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
	return r.plan, r.problems.summary(nil)
}

// ForPod reads and validates the ordering that the pod declares. It returns nil and no error if the pod does not use
// ordering. The error is an *InvalidError.
func ForPod(pod *v1.Pod, fields LifecycleFunc) (*Graph, error) {
	if !InUse(pod, fields) {
		return nil, nil
	}
	r := read(nil, pod, fields)
	graph := r.build()
	if r.problems.any() {
		return nil, &InvalidError{Problems: r.problems.listed, More: r.problems.more, Plan: r.plan}
	}
	return graph, nil
}

// ProblemsOfField returns the problems of a pod that uses the field, in a stable order, including those of its annotations.
// After MaxProblems of them, the last one says how many more there are. It returns none for a pod that has only annotations.
// The API server validates pods with it: to the API server an annotation is opaque text, and only the kubelet interprets it.
//
// base is the path of the pod's metadata and spec: nil for a pod, and the path of the template for a pod template, which is
// passed as a pod without a name.
func ProblemsOfField(base *field.Path, pod *v1.Pod, fields LifecycleFunc) field.ErrorList {
	if !fieldInUse(pod, fields) {
		return nil
	}
	r := read(base, pod, fields)
	r.build()
	return r.problems.summary(base)
}

// reading is the result of reading a pod.
type reading struct {
	plan     *Plan
	places   places
	problems problemList
	// tooMany reports whether the pod has too many containers to read them.
	tooMany bool
}

// build returns the graph of what was read, and adds its problems. If there are any, the graph must not be used.
func (r *reading) build() *Graph {
	if r.tooMany {
		return nil
	}
	return build(r.plan, r.places, &r.problems)
}

// read reads a pod that uses ordering.
func read(base *field.Path, pod *v1.Pod, fields LifecycleFunc) *reading {
	plan := &Plan{PodUID: pod.UID, RestartPolicy: pod.Spec.RestartPolicy, GracePeriodSeconds: DefaultGracePeriodSeconds}
	if pod.Spec.TerminationGracePeriodSeconds != nil {
		plan.GracePeriodSeconds = *pod.Spec.TerminationGracePeriodSeconds
	}
	r := &reading{plan: plan, places: places{base: base, fields: map[string]*field.Path{}}}
	if problem := TooManyContainers(base, len(pod.Spec.Containers), countNatives(pod)); problem != nil {
		r.tooMany = true
		r.problems.add(func() *field.Error { return problem })
		return r
	}
	regular, initial := r.readContainers(pod, fields)
	for _, key := range annotationKeys(pod) {
		name := strings.TrimPrefix(key, AnnotationPrefix)
		i, known := regular[name]
		switch {
		case initial[name]:
			r.problems.add(func() *field.Error {
				return field.Forbidden(r.places.annotation(key), fmt.Sprintf(
					"%q is an init container, and init containers run in the order of their list: remove the annotation",
					shorten(name, maxNameBytes)))
			})
		case !known:
			r.problems.add(func() *field.Error {
				return field.Invalid(r.places.annotation(key), shorten(name, maxNameBytes),
					"the pod has no regular container of this name: correct the name in the annotation, or remove the annotation")
			})
		default:
			r.readAnnotation(&plan.Containers[i], key, pod.Annotations[key])
		}
	}
	r.refuseInitFields(pod, fields)
	return r
}

// readContainers reads the containers and their fields. It returns the index of each regular container by name, and the names
// of the init containers.
func (r *reading) readContainers(pod *v1.Pod, fields LifecycleFunc) (regular map[string]int, initial map[string]bool) {
	regular, initial = map[string]int{}, map[string]bool{}
	for i := range pod.Spec.Containers {
		c := &pod.Spec.Containers[i]
		planned := PlannedContainer{Name: c.Name}
		if c.RestartPolicy != nil {
			planned.RestartPolicy = *c.RestartPolicy
		}
		if l := fields.of(c); l != nil {
			r.places.fields[c.Name] = r.places.containers().Index(i).Child("lifecycle")
			var tooLarge int
			if planned.Lifecycle, tooLarge = l.bounded(); tooLarge > 0 {
				r.problems.add(func() *field.Error {
					return field.Invalid(r.places.fields[c.Name], tooLarge, fmt.Sprintf(
						"its ordering fields have so many bytes as JSON, and may have %d: use fewer entries", MaxLifecycleBytes))
				})
			}
		}
		regular[c.Name] = i
		r.plan.Containers = append(r.plan.Containers, planned)
	}
	for i := range pod.Spec.InitContainers {
		c := &pod.Spec.InitContainers[i]
		initial[c.Name] = true
		r.plan.InitContainers = append(r.plan.InitContainers, PlannedInitContainer{Name: c.Name, Native: isNative(c)})
	}
	return regular, initial
}

// readAnnotation reads the annotation of a regular container, which may have the field, too.
func (r *reading) readAnnotation(c *PlannedContainer, key, text string) {
	path := r.places.annotation(key)
	lifecycle, errs := decode(text)
	for _, err := range errs {
		r.problems.add(func() *field.Error { return undecodable(path, text, err) })
	}
	if c.Lifecycle == nil {
		c.Lifecycle = lifecycle
	} else if len(errs) == 0 && !c.Lifecycle.saysTheSame(lifecycle) {
		r.problems.add(func() *field.Error {
			return field.Invalid(r.places.of(c.Name), c.Lifecycle.text(), fmt.Sprintf(
				"the annotation %s says %s: let both say the same, or remove one of the two", path, lifecycle.text()))
		})
	}
}

func (r *reading) refuseInitFields(pod *v1.Pod, fields LifecycleFunc) {
	for i := range pod.Spec.InitContainers {
		c := &pod.Spec.InitContainers[i]
		for _, name := range fields.of(c).fieldNames() {
			r.problems.add(func() *field.Error {
				return field.Forbidden(r.places.base.Child("spec", "initContainers").Index(i).Child("lifecycle", name), fmt.Sprintf(
					"%q is an init container, and init containers run in the order of their list: remove the field",
					shorten(c.Name, maxNameBytes)))
			})
		}
	}
}
