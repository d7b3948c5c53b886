// SPDX-License-Identifier: Apache-2.0

package shape

import (
	"fmt"
	"time"
)

// Case is one pod to be measured.
type Case struct {
	Kind Kind
	// Size is the number of sidecars, or of containers of an Ordinary or a Deaf pod; Diamond and Realistic have one of their own.
	Size int
	// WarmUp is what each container but the app takes from its start until it is ready, or exits.
	WarmUp time.Duration
	// Period of the probes, in seconds. An Ordinary and a Deaf pod have none.
	Period int
}

// Name is short, unique, and fit to be a pod's name, such as chain-4-300ms-p10.
func (c Case) Name() string {
	name := c.Shape()
	if c.Kind != Ordinary && c.Kind != Deaf {
		name += fmt.Sprintf("-%dms-p%d", c.WarmUp.Milliseconds(), c.Period)
	}
	return name
}

// Shape is the part of the name that tells kind and size, such as chain-4.
func (c Case) Shape() string {
	if c.Kind == Diamond || c.Kind == Realistic {
		return string(c.Kind)
	}
	return fmt.Sprintf("%s-%d", c.Kind, c.Size)
}

// WarmUpOf is the shortest time from the named container's start until another may follow it.
func (c Case) WarmUpOf(name string) time.Duration {
	if name == App || c.Kind == Ordinary || c.Kind == Deaf {
		return 0
	}
	return c.WarmUp
}
