// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"kubelet-ordering/hack/bench/internal/result"
)

// profile makes a CPU profile of the kubelet while a metric of the pods of that name is measured, for that long, and then profiles of its
// heap and of its goroutines, and keeps what Go's runtime and the kernel say of its memory, if the job asks for that. What it returns tells
// when it is done.
func (n *node) profile(name string, metric result.Metric, during time.Duration) <-chan error {
	done := make(chan error, 1)
	if n.job.Profiles == "" {
		close(done)
		return done
	}
	prefix := filepath.Join(n.job.Profiles, fmt.Sprintf("round-%d-%s-%s-%s", n.job.Round, n.job.Subject, name, metric))
	go func() { done <- fetchProfiles(prefix, n.KubeletPID, during) }()
	return done
}

func fetchProfiles(prefix, pid string, during time.Duration) error {
	cpu := fmt.Sprintf("profile?seconds=%d", max(1, int(during.Seconds())))
	// The heap's profile is of the last collection: none is made for it.
	for _, kind := range []struct{ suffix, page string }{
		{".pprof", cpu}, {"-heap.pprof", "heap"}, {"-goroutines.pprof", "goroutine"}, {"-heap.txt", "heap?debug=1"},
	} {
		content, err := fromKubelet("/debug/pprof/"+kind.page, during+time.Minute)
		if err == nil {
			err = os.WriteFile(prefix+kind.suffix, content, 0o644)
		}
		if err != nil {
			return fmt.Errorf("profile the kubelet: %w", err)
		}
	}
	status, err := os.ReadFile(filepath.Join("/proc", pid, "status"))
	if err == nil {
		err = os.WriteFile(prefix+"-status.txt", status, 0o644)
	}
	if err != nil {
		return fmt.Errorf("keep the status of the kubelet's process: %w", err)
	}
	return nil
}
