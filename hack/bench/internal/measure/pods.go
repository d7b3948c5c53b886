// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"context"
	"fmt"
	"time"

	"kubelet-ordering/hack/bench/internal/result"
	"kubelet-ordering/hack/bench/internal/schedule"
	"kubelet-ordering/hack/bench/internal/shape"
	"kubelet-ordering/hack/internal/cri"
)

const (
	// interval between two polls of the runtime. It does not limit the accuracy: all times are the runtime's own.
	interval = 50 * time.Millisecond
	// calm is how long a pod is up before it is stopped: by then the kubelet has finished its work for the start.
	calm = 1500 * time.Millisecond
	// pause is how long the node rests after a pod has stopped.
	pause = 500 * time.Millisecond
	// stopLimit is longer than the pods' grace period.
	stopLimit = 45 * time.Second
)

// pods runs the pods of InTurn one after the other, and then those of Together at the same time.
func (n *node) pods(ctx context.Context, job schedule.Pods) error {
	if err := n.neighbors(ctx, job); err != nil {
		return err
	}
	// A kubelet delays the first probe of each container by a random time, but only in the first probe period after its own start.
	if err := rest(ctx, time.Until(n.begin.Add(job.Period()))); err != nil {
		return err
	}
	for _, c := range job.InTurn {
		if err := n.batch(ctx, job, c); err != nil {
			return err
		}
	}
	n.together = true
	if err := n.batch(ctx, job, job.Together...); err != nil || !job.Breakdown {
		return err
	}
	return n.breakdown(job)
}

// neighbors starts pods that are at rest while others are measured.
func (n *node) neighbors(ctx context.Context, job schedule.Pods) error {
	if job.Neighbors == 0 {
		return nil
	}
	_, names, err := n.place(job.Style, 0, job.Neighbors)
	if err != nil {
		return err
	}
	n.job.Progress.Say("starting %d other pods", job.Neighbors)
	last, err := n.apps(ctx, names)
	if err != nil {
		return err
	}
	if last.IsZero() {
		return fmt.Errorf("not all of the %d other pods have started within %v", job.Neighbors, crowdLimit)
	}
	return rest(ctx, schedule.Settle)
}

// batch starts the pods, Stagger apart, and stops each once it has been up for a moment.
func (n *node) batch(ctx context.Context, job schedule.Pods, cases ...shape.Case) error {
	var trials []*trial
	for _, c := range cases {
		// The kubelet given for ours may be as slow as upstream's.
		trials = append(trials, &trial{Case: c, limit: 2*c.Expect(shape.Native) + time.Minute})
	}
	var latest time.Time
	err := n.poll(ctx, interval, func() (waiting int, err error) {
		for _, t := range trials {
			if t.placed.IsZero() && time.Since(latest) > schedule.Stagger {
				if err := n.show(job, t); err != nil {
					return 0, err
				}
				latest = t.placed
			}
			if err := n.step(t); err != nil {
				return 0, err
			}
			if !t.done {
				waiting++
			}
		}
		return waiting, nil
	})
	if err != nil {
		return err
	}
	return rest(ctx, pause)
}

func (n *node) show(job schedule.Pods, t *trial) error {
	pod, err := shape.Pod(t.Case, t.Name(), job.Style)
	if err != nil {
		return err
	}
	if t.Kind == shape.Deaf {
		if t.intended, err = shape.IntendedEnds(pod); err != nil {
			return err
		}
	}
	t.placed, err = n.Manifests.Place(pod)
	return err
}

// step checks the progress of a pod, and starts its next step.
func (n *node) step(t *trial) error {
	pod := n.observer.Pods[t.Name()]
	if pod == nil {
		pod = &cri.Pod{}
	}
	switch {
	case t.placed.IsZero() || t.done:
		return nil
	case t.up.IsZero():
		last, up := pod.Started(len(t.Nodes()))
		switch {
		case up:
			t.up = time.Now()
			if err := t.inOrder(pod); err != nil {
				return n.fail(t.Name(), result.Start, "%v", err)
			}
			took := last.Sub(pod.Created)
			n.job.Progress.Say("%s start %.2f s", t.Name(), took.Seconds())
			return n.keep(t.Name(), result.Start, took.Seconds())
		case time.Since(t.placed) > t.limit:
			t.done = true
			if _, err := n.Manifests.Withdraw(t.Name()); err != nil {
				return err
			}
			return n.fail(t.Name(), result.Start, "not all of its containers have started within %v", t.limit)
		}
	case t.withdrawn.IsZero():
		if time.Since(t.up) > calm {
			var err error
			t.withdrawn, err = n.Manifests.Withdraw(t.Name())
			return err
		}
	default:
		last, ended := pod.Ended()
		switch {
		case ended:
			t.done = true
			n.job.Progress.Say("%s stop %.2f s", t.Name(), last.Sub(t.withdrawn).Seconds())
			if len(t.intended) > 0 {
				if err := n.keep(t.Name(), result.StopOff, t.off(pod).Seconds()); err != nil {
					return err
				}
			}
			return n.keep(t.Name(), result.Stop, last.Sub(t.withdrawn).Seconds())
		case time.Since(t.withdrawn) > stopLimit:
			t.done = true
			return n.fail(t.Name(), result.Stop, "not all of its containers have stopped within %v", stopLimit)
		}
	}
	return nil
}

func rest(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
