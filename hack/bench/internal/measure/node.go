// SPDX-License-Identifier: Apache-2.0

// Package measure does a job on a node.
package measure

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"

	"kubelet-ordering/hack/bench/internal/result"
	"kubelet-ordering/hack/bench/internal/schedule"
	"kubelet-ordering/hack/bench/internal/shape"
	"kubelet-ordering/hack/internal/cri"
	"kubelet-ordering/hack/internal/jsonfile"
	"kubelet-ordering/hack/internal/onnode"
)

// node is the node on which this program runs.
type node struct {
	onnode.Here
	job      schedule.Job
	observer *cri.Observer
	// begin is a time at which the kubelet was already up.
	begin time.Time
	// together reports whether pods run at the same time.
	together bool
}

// Run does the job. A pod that does not start is a failed sample, not an error.
func Run(ctx context.Context, job schedule.Job) error {
	here, err := onnode.Open()
	if err != nil {
		return err
	}
	defer here.Runtime.Close()
	n := &node{Here: here, job: job, observer: here.Runtime.Observe(shape.PodLabel), begin: time.Now()}
	switch {
	case len(job.Runtime) > 0:
		return n.runtime(ctx, job.Runtime)
	case job.Pods != nil:
		return n.pods(ctx, *job.Pods)
	case job.Crowd != nil && job.Crowd.Drained:
		return n.drain(ctx, *job.Crowd)
	case job.Crowd != nil:
		return n.crowd(ctx, *job.Crowd)
	case job.Tenants != nil:
		return n.tenants(ctx, *job.Tenants)
	}
	return errors.New("the job asks for nothing")
}

func (n *node) keep(name string, metric result.Metric, value float64) error {
	if timed := metric == result.Start || metric == result.Stop; timed && n.job.Pods != nil && n.job.Pods.Breakdown {
		return nil
	}
	return n.add(result.Sample{Case: name, Metric: metric, Value: value})
}

// fail records a failed sample.
func (n *node) fail(name string, metric result.Metric, format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	n.job.Progress.Say("%s %s FAILED: %s", name, metric, text)
	return n.add(result.Sample{Case: name, Metric: metric, Failure: text})
}

func (n *node) add(s result.Sample) error {
	s.Round, s.Subject, s.Together = n.job.Round, n.job.Subject, n.together
	return jsonfile.Append(n.job.Results, s)
}

// heartbeat is the interval of progress messages during a wait.
const heartbeat = 20 * time.Second

// poll lists the runtime's containers and then calls step, until step returns that no pods are left to wait for.
func (n *node) poll(ctx context.Context, interval time.Duration, step func() (waiting int, err error)) error {
	said := time.Now()
	return wait.PollUntilContextCancel(ctx, interval, true, func(ctx context.Context) (bool, error) {
		if err := n.observer.Look(ctx); err != nil {
			return false, err
		}
		waiting, err := step()
		if waiting > 0 && time.Since(said) > heartbeat {
			n.job.Progress.Say("still waiting for %d pods", waiting)
			said = time.Now()
		}
		return waiting == 0, err
	})
}
