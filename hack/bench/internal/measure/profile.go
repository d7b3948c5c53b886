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
// heap and of its goroutines, if the job asks for them. What it returns tells when they are done.
func (n *node) profile(name string, metric result.Metric, during time.Duration) <-chan error {
	done := make(chan error, 1)
	if n.job.Profiles == "" {
		close(done)
		return done
	}
	prefix := filepath.Join(n.job.Profiles, fmt.Sprintf("round-%d-%s-%s-%s", n.job.Round, n.job.Subject, name, metric))
	go func() { done <- fetchProfiles(prefix, during) }()
	return done
}

func fetchProfiles(prefix string, during time.Duration) error {
	cpu := fmt.Sprintf("profile?seconds=%d", max(1, int(during.Seconds())))
	// The heap's profile is of the last collection: none is made for it.
	for _, kind := range []struct{ suffix, page string }{{"", cpu}, {"-heap", "heap"}, {"-goroutines", "goroutine"}} {
		content, err := fromKubelet("/debug/pprof/"+kind.page, during+time.Minute)
		if err == nil {
			err = os.WriteFile(prefix+kind.suffix+".pprof", content, 0o644)
		}
		if err != nil {
			return fmt.Errorf("profile the kubelet: %w", err)
		}
	}
	return nil
}
