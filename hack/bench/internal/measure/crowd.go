// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"context"
	"errors"
	"fmt"
	"time"

	v1 "k8s.io/api/core/v1"

	"kubelet-ordering/hack/bench/internal/result"
	"kubelet-ordering/hack/bench/internal/schedule"
	"kubelet-ordering/hack/bench/internal/shape"
	"kubelet-ordering/hack/internal/cri"
)

const (
	// crowdInterval is longer than interval: to list hundreds of containers costs the runtime more.
	crowdInterval = 250 * time.Millisecond
	// crowdLimit is how long a crowd may take to start.
	crowdLimit = 5 * time.Minute
	// crowdProfile is how much of the start and of the stop of a crowd is in its profile.
	crowdProfile = 30 * time.Second
)

// crowd starts many pods at once, and measures the load.
func (n *node) crowd(ctx context.Context, job schedule.Crowd) error {
	before, err := n.calls()
	if err != nil {
		return err
	}
	begin, names, err := n.place(job.Style, 0, job.Pods)
	if err != nil {
		return err
	}
	var profiled <-chan error
	if job.Rest == 0 {
		profiled = n.profile(job.CaseOf(), result.Crowd, crowdProfile)
	}
	last, err := n.apps(ctx, names)
	if err != nil {
		return err
	}
	if last.IsZero() {
		return n.fail(job.CaseOf(), result.Crowd, "not all of the %d pods have started within %v", job.Pods, crowdLimit)
	}
	n.job.Progress.Say("%d pods have started within %.1f s", job.Pods, last.Sub(begin).Seconds())
	if job.Rest == 0 {
		if err := errors.Join(n.keepCrowd(job, result.Crowd, last.Sub(begin), result.CrowdCalls, before), <-profiled); err != nil {
			return err
		}
		return n.dissolve(ctx, job, names)
	}
	return n.load(ctx, job, names)
}

// dissolve stops the pods of a crowd at once.
func (n *node) dissolve(ctx context.Context, job schedule.Crowd, names []string) error {
	before, err := n.calls()
	if err != nil {
		return err
	}
	begin, err := n.Manifests.Withdraw(names...)
	if err != nil {
		return err
	}
	profiled := n.profile(job.CaseOf(), result.CrowdStop, crowdProfile)
	last, err := n.ends(ctx, names)
	if err != nil {
		return err
	}
	if last.IsZero() {
		return n.fail(job.CaseOf(), result.CrowdStop, "not all of the %d pods have stopped within %v", job.Pods, crowdLimit)
	}
	n.job.Progress.Say("%d pods have stopped within %.1f s", job.Pods, last.Sub(begin).Seconds())
	// The profile may take longer than the stop: the calls until then would count.
	return errors.Join(n.keepCrowd(job, result.CrowdStop, last.Sub(begin), result.CrowdStopCalls, before), <-profiled)
}

// keepCrowd records how long a crowd took, and how many calls the kubelet made for each pod since it had made those of before.
func (n *node) keepCrowd(job schedule.Crowd, metric result.Metric, took time.Duration, calls result.Metric, before map[string]float64) error {
	if err := n.keepCalls(job.CaseOf(), calls, before, float64(job.Pods)); err != nil {
		return err
	}
	return n.keep(job.CaseOf(), metric, took.Seconds())
}

// place puts the manifests of count pods in place, numbered from first.
func (n *node) place(style shape.Style, first, count int) (time.Time, []string, error) {
	var pods []*v1.Pod
	var names []string
	for i := range count {
		pod, err := shape.Pod(shape.Crowd, fmt.Sprintf("crowd-%d", first+i), style)
		if err != nil {
			return time.Time{}, nil, err
		}
		pods, names = append(pods, pod), append(names, pod.Name)
	}
	begin, err := n.Manifests.Place(pods...)
	return begin, names, err
}

// apps waits until all containers of the pods have started, and returns the last start, or zero if that took too long.
func (n *node) apps(ctx context.Context, names []string) (last time.Time, err error) {
	return n.await(ctx, names, func(pod *cri.Pod) (time.Time, bool) { return pod.Started(len(shape.Crowd.Nodes())) })
}

// ends waits until all containers of the pods have ended, and returns the last end, or zero if that took too long.
func (n *node) ends(ctx context.Context, names []string) (last time.Time, err error) {
	return n.await(ctx, names, (*cri.Pod).Ended)
}

// await waits until something has happened in all pods, and returns when it last did, or zero if that took too long.
func (n *node) await(ctx context.Context, names []string, event func(*cri.Pod) (time.Time, bool)) (last time.Time, err error) {
	limited, cancel := context.WithTimeout(ctx, crowdLimit)
	defer cancel()
	err = n.poll(limited, crowdInterval, func() (waiting int, err error) {
		for _, name := range names {
			pod := n.observer.Pods[name]
			if pod == nil {
				pod = &cri.Pod{}
			}
			at, happened := event(pod)
			if !happened {
				waiting++
			}
			if at.After(last) {
				last = at
			}
		}
		return waiting, nil
	})
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		return time.Time{}, nil
	}
	return last, err
}
