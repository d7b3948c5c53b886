// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/prometheus/procfs"

	"kubelet-ordering/hack/bench/internal/result"
	"kubelet-ordering/hack/bench/internal/schedule"
)

const (
	// churned is how many pods are replaced every churnEvery.
	churned    = 10
	churnEvery = 5 * time.Second
)

// load measures the kubelet with the pods at rest, and then under churn.
func (n *node) load(ctx context.Context, job schedule.Crowd, names []string) error {
	n.job.Progress.Say("letting %d pods settle for %v", job.Pods, schedule.Settle)
	if err := rest(ctx, schedule.Settle); err != nil {
		return err
	}
	n.job.Progress.Say("watching the kubelet with %d pods at rest for %v", job.Pods, job.Rest)
	err := n.watch(job.CaseOf(), result.RestCPU, result.RestMemory, func() error { return rest(ctx, job.Rest) })
	if err != nil {
		return err
	}
	n.job.Progress.Say("replacing %d of %d pods every %v for %v", churned, job.Pods, churnEvery, job.Rest)
	next := job.Pods
	err = n.watch(job.CaseOf(), result.ChurnCPU, result.ChurnMemory, func() error {
		for end := time.Now().Add(job.Rest); time.Now().Before(end); {
			step := time.Now().Add(churnEvery)
			count := min(churned, len(names))
			if _, err := n.Manifests.Withdraw(names[:count]...); err != nil {
				return err
			}
			_, added, err := n.place(job.Style, next, count)
			if err != nil {
				return err
			}
			names, next = append(names[count:], added...), next+count
			if err := rest(ctx, time.Until(step)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	// A kubelet that does not keep up has less load.
	last, err := n.apps(ctx, names)
	if err == nil && last.IsZero() {
		return n.fail(job.CaseOf(), result.ChurnCPU, "not all pods that were replaced have started within %v", crowdLimit)
	}
	return err
}

// watch measures the CPU time that the kubelet uses during work, and its memory at the end.
func (n *node) watch(name string, cpu, memory result.Metric, work func() error) error {
	before, _, err := usage(n.KubeletPID)
	if err != nil {
		return err
	}
	begin := time.Now()
	profiled := n.profile(fmt.Sprintf("round-%d-%s-%s-%s", n.job.Round, n.job.Subject, name, cpu))
	if err := errors.Join(work(), <-profiled); err != nil {
		return err
	}
	took := time.Since(begin)
	after, held, err := usage(n.KubeletPID)
	if err != nil {
		return err
	}
	share := (after - before) / took.Seconds()
	n.job.Progress.Say("the kubelet used %.1f ms of processor time a second and holds %.0f MiB", 1000*share, held/(1<<20))
	if err := n.keep(name, cpu, share); err != nil {
		return err
	}
	return n.keep(name, memory, held)
}

// usage returns the CPU time of a process with all its threads, including those that have ended, in seconds with a resolution of
// 10 ms, and its resident memory in bytes.
func usage(pid string) (cpu, memory float64, err error) {
	number, err := strconv.Atoi(pid)
	if err != nil {
		return 0, 0, fmt.Errorf("find the kubelet: %w", err)
	}
	process, err := procfs.NewProc(number)
	if err != nil {
		return 0, 0, fmt.Errorf("find the kubelet (does it still run?): %w", err)
	}
	stat, err := process.Stat()
	if err != nil {
		return 0, 0, fmt.Errorf("read the kubelet's processor time and memory: %w", err)
	}
	return stat.CPUTime(), float64(stat.ResidentMemory()), nil
}
