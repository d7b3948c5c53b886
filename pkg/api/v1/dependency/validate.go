// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"fmt"
	"slices"
	"strings"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

var (
	supportedTypes          = []Type{Standard, Sidecar}
	supportedConditions     = []Condition{Started, Ready, Completed, Succeeded, None}
	supportedTypeConditions = []Condition{Started, Ready, None}
	supportedTimings        = []PreStopTiming{InTurn, AtTermination}
)

// validate adds all problems of the plan except cycles. It sorts them by container name, so that the message does not depend
// on the order of the pod's container list.
func validate(plan *Plan, at places, problems *problemList) {
	v := validation{plan: plan, parts: newParts(plan), at: at, problems: problems}
	sidecars := 0
	for _, p := range v.parts.speakers() {
		if p.sidecar() && !p.native {
			sidecars++
			v.restarts(p)
		}
		v.lifecycle(p, at.of(p.name))
	}
	if sidecars > 0 && sidecars == len(plan.Containers) {
		problems.add(func() *field.Error {
			return field.Invalid(at.containers(), sidecars,
				"every container is a Sidecar, so the pod would be complete before it began: leave at least one container Standard")
		})
	}
}

// validation is the state of one call of validate.
type validation struct {
	plan     *Plan
	parts    parts
	at       places
	problems *problemList
}

// invalid adds a problem with a value of the user.
func (v *validation) invalid(path func() *field.Path, value, detail string) {
	v.problems.add(func() *field.Error { return field.Invalid(path(), shorten(value, maxValueBytes), detail) })
}

func (v *validation) required(path func() *field.Path, detail string) {
	v.problems.add(func() *field.Error { return field.Required(path(), detail) })
}

func (v *validation) duplicate(path func() *field.Path, value string) {
	v.problems.add(func() *field.Error { return field.Duplicate(path(), shorten(value, maxValueBytes)) })
}

// restarts requires that a Sidecar is restarted: under pod policy Never it would end unnoticed.
func (v *validation) restarts(p *part) {
	if v.plan.RestartPolicy == v1.RestartPolicyNever && p.regular.RestartPolicy == "" {
		v.required(func() *field.Path { return v.at.containers().Index(p.index).Child("restartPolicy") }, fmt.Sprintf(
			"%q is a Sidecar and would not be restarted when it fails, by the pod's restartPolicy Never: set restartPolicy: Always on it, "+
				"or Never if that is intended", shorten(p.name, maxNameBytes)))
	}
}

func (v *validation) lifecycle(p *part, path *field.Path) {
	l := p.says
	child := func(name string) func() *field.Path { return func() *field.Path { return path.Child(name) } }
	switch {
	case l.Type != "" && !slices.Contains(supportedTypes, l.Type):
		v.problems.add(func() *field.Error {
			return field.NotSupported(path.Child("type"), shorten(string(l.Type), maxValueBytes), supportedTypes)
		})
	case p.native && l.Type == Standard:
		v.invalid(child("type"), string(l.Type),
			"a native sidecar cannot be Standard, because it does not keep the pod from completing: set Sidecar, or remove the field")
	}
	if p.native && len(l.DependsOn) > 0 {
		v.problems.add(func() *field.Error {
			return field.Forbidden(path.Child("dependsOn"), fmt.Sprintf("%q is a native sidecar, and those start before all regular "+
				"containers, in the order of the list of init containers: change that order, or make it a regular container",
				shorten(p.name, maxNameBytes)))
		})
	} else {
		v.list(p, l.DependsOn, path.Child("dependsOn"), v.dependsOn)
	}
	v.list(p, l.Before, path.Child("before"), v.before)
	if t := l.PreStopTiming; t != "" && !slices.Contains(supportedTimings, t) {
		v.problems.add(func() *field.Error {
			return field.NotSupported(path.Child("preStopTiming"), shorten(string(t), maxValueBytes), supportedTimings)
		})
	}
	if t := l.StopTimeoutSeconds; t != nil && (*t < 1 || *t > v.plan.GracePeriodSeconds) {
		v.problems.add(func() *field.Error {
			return field.Invalid(path.Child("stopTimeoutSeconds"), *t, fmt.Sprintf(
				"must be at least 1 and at most the pod's terminationGracePeriodSeconds, which is %d", v.plan.GracePeriodSeconds))
		})
	}
}

// entryPath returns the path of an entry's field. Most entries have no problems, so it is not computed before it is needed.
type entryPath func(child string) func() *field.Path

