// SPDX-License-Identifier: Apache-2.0

package store

import (
	"fmt"
	t "time"
)

// Store sells.
type Store struct {
	Name string // what people call it

	// opened is when.
	opened t.Time
	/* the end */
}

type (
	// Empty has nothing yet.
	Empty struct{}

	// Line has all on one line.
	Line struct{ A, B int }

	// Ranked is generic.
	Ranked[K comparable] struct {
		keys []K
	}
)

// Open opens.
func Open(name string) *Store {
	return &Store{Name: name, opened: t.Now()}
}

// Sell calls itself for what the own function adds.
func (s *Store) Sell(first, second string) error {
	if second == "" {
		return s.Sell(first, "nothing")
	}
	if second == "nothing" {
		panic("sold out") // the line to find
	}
	return fmt.Errorf("no %s", first)
}

func (r Ranked[K]) first() K { return r.keys[0] }

func sum[T int | float64](list ...T) (total T) {
	for _, x := range list {
		total += x
	}
	return total
}

// count counts, and does not compile once a Line has a list.
func count(l, other Line) int {
	/* a comment
	on two lines */
	if l == other {
		return len(`a text
on two lines`)
	}
	return 0
}
