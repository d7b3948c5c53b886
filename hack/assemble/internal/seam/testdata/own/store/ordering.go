// SPDX-License-Identifier: Apache-2.0

package store

import t "time"

// kind is an own type.
type kind string

// storeFields are the fields that Store gets.
//
//upstream:extend Store body=@
type storeFields struct {
	// Kind is documented here.
	Kind    kind             `json:"kind,omitempty" protobuf:"bytes,1001,opt,name=kind"`
	closes  *t.Time          // a comment that stays
	a, b    map[string][]int `json:"-"`
	handler func0
	*Empty
}

type func0 func()

//upstream:extend Empty body=@
type emptyFields struct{ Weight int }

//upstream:extend Line body=@
type lineFields struct {
	C int
	D []chan error
}

// Open opens.
//
//upstream:wrap Open body=@
func Open(n string) (s *Store) {
	s = upstreamOpen(n)
	s.Kind, s.Empty = "grocer", &Empty{Weight: len(s.a) + len(s.b)}
	return s
}

// Sell sells.
//
//upstream:wrap (*Store).Sell body=@
func (own *Store) Sell(a string, b string) (err error) {
	return own.upstreamSell(a, b)
}

//upstream:wrap (Ranked).first body=@
func (r Ranked[K]) first() K { return r.upstreamFirst() }

//upstream:replace count body=@
func count(l, other Line) int { return len(l.D) + len(other.D) }

//upstream:wrap sum body=@
func sum[T int | float64](numbers ...T) T { return upstreamSum(numbers...) }

var _ = Line{A: 1, B: 2, C: sum(1, 2), D: make([]chan error, count(Line{}, Line{}))}

var _ = storeFields{closes: nil, handler: nil}
