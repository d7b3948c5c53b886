// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// These constants bound the work, the memory and the text that a pod can cost (guarantee B). Whatever a pod says, reading
// it is linear in its bytes, and everything else is bounded by the edges between MaxContainers containers.
const (
	// MaxLifecycleBytes is the greatest size of one container's lifecycle: of the annotation's value as it is, and of the
	// field as JSON. A larger one is not parsed.
	MaxLifecycleBytes = 16 << 10
	// MaxYAMLMarks is the greatest number of characters that may structure a value in YAML: "[", "{", ",", ":", "?", "!", "-"
	// before a space, and pairs of quotes. A YAML parser needs about 1 KiB for each of them, and up to 3 KiB for a value of
	// few bytes. Values in JSON have no such bound.
	MaxYAMLMarks = 256
	// MaxCommas is the greatest number of commas in a value. The decoder needs about 150 bytes for what each of them separates, which
	// may be empty. A list with an entry for each of MaxContainers containers has half as many.
	MaxCommas = 800
	// MaxContainers is the greatest number of regular containers and native sidecars together in a pod that uses ordering.
	MaxContainers = 128
	// MaxPlanBytes is the greatest size of an encoded Plan. It is an annotation of the sandbox. Each list of the node's
	// sandboxes has all of them, and the kubelet receives at most 16 MiB from the runtime at once.
	MaxPlanBytes = 64 << 10
	// MaxProblems is the greatest number of problems that are reported of one pod. The others are only counted.
	MaxProblems = 32
	// MaxTextBytes is the greatest size of a text in a status, a condition or an event.
	MaxTextBytes = 1024
	// MaxTextNames is the greatest number of containers that such a text names. It says how many more there are.
	MaxTextNames = 8
	// maxValueBytes is the length to which a value of the user is shortened in a text.
	maxValueBytes = 128
)

// TooManyContainers returns the problem of a pod that uses ordering and has more containers than MaxContainers, or nil. It
// counts regular containers and native sidecars. base is that of ProblemsOfField. The API server asks it before it makes the
// copy of the pod that ProblemsOfField needs.
func TooManyContainers(base *field.Path, regular, native int) *field.Error {
	count := regular + native
	if count <= MaxContainers {
		return nil
	}
	return field.Invalid(places{base: base}.containers(), count, fmt.Sprintf("there are so many regular containers and native sidecars, "+
		"and a pod that uses ordering may have %d of them: use fewer containers, or remove the ordering from the pod", MaxContainers))
}

func isNative(c *v1.Container) bool {
	return c.RestartPolicy != nil && *c.RestartPolicy == v1.ContainerRestartPolicyAlways
}

func countNatives(pod *v1.Pod) int {
	count := 0
	for i := range pod.Spec.InitContainers {
		if isNative(&pod.Spec.InitContainers[i]) {
			count++
		}
	}
	return count
}

// problemOfSize returns the problem of a plan that exceeds a bound, or nil.
func problemOfSize(plan *Plan, at places) *field.Error {
	natives := 0
	for i := range plan.InitContainers {
		if plan.InitContainers[i].Native {
			natives++
		}
	}
	if problem := TooManyContainers(at.base, len(plan.Containers), natives); problem != nil {
		return problem
	}
	if size := plan.normalized().size(); size > MaxPlanBytes {
		return field.Invalid(at.base.Child("spec"), size, fmt.Sprintf("the containers say too much about their order, which has so many "+
			"bytes and may have %d: use fewer entries, for instance entries by type in place of many names", MaxPlanBytes))
	}
	return nil
}

// size returns an upper bound of the length of the plan as JSON, without encoding it. It is no greater for the plan that is
// decoded from there.
func (p *Plan) size() int {
	size := len(`{"podUID":,"gracePeriodSeconds":-9223372036854775808,"restartPolicy":,"containers":[],"initContainers":[]}`) +
		jsonSize(string(p.PodUID)) + jsonSize(string(p.RestartPolicy))
	for i := range p.Containers {
		c := &p.Containers[i]
		size += len(`{"name":,"restartPolicy":,"postStart":true,"lifecycle":},`) + jsonSize(c.Name) + jsonSize(string(c.RestartPolicy)) +
			c.Lifecycle.size()
	}
	for i := range p.InitContainers {
		c := &p.InitContainers[i]
		size += len(`{"name":,"native":true,"lifecycle":},`) + jsonSize(c.Name) + c.Lifecycle.size()
	}
	return size
}

// size returns an upper bound of the length of the lifecycle as JSON, without encoding it.
func (l *Lifecycle) size() int {
	if l == nil {
		return 0
	}
	size := len(`{}`)
	if l.Type != "" {
		size += len(`"type":,`) + jsonSize(string(l.Type))
	}
	if len(l.DependsOn) > 0 {
		size += len(`"dependsOn":[],`) + entriesSize(l.DependsOn)
	}
	if len(l.Before) > 0 {
		size += len(`"before":[],`) + entriesSize(l.Before)
	}
	if l.PreStopTiming != "" {
		size += len(`"preStopTiming":,`) + jsonSize(string(l.PreStopTiming))
	}
	if l.StopTimeoutSeconds != nil {
		size += len(`"stopTimeoutSeconds":-9223372036854775808,`)
	}
	return size
}

func entriesSize(entries []Dependency) int {
	size := 0
	for i := range entries {
		d := &entries[i]
		size += len(`{},`)
		if d.Container != "" {
			size += len(`"container":,`) + jsonSize(d.Container)
		}
		if d.Type != "" {
			size += len(`"type":,`) + jsonSize(string(d.Type))
		}
		if d.Condition != "" {
			size += len(`"condition":,`) + jsonSize(string(d.Condition))
		}
		if d.Optional {
			size += len(`"optional":true,`)
		}
	}
	return size
}

// jsonSize returns an upper bound of the length of the text as a JSON string, without HTML escaping.
func jsonSize(text string) int {
	size := len(`""`)
	for i, r := range text {
		switch {
		case r < ' ', r == '\u2028', r == '\u2029', r == utf8.RuneError && !strings.HasPrefix(text[i:], "\ufffd"):
			size += len(`\u0000`)
		case r == '"', r == '\\':
			size += len(`\"`)
		default:
			size += utf8.RuneLen(r)
		}
	}
	return size
}

// bounded returns the lifecycle of a field if it is within MaxLifecycleBytes, and else its size and only its type.
func (l *Lifecycle) bounded() (bounded *Lifecycle, tooLarge int) {
	size := l.size()
	if size <= MaxLifecycleBytes {
		return l, 0
	}
	bounded = &Lifecycle{}
	if l.isSidecar() {
		bounded.Type = Sidecar
	}
	return bounded, size
}

// text returns the lifecycle in the format of an annotation, with bounded length.
func (l *Lifecycle) text() string {
	// Encoding a Lifecycle cannot fail.
	text, _ := json.Marshal(l)
	return shorten(string(text), maxValueBytes)
}
