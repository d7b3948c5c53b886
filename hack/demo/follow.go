// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"slices"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/wait"

	"kubelet-ordering/internal/facts"
	"kubelet-ordering/pkg/api/v1/dependency"
)

// interval between two polls. A poll costs a few milliseconds of the node's two cores.
const interval = 60 * time.Millisecond

// asked is what follow polls.
type asked interface {
	Ask(ctx context.Context) error
}

// settle is how long the log may lag behind the last exit.
const settle = 300 * time.Millisecond

// follow polls and shows the pod until it has ended or the context is done. When all containers have been ready it reads the page, if
// readPage is set, and it deletes the pod stopAfter later.
func follow(
	ctx context.Context, w asked, pod *facts.Pod, show func(now time.Time), readPage func(context.Context), stopAfter time.Duration,
	withdraw func() error,
) error {
	var up, over time.Time
	return wait.PollUntilContextCancel(ctx, interval, true, func(ctx context.Context) (bool, error) {
		if err := w.Ask(ctx); err != nil {
			return false, err
		}
		now := time.Now()
		if up.IsZero() && allUp(pod) {
			up = now
			if readPage != nil {
				readPage(ctx)
			}
		}
		if stopAfter > 0 && pod.Withdrawn.IsZero() && !up.IsZero() && now.Sub(up) >= stopAfter {
			if err := withdraw(); err != nil {
				return false, err
			}
		}
		if over.IsZero() && ended(pod) {
			over = now
		}
		if !over.IsZero() && now.Sub(over) >= settle {
			if pod.End, _ = pod.LastEnd(); pod.End.IsZero() {
				pod.End = over
			}
			return true, nil
		}
		show(now)
		return false, nil
	})
}

// ended reports whether no container of the pod runs or will run again.
func ended(pod *facts.Pod) bool {
	terminal := pod.Phase == v1.PodSucceeded || pod.Phase == v1.PodFailed
	last, running := pod.LastEnd()
	return !running && (terminal || (!pod.Withdrawn.IsZero() && !last.IsZero()))
}

// allUp reports whether every container has been ready or has ended.
func allUp(pod *facts.Pod) bool {
	return !slices.ContainsFunc(pod.Containers, func(c *facts.Container) bool {
		return !c.First(dependency.Ready).Known() && !c.First(dependency.Completed).Known()
	})
}
