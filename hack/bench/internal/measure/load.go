// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/prometheus/procfs"
	"k8s.io/apimachinery/pkg/util/wait"

	"kubelet-ordering/hack/bench/internal/result"
	"kubelet-ordering/hack/bench/internal/schedule"
	"kubelet-ordering/hack/internal/jsonfile"
)

const (
	// churned is how many pods are replaced every churnEvery, on all nodes that measure at the same time. With ten, three nodes on
	// two processors started half of them in time, and what was measured was how they fell behind.
	churned    = 3
	churnEvery = 5 * time.Second
)

// load measures the kubelet with the pods at rest, and then under churn.
func (n *node) load(ctx context.Context, job schedule.Crowd, names []string) error {
	n.job.Progress.Say("letting %d pods settle for %v", job.Pods, schedule.Settle)
	if err := errors.Join(rest(ctx, schedule.Settle), n.meet(ctx, "rest", job.Beside)); err != nil {
		return err
	}
	n.job.Progress.Say("watching the kubelet with %d pods at rest for %v", job.Pods, job.Rest)
	err := n.watch(job.CaseOf(), atRest, job.Rest, func() error { return rest(ctx, job.Rest) })
	if err = errors.Join(err, n.meet(ctx, "churn", job.Beside)); err != nil {
		return err
	}
	// The nodes of a group share the machine.
	each := max(1, churned/max(1, job.Beside))
	n.job.Progress.Say("replacing %d of %d pods every %v for %v", each, job.Pods, churnEvery, job.Rest)
	next := job.Pods
	err = n.watch(job.CaseOf(), underChurn, job.Rest, func() error {
		for end := time.Now().Add(job.Rest); time.Now().Before(end); {
			step := time.Now().Add(churnEvery)
			count := min(each, len(names))
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

// meetingLimit is how long a node waits for the others of its group, which start as many pods at the same time.
const meetingLimit = 10 * time.Minute

// meet waits until so many nodes of the group have come to the same point.
func (n *node) meet(ctx context.Context, point string, nodes int) error {
	path := fmt.Sprintf("%s-%d-%s", n.job.Results, n.job.Group, point)
	if err := jsonfile.Append(path, n.job.Progress.Title); err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, meetingLimit)
	defer cancel()
	err := wait.PollUntilContextCancel(limited, 100*time.Millisecond, true, func(context.Context) (bool, error) {
		arrived, err := jsonfile.ReadLines[string](path)
		return len(arrived) >= nodes, err
	})
	if err != nil {
		return fmt.Errorf("wait for the nodes that measure at the same time: %w", err)
	}
	return nil
}

// load has the metrics of a kubelet under a load.
type load struct{ cpu, memory, calls result.Metric }

var (
	atRest      = load{cpu: result.RestCPU, memory: result.RestMemory, calls: result.RestCalls}
	underChurn  = load{cpu: result.ChurnCPU, memory: result.ChurnMemory, calls: result.ChurnCalls}
	withTenants = load{cpu: result.TenantCPU, memory: result.TenantMemory, calls: result.TenantCalls}
)

// watch measures the CPU time that the kubelet uses during work, which takes that long, window by window, its memory at the end of each,
// and its calls to the container runtime.
func (n *node) watch(name string, metrics load, during time.Duration, work func() error) error {
	before, err := n.calls()
	if err != nil {
		return err
	}
	begin := time.Now()
	profiled := n.profile(name, metrics.cpu, during)
	worked := make(chan error, 1)
	go func() { worked <- work() }()
	for first := true; ; first = false {
		ended, err := n.window(name, metrics, first, worked)
		if err == nil && ended {
			err = n.keepCalls(name, metrics.calls, before, time.Since(begin).Seconds())
		}
		if err != nil || ended {
			return errors.Join(err, <-profiled)
		}
	}
}

// window measures the kubelet for one window, or until the work has ended. What is left for the last one counts if it is long enough, or
// the only one.
func (n *node) window(name string, metrics load, only bool, worked <-chan error) (ended bool, err error) {
	before, _, err := usage(n.KubeletPID)
	if err != nil {
		return true, err
	}
	begin := time.Now()
	select {
	case err := <-worked:
		if ended = true; err != nil {
			return ended, err
		}
	case <-time.After(schedule.Window):
	}
	took := time.Since(begin)
	if !only && took < schedule.Window/2 {
		return ended, nil
	}
	after, held, err := usage(n.KubeletPID)
	if err != nil {
		return true, err
	}
	share := (after - before) / took.Seconds()
	n.job.Progress.Say("the kubelet used %.1f ms of processor time a second and holds %.0f MiB", 1000*share, held/(1<<20))
	if err := n.keep(name, metrics.cpu, share); err != nil {
		return true, err
	}
	return ended, n.keep(name, metrics.memory, held)
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
