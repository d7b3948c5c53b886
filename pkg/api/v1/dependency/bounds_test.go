// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// longName returns a container's name of the greatest length.
func longName(i int) string { return fmt.Sprintf("c%03d-%s", i, strings.Repeat("x", maxNameBytes-5)) }

// hostilePod is a pod whose fields cost nothing to read, unlike those of podBuilder.
type hostilePod struct {
	pod    *v1.Pod
	fields map[string]*Lifecycle
}

func newHostile(regular, native, plain int) *hostilePod {
	h := &hostilePod{pod: newPod().pod, fields: map[string]*Lifecycle{}}
	for i := range regular {
		h.pod.Spec.Containers = append(h.pod.Spec.Containers, v1.Container{Name: longName(i)})
	}
	always := v1.ContainerRestartPolicyAlways
	for i := range native {
		h.pod.Spec.InitContainers = append(h.pod.Spec.InitContainers, v1.Container{Name: fmt.Sprint("n", i), RestartPolicy: &always})
	}
	for i := range plain {
		h.pod.Spec.InitContainers = append(h.pod.Spec.InitContainers, v1.Container{Name: fmt.Sprint("i", i)})
	}
	return h
}

func (h *hostilePod) says(i int, l *Lifecycle) *hostilePod {
	h.fields[h.pod.Spec.Containers[i].Name] = l
	return h
}

func (h *hostilePod) annotate(name, value string) *hostilePod {
	(&podBuilder{pod: h.pod}).annotate(name, value)
	return h
}

func (h *hostilePod) lifecycle(c *v1.Container) *Lifecycle { return h.fields[c.Name] }

// dense returns a pod with the greatest number of containers, each of which waits for all that come before it.
func dense(condition Condition) *hostilePod {
	h := newHostile(MaxContainers, 0, 0)
	for i := range MaxContainers {
		l := &Lifecycle{}
		for k := range i {
			l.DependsOn = append(l.DependsOn, Dependency{Container: longName(k), Condition: condition})
		}
		h.says(i, l)
	}
	return h
}

// entries returns a lifecycle with that many entries, all of which are wrong.
func entries(n int) *Lifecycle {
	l := &Lifecycle{}
	for i := range n {
		l.DependsOn = append(l.DependsOn, Dependency{Container: fmt.Sprint(i)})
	}
	return l
}

// TestReadingIsLinear: reading and validating a pod allocates little, whatever the pod says.
func TestReadingIsLinear(t *testing.T) {
	spoken := func() *hostilePod { return newHostile(1, 0, 0).says(0, &Lifecycle{}) }
	many := spoken()
	for i := range 5000 {
		many.annotate(fmt.Sprint("none", i), "{}")
	}
	large := newHostile(1, 0, 0).says(0, &Lifecycle{Before: names(strings.Repeat("x", 1<<20))})
	typed := newHostile(MaxContainers/2, MaxContainers/2, 0).says(0, &Lifecycle{Type: Sidecar})
	for i := range MaxContainers / 4 {
		typed.says(i, &Lifecycle{Type: Sidecar, Before: allStandard})
	}
	edges := newHostile(MaxContainers, 0, 0)
	for i := range MaxContainers / 3 {
		edges.says(3*i, &Lifecycle{Type: Sidecar}).says(3*i+1, &Lifecycle{Before: allStandard})
	}
	wrong := newHostile(MaxContainers, 0, 0)
	for i := range MaxContainers {
		wrong.says(i, entries(300))
	}
	tooMany := newHostile(2000, 2000, 0)
	for i := range 2000 {
		tooMany.says(i, &Lifecycle{Type: Sidecar, Before: allStandard})
	}
	bomb := "x: &x [" + strings.Repeat("web,", 8000) + "]\nbefore: [" + strings.Repeat("*x,", 800) + "]"
	for name, tt := range map[string]struct {
		*hostilePod
		limit int
	}{
		"4,000 containers":                      {tooMany, 64 << 10},
		"4,000 containers, one speaks":          {newHostile(2000, 2000, 0).says(0, &Lifecycle{Type: Sidecar}), 64 << 10},
		"as many containers as there may be":    {typed, 1 << 20},
		"8,128 edges in too many bytes":         {dense(Ready), 4 << 20},
		"5,461 edges by types":                  {edges, 4 << 20},
		"10,000 entries":                        {newHostile(1, 0, 0).says(0, entries(10_000)), 64 << 10},
		"38,400 entries":                        {wrong, 9 << 20},
		"a name of 1 MiB":                       {large, 64 << 10},
		"5,000 annotations of nobody":           {many, 1 << 20},
		"an annotation of a million characters": {spoken().annotate(longName(0), strings.Repeat("x", 1_000_000)), 64 << 10},
		"800 aliases":                           {spoken().annotate(longName(0), bomb), 64 << 10},
		"10,000 plain init containers":          {newHostile(1, 0, 10_000).says(0, &Lifecycle{Type: Standard}), 8 << 20},
	} {
		t.Run(name, func(t *testing.T) {
			expectAllocs(t, "ProblemsOfField", tt.limit, func() { ProblemsOfField(nil, tt.pod, tt.lifecycle) })
			expectAllocs(t, "ForPod", tt.limit, func() {
				if _, err := ForPod(tt.pod, tt.lifecycle); err != nil && len(err.Error()) > MaxTextBytes {
					t.Errorf("an error of %d bytes", len(err.Error()))
				}
			})
			expectAllocs(t, "Said", tt.limit, func() { Said(tt.pod, tt.lifecycle) })
		})
	}
}

