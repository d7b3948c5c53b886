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
	return build(r.plan, r.places, &r.problems, nil)
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
	speakers := r.readContainers(pod, fields)
	for _, key := range annotationKeys(pod) {
		name := strings.TrimPrefix(key, AnnotationPrefix)
		s, known := speakers[name]
		switch {
		case !known:
			r.problems.add(func() *field.Error {
				return field.Invalid(r.places.annotation(key), shorten(name, maxNameBytes), "the pod has no regular container and no "+
					"native sidecar of this name: correct the name in the annotation, or remove the annotation")
			})
		case s.lifecycle == nil:
			r.problems.add(func() *field.Error {
				return field.Forbidden(r.places.annotation(key), fmt.Sprintf(
					"%q is an init container that is no native sidecar, and those run one after another: remove the annotation",
					shorten(name, maxNameBytes)))
			})
		default:
			r.readAnnotation(s, name, key, pod.Annotations[key])
		}
	}
	return r
}

// speaker is a container that may say something.
type speaker struct {
	// lifecycle is where the plan keeps what it says. It is nil for an init container that may say nothing.
	lifecycle **Lifecycle
	native    bool
}

// readContainers reads the containers and their fields.
func (r *reading) readContainers(pod *v1.Pod, fields LifecycleFunc) map[string]speaker {
	r.plan.Containers = make([]PlannedContainer, len(pod.Spec.Containers))
	r.plan.InitContainers = make([]PlannedInitContainer, len(pod.Spec.InitContainers))
	speakers := make(map[string]speaker, len(pod.Spec.Containers)+len(pod.Spec.InitContainers))
	for i := range pod.Spec.InitContainers {
		c, planned := &pod.Spec.InitContainers[i], &r.plan.InitContainers[i]
		planned.Name, planned.Native = c.Name, isNative(c)
		s := speaker{native: true}
		if planned.Native {
			s.lifecycle = &planned.Lifecycle
		}
		speakers[c.Name] = s
		r.readField(s, c, fields.of(c), r.places.initContainers().Index(i).Child("lifecycle"))
	}
	for i := range pod.Spec.Containers {
		c, planned := &pod.Spec.Containers[i], &r.plan.Containers[i]
		planned.Name, planned.PostStart = c.Name, c.Lifecycle != nil && c.Lifecycle.PostStart != nil
		if c.RestartPolicy != nil {
			planned.RestartPolicy = *c.RestartPolicy
		}
		s := speaker{lifecycle: &planned.Lifecycle}
		speakers[c.Name] = s
		r.readField(s, c, fields.of(c), r.places.containers().Index(i).Child("lifecycle"))
	}
	return speakers
}

// readField reads the field of a container.
func (r *reading) readField(s speaker, c *v1.Container, l *Lifecycle, path *field.Path) {
	if l == nil {
		return
	}
	if s.lifecycle == nil {
		for _, name := range l.fieldNames() {
			r.problems.add(func() *field.Error {
				return field.Forbidden(path.Child(name), fmt.Sprintf(
					"%q is an init container that is no native sidecar, and those run one after another: remove the field",
					shorten(c.Name, maxNameBytes)))
			})
		}
		return
	}
	r.places.fields[c.Name] = path
	bounded, tooLarge := l.bounded()
	*s.lifecycle = bounded
	if tooLarge > 0 {
		r.problems.add(func() *field.Error {
			return field.Invalid(path, tooLarge, fmt.Sprintf(
				"its ordering fields have so many bytes as JSON, and may have %d: use fewer entries", MaxLifecycleBytes))
		})
	}
}

// readAnnotation reads the annotation of a container, which may have the field, too.
func (r *reading) readAnnotation(s speaker, name, key, text string) {
	path := r.places.annotation(key)
	lifecycle, errs := decode(text)
	for _, err := range errs {
		r.problems.add(func() *field.Error { return undecodable(path, text, err) })
	}
	switch said := *s.lifecycle; {
	case said == nil:
		*s.lifecycle = lifecycle
	case len(errs) == 0 && !said.saysTheSame(lifecycle, s.native):
		r.problems.add(func() *field.Error {
			return field.Invalid(r.places.of(name), said.text(), fmt.Sprintf(
				"the annotation %s says %s: let both say the same, or remove one of the two", path, lifecycle.text()))
		})
	}
}
