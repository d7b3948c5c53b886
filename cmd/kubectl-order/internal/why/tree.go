// SPDX-License-Identifier: Apache-2.0

package why

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"kubelet-ordering/cmd/kubectl-order/internal/safe"
	"kubelet-ordering/pkg/api/v1/dependency"
)

// Style paints words on a terminal.
type Style interface {
	Bold(text string) string
	Dim(text string) string
	Bad(text string) string
	Good(text string) string
}

// maxDepth bounds the tree. A graph has at most so many containers in a chain.
const maxDepth = dependency.MaxContainers

// Text writes the answer as a tree: what waits, for what, down to the roots, and what to do.
func (a *Answer) Text(now time.Time, style Style) string {
	t := &tree{answer: a, now: now, style: style, shown: map[string]bool{}}
	t.head()
	for _, n := range a.Notes {
		fmt.Fprintf(&t.out, "%s\n", safe.Line(n.Text))
	}
	if tops := a.tops(); len(tops) > 0 {
		t.out.WriteString("\n")
		for _, name := range tops {
			t.container(a.Container(name), "", "", "", 0)
		}
	}
	t.todo()
	return t.out.String()
}

// tree is the state of one call of Text.
type tree struct {
	answer *Answer
	now    time.Time
	style  Style
	out    strings.Builder
	shown  map[string]bool
}

func (t *tree) head() {
	a := t.answer
	waiting, wrong := 0, 0
	for i := range a.Containers {
		switch {
		case a.Containers[i].Waits:
			waiting++
		case a.Containers[i].Wrong:
			wrong++
		}
	}
	text := safe.Line(a.Object)
	if a.Node != "" {
		text += " on node " + safe.Line(a.Node)
	}
	switch {
	case waiting > 0:
		text += fmt.Sprintf(": %d of %d containers wait", waiting, len(a.Containers))
	case wrong > 0:
		text += fmt.Sprintf(": no container waits for another, and %d of %d are not ready", wrong, len(a.Containers))
	case !a.Waiting():
		text += ": no container waits"
	}
	t.out.WriteString(t.style.Bold(text) + "\n")
}

// tops are the containers that wait or are wrong and that no other one waits for, in the order of the pod.
func (a *Answer) tops() []string {
	awaited := map[string]bool{}
	for i := range a.Containers {
		for _, w := range a.Containers[i].For {
			awaited[w.Container] = true
		}
	}
	var tops []string
	for i := range a.Containers {
		if c := &a.Containers[i]; (c.Waits || c.Wrong) && !awaited[c.Name] {
			tops = append(tops, c.Name)
		}
	}
	return tops
}

// container writes a container and, below it, what it waits for. branch leads to it, rest to what is below it.
func (t *tree) container(c *Container, branch, rest, wait string, depth int) {
	line := safe.Line(c.Name) + wait + ": " + safe.Line(c.State)
	if c.Since != nil && c.Waits {
		line += " since " + clock(*c.Since)
		if age := t.now.Sub(*c.Since).Round(time.Second); age > 0 {
			line += " (" + age.String() + ")"
		}
	}
	root := len(c.For) == 0 && (c.Wrong || depth > 0)
	switch {
	case root && !c.Waits:
		line = t.style.Bad(line)
	case t.shown[c.Name] && len(c.For) > 0:
		line += t.style.Dim(" (see above)")
	}
	fmt.Fprintf(&t.out, "%s%s\n", branch, line)
	if t.shown[c.Name] || depth > maxDepth {
		return
	}
	t.shown[c.Name] = true
	for _, detail := range c.Details {
		fmt.Fprintf(&t.out, "%s      %s\n", rest, t.style.Dim(safe.Line(detail)))
	}
	waits := t.answer.direct(c)
	for i, w := range waits {
		next := t.answer.Container(w.Container)
		if next == nil {
			continue
		}
		branch, below := "├─ ", "│  "
		if i == len(waits)-1 {
			branch, below = "└─ ", "   "
		}
		t.container(next, rest+branch, rest+below, condition(w), depth+1)
	}
}

// direct are the waits of a container without those that another one of them has to wait for, too.
func (a *Answer) direct(c *Container) []Wait {
	return slices.DeleteFunc(slices.Clone(c.For), func(w Wait) bool {
		return slices.ContainsFunc(c.For, func(other Wait) bool {
			return other.Container != w.Container && a.leads(other.Container, w.Container, map[string]bool{})
		})
	})
}

// leads reports whether one container waits for another, directly or through others.
func (a *Answer) leads(from, to string, seen map[string]bool) bool {
	c := a.Container(from)
	if c == nil || seen[from] {
		return false
	}
	seen[from] = true
	return slices.ContainsFunc(c.For, func(w Wait) bool { return w.Container == to || a.leads(w.Container, to, seen) })
}

// condition says what must be true of a container.
func condition(w Wait) string {
	text := " to be " + w.Condition
	if w.Condition == string(dependency.StartEnded) {
		text = "'s postStart hook to end"
	}
	if w.Never {
		text += ", which can never be"
	}
	return text
}

// todo writes what to do.
func (t *tree) todo() {
	var lines []string
	for _, n := range t.answer.Notes {
		if n.Do != "" {
			lines = append(lines, n.Do)
		}
	}
	for i := range t.answer.Containers {
		if c := &t.answer.Containers[i]; c.Do != "" {
			lines = append(lines, c.Do)
		}
	}
	if len(lines) == 0 {
		return
	}
	t.out.WriteString("\nWhat to do:\n")
	for _, line := range slices.Compact(lines) {
		fmt.Fprintf(&t.out, "  %s\n", safe.Line(line))
	}
}
