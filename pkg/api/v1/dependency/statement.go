// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"fmt"
	"slices"
)

// Strength is how much a statement about two containers counts: the lower, the stronger.
type Strength uint8

const (
	// Named statements are entries that name a container.
	Named Strength = iota + 1
	// ByType statements are entries for every other container of a type.
	ByType
	// BySidecar statements follow from the type Sidecar: every Standard container waits for every Sidecar to be Ready.
	BySidecar
	// ByList statements follow from the order of the pod's list: the start of an earlier container with a postStart hook ends,
	// hook included, before a later one starts. They order the start alone, so edges with the condition None, which order the
	// stop alone, do not contradict them. Upstream starts containers like that, and
	// service meshes rely on it.
	ByList
)

func (s Strength) String() string {
	return [...]string{Named: "Named", ByType: "ByType", BySidecar: "BySidecar", ByList: "ByList"}[s]
}

// statement is what a pod says about a pair of containers: that one waits for the other.
type statement struct {
	from int
	edge
	strength Strength
	origin   origin
}

// origin is where a statement comes from.
type origin struct {
	// speaker is the node that says it.
	speaker int16
	// before reports whether it is an entry of before, and not of dependsOn. entry is the index of the entry. Neither means
	// anything for a statement without an entry. MaxLifecycleBytes and MaxContainers bound both numbers.
	before bool
	entry  int16
}

// String is the relative path of the entry.
func (o origin) String() string {
	list := "dependsOn"
	if o.before {
		list = "before"
	}
	return fmt.Sprintf("%s[%d]", list, o.entry)
}

// statements passes all statements of one strength to yield. Of those about one pair, the one that counts comes first.
// Statements that a duplicate entry makes are left out.
func (g *Graph) statements(strength Strength, yield func(statement)) {
	switch strength {
	case Named, ByType:
		// What a container itself depends on comes first.
		for _, before := range []bool{false, true} {
			for i := range g.nodes {
				g.entries(i, before, func(origin origin, d *Dependency) {
					if (d.Type != "") == (strength == ByType) {
						g.entry(origin, d, strength, yield)
					}
				})
			}
		}
	case BySidecar:
		for i := range g.plan.Containers {
			for to := range g.nodes {
				if g.nodes[i].standard() && g.nodes[to].role == Sidecar {
					yield(statement{i, edge{to, Ready}, BySidecar, origin{speaker: int16(to)}})
				}
			}
		}
	case ByList:
		for to := range g.plan.Containers {
			if !g.plan.Containers[to].PostStart {
				continue
			}
			for i := to + 1; i < len(g.plan.Containers); i++ {
				yield(statement{i, edge{to, StartEnded}, ByList, origin{speaker: int16(to)}})
			}
		}
	}
}

// entries passes the entries of one list of a container to yield: of those with the same type, only the first.
func (g *Graph) entries(speaker int, before bool, yield func(origin, *Dependency)) {
	l := g.nodes[speaker].says
	if l == nil {
		return
	}
	entries := l.DependsOn
	if before {
		entries = l.Before
	}
	var seen map[Type]bool
	for k := range entries {
		d := &entries[k]
		if d.Type != "" {
			if seen[d.Type] {
				continue
			}
			if seen == nil {
				seen = map[Type]bool{}
			}
			seen[d.Type] = true
		}
		yield(origin{int16(speaker), before, int16(k)}, d)
	}
}

// entry passes the statements of one entry to yield.
func (g *Graph) entry(o origin, d *Dependency, strength Strength, yield func(statement)) {
	speaker := int(o.speaker)
	say := func(other int) {
		switch {
		case other == speaker:
		case o.before:
			yield(statement{other, edge{speaker, d.condition()}, strength, o})
		default:
			yield(statement{speaker, edge{other, d.condition()}, strength, o})
		}
	}
	if strength == Named {
		if other, known := g.index[d.Container]; known {
			say(other)
		}
		return
	}
	for other := range g.nodes {
		if g.nodes[other].role == d.Type {
			say(other)
		}
	}
}

// fate is what becomes of a statement.
type fate int

const (
	// kept statements are the edges of the graph.
	kept fate = iota
	// overruled: another statement about the same pair counts, which is stronger or the dependent's own.
	overruled
	// contradicted: edges that are as strong or stronger lead back from the dependency to the dependent.
	contradicted
	// startsFirst: the dependent is a native sidecar, which starts before every regular container.
	startsFirst
)

// resolve returns the statements that are the edges of the graph. Strength by strength, it adds the statements about pairs that
// no stronger one is about, and drops those whose two ends then lie in one strongly connected component, all at once. So the
// result depends on no order but that of the pod's list, by which the weakest statements go. Named statements are never
// dropped: their cycles make the pod invalid.
//
// It reports every statement to told, unless that is nil.
func (g *Graph) resolve(told func(statement, fate)) []statement {
	if told == nil {
		told = func(statement, fate) {}
	}
	var statements []statement
	// By dependent: the dependencies that a statement is about, those that an edge leads to, and those that it waits for.
	pairs, edges, waits := make([]nodeSet, len(g.nodes)), make([]nodeSet, len(g.nodes)), make([]nodeSet, len(g.nodes))
	for strength := Named; strength <= ByList; strength++ {
		stronger := len(statements)
		with := slices.Clone(edges)
		if strength == ByList {
			// None orders the stop alone and the list orders the start alone: they cannot contradict one another.
			with = slices.Clone(waits)
		}
		g.statements(strength, func(s statement) {
			switch pair := &pairs[s.from]; {
			case g.nodes[s.from].native:
				told(s, startsFirst)
			case pair.has(s.to):
				told(s, overruled)
			default:
				pair.add(s.to)
				with[s.from].add(s.to)
				statements = append(statements, s)
			}
		})
		if stronger == len(statements) {
			continue
		}
		reach := closure(with)
		left := statements[:stronger]
		for _, s := range statements[stronger:] {
			if strength != Named && reach[s.to].has(s.from) {
				told(s, contradicted)
				continue
			}
			told(s, kept)
			edges[s.from].add(s.to)
			if s.condition != None {
				waits[s.from].add(s.to)
			}
			left = append(left, s)
		}
		statements = left
	}
	return statements
}
