// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"context"
	"time"

	v1 "k8s.io/api/core/v1"

	"kubelet-ordering/hack/bench/internal/result"
	"kubelet-ordering/hack/bench/internal/schedule"
	"kubelet-ordering/hack/bench/internal/shape"
	"kubelet-ordering/hack/internal/cri"
)

// tenantLimit is how long ordinary tenants may take to become ready.
const tenantLimit = 5 * time.Minute

// tenants measures ordinary pods beside hostile or idle ones: their start, their probes and events, and the load of the kubelet.
func (n *node) tenants(ctx context.Context, job schedule.Tenants) error {
	answers, err := listen()
	if err != nil {
		return err
	}
	defer answers.close()
	var neighbors, ordinary []*v1.Pod
	for i := range job.Neighbors {
		if job.Hostile {
			neighbors = append(neighbors, shape.Hostile(i, answers.address()))
		} else {
			neighbors = append(neighbors, shape.Idle(i))
		}
	}
	for i := range job.Ordinary {
		ordinary = append(ordinary, shape.Bystander(i, answers.address()))
	}
	if _, err := n.Manifests.Place(neighbors...); err != nil {
		return err
	}
	n.job.Progress.Say("letting them start for %v", schedule.Settle)
	if err := rest(ctx, schedule.Settle); err != nil {
		return err
	}
	if err := n.observer.Look(ctx); err != nil {
		return err
	}
	// A kubelet that refuses or holds a pod makes no sandbox for it.
	n.job.Progress.Say("%d of %d have a sandbox", len(n.observer.Pods), len(neighbors))
	if ready, err := n.startTenants(ctx, job, ordinary, answers); err != nil || !ready {
		return err
	}
	n.job.Progress.Say("watching the kubelet and the probes for %v", job.Rest)
	begin := time.Now()
	err = n.watch(job.CaseOf(), withTenants, job.Rest, func() error { return rest(ctx, job.Rest) })
	if err != nil {
		return err
	}
	median, longest := gaps(answers.times(shape.LivePath), begin, time.Now())
	n.job.Progress.Say("a liveness probe came every %v, at the latest after %v", median, longest)
	if err := n.keep(job.CaseOf(), result.ProbeGap, median.Seconds()/shape.TenantPeriod); err != nil {
		return err
	}
	if err := n.keep(job.CaseOf(), result.LongestProbeGap, longest.Seconds()/shape.TenantPeriod); err != nil {
		return err
	}
	lost, err := lostEvents(n.Root, ordinary)
	if err != nil {
		return err
	}
	n.job.Progress.Say("%d events of ordinary pods are missing", lost)
	return n.keep(job.CaseOf(), result.LostEvents, float64(lost))
}

// startTenants starts the pods, waits until they are ready, and reports whether they are.
func (n *node) startTenants(ctx context.Context, job schedule.Tenants, pods []*v1.Pod, answers *answers) (bool, error) {
	placed, err := n.Manifests.Place(pods...)
	if err != nil {
		return false, err
	}
	limited, cancel := context.WithTimeout(ctx, tenantLimit)
	defer cancel()
	err = n.poll(limited, crowdInterval, func() (waiting int, err error) {
		for _, pod := range pods {
			if _, ready := readyAt(n.observer.Pods[pod.Name], answers.first(shape.ReadyPath+pod.Name)); !ready {
				waiting++
			}
		}
		return waiting, nil
	})
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		return false, n.fail(job.CaseOf(), result.TenantStart, "not all of the %d pods are ready within %v", len(pods), tenantLimit)
	}
	if err != nil {
		return false, err
	}
	for _, pod := range pods {
		seen := n.observer.Pods[pod.Name]
		ready, _ := readyAt(seen, answers.first(shape.ReadyPath+pod.Name))
		first := ready
		for _, start := range seen.Starts() {
			if start.Before(first) {
				first = start
			}
		}
		if err := n.keep(job.CaseOf(), result.TenantStart, ready.Sub(first).Seconds()); err != nil {
			return false, err
		}
		if err := n.keep(job.CaseOf(), result.TenantWait, ready.Sub(placed).Seconds()); err != nil {
			return false, err
		}
	}
	n.job.Progress.Say("%d pods were ready within %.1f s", len(pods), time.Since(placed).Seconds())
	return true, nil
}

// readyAt returns when a tenant became ready: all of its containers had started, and its readiness probe had been answered.
func readyAt(pod *cri.Pod, answered time.Time) (time.Time, bool) {
	if pod == nil || answered.IsZero() {
		return time.Time{}, false
	}
	last, up := pod.Started(len(shape.TenantContainers))
	if last.Before(answered) {
		last = answered
	}
	return last, up
}
