// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"testing"
	"testing/synctest"

	"kubelet-ordering/hack/compare/internal/choice"
)

func TestPlaces(t *testing.T) {
	plain, disk, pages := choice.Way{}, choice.Way{Disk: true}, choice.Way{HugePages: true}
	alone := choice.Way{Alone: true}
	for name, tt := range map[string]struct {
		held []choice.Way
		next choice.Way
		want bool
	}{
		"room for one more node":              {[]choice.Way{plain, plain}, plain, true},
		"no room":                             {[]choice.Way{plain, plain, plain}, plain, false},
		"disks have a bound of their own":     {[]choice.Way{disk}, disk, false},
		"others run beside a disk":            {[]choice.Way{disk}, plain, true},
		"huge pages are one node's":           {[]choice.Way{pages}, pages, false},
		"a disk beside huge pages":            {[]choice.Way{pages}, disk, true},
		"alone, beside nothing":               {nil, alone, true},
		"alone, beside another":               {[]choice.Way{plain}, alone, false},
		"nothing beside one that is alone":    {[]choice.Way{alone}, plain, false},
		"who waits for a disk has no node":    {[]choice.Way{disk, disk, plain}, plain, true},
		"who waits for pages has no node too": {[]choice.Way{pages, pages, pages, plain}, plain, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPlaces(3, 1)
				ctx, cancel := context.WithCancel(t.Context())
				take := func(way choice.Way) *bool {
					got := new(bool)
					go func() {
						release, err := p.take(ctx, choice.Run{Way: way})
						if err != nil {
							return
						}
						*got = true
						<-ctx.Done()
						release()
					}()
					synctest.Wait()
					return got
				}
				for _, way := range tt.held {
					take(way)
				}
				if got := *take(tt.next); got != tt.want {
					t.Errorf("got a place: %v, want %v", got, tt.want)
				}
				cancel()
				synctest.Wait()
				if !p.nodes.TryAcquire(3) || !p.disks.TryAcquire(1) || !p.hugePages.TryAcquire(1) {
					t.Error("something was not given back")
				}
			})
		})
	}
}