// TestTooManyContainers: regular containers and native sidecars count, and there is one problem, whatever else is wrong.
func TestTooManyContainers(t *testing.T) {
	const tooMany = `.containers: Invalid value: 129: there are so many regular containers and native sidecars, and a pod that uses ` +
		`ordering may have 128 of them: use fewer containers, or remove the ordering from the pod`
	for name, tt := range map[string]struct {
		pod  *hostilePod
		base *field.Path
		want []string
	}{
		"as many regular ones as there may be": {pod: newHostile(128, 0, 1000).says(0, &Lifecycle{Type: Sidecar})},
		"as many of both":                      {pod: newHostile(100, 28, 0).says(0, &Lifecycle{Type: Sidecar})},
		"one more":                             {pod: newHostile(129, 0, 0).says(0, &Lifecycle{Type: "Other"}), want: []string{"spec" + tooMany}},
		"one native sidecar more": {
			pod: newHostile(100, 29, 0).says(0, &Lifecycle{Type: "Other"}).annotate("none", "]"), want: []string{"spec" + tooMany},
		},
		"in a template": {
			pod:  newHostile(129, 0, 0).says(0, &Lifecycle{Type: Sidecar}),
			base: field.NewPath("spec", "template"), want: []string{"spec.template.spec" + tooMany},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, problem := range ProblemsOfField(tt.base, tt.pod.pod, tt.pod.lifecycle) {
				got = append(got, problem.Error())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("ProblemsOfField() (-want +got):\n%s", diff)
			}
			graph, err := ForPod(tt.pod.pod, tt.pod.lifecycle)
			if (graph == nil) != (tt.want != nil) || (err == nil) != (tt.want == nil) {
				t.Errorf("ForPod() = %v, %v", graph, err)
			}
			if err != nil && tt.base == nil && err.Error() != tt.want[0] {
				t.Errorf("ForPod() error %q, want %q", err, tt.want[0])
			}
		})
	}
	plan := &Plan{Containers: make([]PlannedContainer, 100), InitContainers: make([]PlannedInitContainer, 29)}
	for i := range plan.InitContainers {
		plan.InitContainers[i].Native = true
	}
	if _, err := New(plan); err == nil || err.Error() != "spec"+tooMany {
		t.Errorf("New() error %v, want %q", err, "spec"+tooMany)
	}
}

// TestProblemsAreBounded: of many problems the first are reported, and the number of the others.
func TestProblemsAreBounded(t *testing.T) {
	for name, tt := range map[string]struct {
		entries, more int
	}{
		"as many as are listed": {entries: MaxProblems},
		"one more":              {entries: MaxProblems + 1, more: 1},
		"many":                  {entries: 700, more: 700 - MaxProblems},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHostile(1, 0, 0).says(0, entries(tt.entries))
			listed := ProblemsOfField(nil, h.pod, h.lifecycle)
			want := MaxProblems
			if tt.more > 0 {
				want++
				summary := fmt.Sprintf("spec: Invalid value: the order of the containers has %d more problems: correct those above first", tt.more)
				if got := listed[len(listed)-1].Error(); got != summary {
					t.Errorf("the last problem: %s, want %s", got, summary)
				}
			}
			if len(listed) != want {
				t.Errorf("%d problems, want %d", len(listed), want)
			}
			_, err := ForPod(h.pod, h.lifecycle)
			var invalid *InvalidError
			if !errors.As(err, &invalid) || len(invalid.Problems) != MaxProblems || invalid.More != tt.more {
				t.Errorf("ForPod() error %v, want %d problems and %d more", err, MaxProblems, tt.more)
			}
		})
	}
}