// list validates the entries of one list. named validates an entry that names another container.
func (v *validation) list(p *part, entries []Dependency, path *field.Path, named func(*part, *Dependency, entryPath)) {
	byName, byType := map[string]bool{}, map[Type]bool{}
	for i := range entries {
		d := &entries[i]
		entry := func(child string) func() *field.Path { return func() *field.Path { return path.Index(i).Child(child) } }
		switch {
		case d.Container != "" && d.Type != "":
			v.invalid(entry("type"), string(d.Type), "the entry names a container as well: use two entries, or remove one of the two")
			continue
		case d.Container == "" && d.Type == "":
			v.required(entry("container"), "name a container, or set type to mean every other container of that type")
			continue
		case byType[d.Type]:
			v.duplicate(entry("type"), string(d.Type))
			continue
		case byName[d.Container]:
			v.duplicate(entry("container"), d.Container)
			continue
		case d.Type != "":
			byType[d.Type] = true
		default:
			byName[d.Container] = true
		}
		if d.Condition != "" && !slices.Contains(supportedConditions, d.Condition) {
			v.problems.add(func() *field.Error {
				return field.NotSupported(entry("condition")(), shorten(string(d.Condition), maxValueBytes), supportedConditions)
			})
		}
		switch {
		case d.Type == "" && d.Container == p.name:
			v.invalid(entry("container"), d.Container, "a container cannot wait for itself: remove the entry")
		case d.Type == "":
			named(p, d, entry)
		default:
			v.byType(d, entry)
		}
	}
}

func (v *validation) byType(d *Dependency, entry entryPath) {
	if !slices.Contains(supportedTypes, d.Type) {
		v.problems.add(func() *field.Error {
			return field.NotSupported(entry("type")(), shorten(string(d.Type), maxValueBytes), supportedTypes)
		})
	}
	if d.Condition.awaitsEnd() {
		v.problems.add(func() *field.Error {
			err := field.NotSupported(entry("condition")(), d.Condition, supportedTypeConditions)
			err.Detail += ": only an entry that names a container can wait for its end"
			return err
		})
	}
}

// dependsOn validates an entry of dependsOn that names another container.
func (v *validation) dependsOn(p *part, d *Dependency, entry entryPath) {
	switch other := v.parts[d.Container]; {
	case other == nil && !d.Optional:
		v.invalid(entry("container"), d.Container,
			"the pod has no such container: correct the name, or set optional: true if it may be absent")
	case other == nil:
	case other.regular == nil && !other.native:
		if !d.Optional {
			v.invalid(entry("container"), d.Container,
				"init containers have all finished before a regular container starts: remove the entry")
		}
	default:
		v.end(p, other, d, entry)
	}
}

// before validates an entry of before that names another container. It ignores an absent one, and an init container, which cannot
// wait for a regular one: who injects a container does not know how others are injected.
func (v *validation) before(p *part, d *Dependency, entry entryPath) {
	if other := v.parts[d.Container]; other != nil && other.regular != nil {
		v.end(other, p, d, entry)
	}
}

// end validates a condition that waits for the end of a container.
func (v *validation) end(dependent, dependency *part, d *Dependency, entry entryPath) {
	if !d.Condition.awaitsEnd() {
		return
	}
	if dependency.native || v.plan.effectiveRestartPolicy(dependency.regular) == v1.RestartPolicyAlways {
		v.invalid(entry("condition"), string(d.Condition), fmt.Sprintf(
			"%q is restarted whenever it exits (restartPolicy Always) and never completes: "+
				"wait for Started or Ready, or give it another restartPolicy", shorten(dependency.name, maxNameBytes)))
	}
	if dependent.sidecar() && !dependency.native && !dependency.sidecar() {
		v.invalid(entry("condition"), string(d.Condition), fmt.Sprintf(
			"the Sidecar %q would wait for the end of the Standard container %q, which it is to serve: "+
				"wait for Started or Ready, or make one of them another type",
			shorten(dependent.name, maxNameBytes), shorten(dependency.name, maxNameBytes)))
	}
}

// part is a container of a plan as the speaker and the target of entries.
type part struct {
	name string
	// regular is nil for an init container, and native reports whether that is a native sidecar.
	regular *PlannedContainer
	native  bool
	// index is its place in the list of regular containers.
	index int
	says  *Lifecycle
}

func (p *part) sidecar() bool { return p.says.isSidecar() }

// parts are the containers of a plan by name.
type parts map[string]*part

func newParts(plan *Plan) parts {
	p := make(parts, len(plan.Containers)+len(plan.InitContainers))
	for i := range plan.InitContainers {
		c := &plan.InitContainers[i]
		p[c.Name] = &part{name: c.Name, native: c.Native, says: c.Lifecycle}
	}
	for i := range plan.Containers {
		c := &plan.Containers[i]
		p[c.Name] = &part{name: c.Name, regular: c, index: i, says: c.Lifecycle}
	}
	return p
}

// speakers returns the regular containers and native sidecars that say something, sorted by name.
func (p parts) speakers() []*part {
	var speakers []*part
	for _, one := range p {
		if one.says != nil && (one.regular != nil || one.native) {
			speakers = append(speakers, one)
		}
	}
	slices.SortFunc(speakers, func(a, b *part) int { return strings.Compare(a.name, b.name) })
	return speakers
}
