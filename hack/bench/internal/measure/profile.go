// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
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
	client := &http.Client{
		Timeout: during + time.Minute,
		// The kubelet of a test node has a certificate of its own making.
		Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}},
	}
	response, err := client.Get(fmt.Sprintf("https://127.0.0.1:10250/debug/pprof/profile?seconds=%d", int(during.Seconds())))
	if err != nil {
		return fmt.Errorf("profile the kubelet: %w", err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("profile the kubelet: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("profile the kubelet: %s: %.200s", response.Status, content)
	}
	return os.WriteFile(path, content, 0o644)
}