// TestTooLarge: a lifecycle that is too large is one problem, and its type counts.
func TestTooLarge(t *testing.T) {
	h := newHostile(2, 0, 0).says(0, &Lifecycle{Type: Sidecar, Before: names(strings.Repeat("x", MaxLifecycleBytes))})
	_, err := ForPod(h.pod, h.lifecycle)
	const want = "spec.containers[0].lifecycle: Invalid value: 16433: its ordering fields have so many bytes as JSON, and may have " +
		"16384: use fewer entries"
	if err == nil || err.Error() != want {
		t.Errorf("ForPod() error %v, want %s", err, want)
	}
	var invalid *InvalidError
	if !errors.As(err, &invalid) || invalid.Plan.TypeOf(longName(0)) != Sidecar || len(invalid.Plan.Containers[0].Lifecycle.Before) > 0 {
		t.Errorf("the plan of %v does not keep the type alone", err)
	}
}

// TestPlanTooLarge: a pod whose plan is larger than a sandbox may carry is invalid, and so is such a plan of a sandbox.
func TestPlanTooLarge(t *testing.T) {
	h := dense(Ready)
	const want = `spec: Invalid value: 676521: the containers say too much about their order, which has so many bytes and may have 65536: ` +
		`use fewer entries, for instance entries by type in place of many names`
	if _, err := ForPod(h.pod, h.lifecycle); err == nil || err.Error() != want {
		t.Errorf("ForPod() error %v, want %s", err, want)
	}
	plan, errs := FromPod(h.pod, h.lifecycle)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	if _, err := New(plan); err == nil || err.Error() != want {
		t.Errorf("New() error %v, want %s", err, want)
	}
	if _, err := ParsePlan(mustEncode(t, plan), plan.PodUID); err == nil || !strings.Contains(err.Error(), "and may have 65536") {
		t.Errorf("ParsePlan() error %v, want one about the size", err)
	}
}

// TestPlanOfHostilePodIsSmall: what a valid pod says of containers that it does not have is not in its plan, however long it
// is, and however many bytes it would have in JSON.
func TestPlanOfHostilePodIsSmall(t *testing.T) {
	for name, character := range map[string]string{
		"letters": "x", "angle brackets": "<", "ampersands": "&", "quotes": `"`, "control characters": "\x01", "line separators": "\u2028",
		"invalid UTF-8": "\xff", "emoji": "😀",
	} {
		t.Run(name, func(t *testing.T) {
			absent := strings.Repeat(character, 1200/len(character))
			fields, annotations := newHostile(MaxContainers-1, 1, 10_000), newHostile(MaxContainers-1, 1, 10_000)
			for i := range MaxContainers - 1 {
				l := &Lifecycle{Type: Standard, StopTimeoutSeconds: seconds(30), Before: append(names(absent), allStandard...)}
				if i > 0 {
					l.DependsOn = append(l.DependsOn, Dependency{Container: longName(i - 1), Condition: Succeeded, Optional: true})
				}
				l.DependsOn = append(l.DependsOn, Dependency{Container: absent, Condition: Ready, Optional: true})
				fields.says(i, l)
				text, err := json.Marshal(l)
				if err != nil {
					t.Fatal(err)
				}
				annotations.annotate(longName(i), string(text))
			}
			for kind, h := range map[string]*hostilePod{"fields": fields, "annotations": annotations} {
				graph, err := ForPod(h.pod, h.lifecycle)
				if err != nil {
					t.Fatalf("%s: %v", kind, err)
				}
				text := mustEncode(t, graph.Plan())
				if len(text) > MaxPlanBytes || strings.Contains(text, character+character+character+character) && character != "x" {
					t.Errorf("%s: a plan of %d bytes: %s", kind, len(text), shorten(text, MaxTextBytes))
				}
				parsed, err := ParsePlan(text, graph.Plan().PodUID)
				if err != nil {
					t.Fatalf("%s: %v", kind, err)
				}
				again, err := New(parsed)
				if err != nil {
					t.Fatalf("%s: %v", kind, err)
				}
				if diff := cmp.Diff(graph.String(), again.String()); diff != "" {
					t.Errorf("%s: another graph (-want +got):\n%s", kind, diff)
				}
			}
		})
	}
}

// TestSizes: the sizes are upper bounds of what is encoded, and not far above it.
func TestSizes(t *testing.T) {
	random := newRandom(t)
	for range 2000 {
		plan := randomPlan(random)
		plan.Containers[0].Name = pick(random, "a", "\"\\", "<&>", "\x00\x7f", "é\u2028", "\xff", longName(0))
		text := mustEncode(t, plan)
		if size := plan.normalized().size(); size < len(text) || size > 6*len(text)+200 {
			t.Fatalf("size() = %d of a plan of %d bytes: %s", size, len(text), text)
		}
	}
}
