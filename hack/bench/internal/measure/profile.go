// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// profile makes a CPU profile of the kubelet for as long as the load is measured, in a file of this name, if the job asks for that.
func (n *node) profile(name string) <-chan error {
	done := make(chan error, 1)
	if n.job.Profiles == "" || n.job.Crowd == nil {
		close(done)
		return done
	}
	go func() { done <- fetchProfile(filepath.Join(n.job.Profiles, name+".pprof"), n.job.Crowd.Rest) }()
	return done
}

func fetchProfile(path string, during time.Duration) (err error) {
	content, err := fromKubelet(fmt.Sprintf("/debug/pprof/profile?seconds=%d", int(during.Seconds())), during+time.Minute)
	if err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o644)
}
