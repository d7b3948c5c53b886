// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"

	"golang.org/x/sync/semaphore"

	"kubelet-ordering/hack/compare/internal/choice"
)

// places bound what runs at the same time take of the machine.
type places struct {
	nodes, disks, hugePages *semaphore.Weighted
	all                     int64
}

// newPlaces returns room for so many nodes, of which so many have disks of their own: the machine need not have room for as many.
func newPlaces(nodes, disks int) *places {
	return &places{
		nodes: semaphore.NewWeighted(int64(nodes)), disks: semaphore.NewWeighted(int64(disks)), hugePages: semaphore.NewWeighted(1),
		all: int64(nodes),
	}
}

// scarce reports whether a run waits for more than a node. Others should not have to wait for it then.
func scarce(run choice.Run) bool { return run.Disk || run.HugePages }

// take waits until there is room for the run, and returns what gives it back. It takes a node last, so that no run waits with one.
// The only error is that of the context.
func (p *places) take(ctx context.Context, run choice.Run) (func(), error) {
	need := map[*semaphore.Weighted]int64{p.nodes: 1}
	if run.Alone {
		need[p.nodes] = p.all
	}
	if run.Disk {
		need[p.disks] = 1
	}
	if run.HugePages {
		need[p.hugePages] = 1
	}
	var taken []*semaphore.Weighted
	release := func() {
		for _, from := range taken {
			from.Release(need[from])
		}
	}
	for _, from := range []*semaphore.Weighted{p.disks, p.hugePages, p.nodes} {
		if need[from] == 0 {
			continue
		}
		if err := from.Acquire(ctx, need[from]); err != nil {
			release()
			return nil, err
		}
		taken = append(taken, from)
	}
	return release, nil
}
