// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	"k8s.io/kubernetes/test/utils/actor"
)

// clients call a pod from its registration to its deregistration. Each sends one request after another.
type clients struct {
	answered atomic.Int64
	done     chan struct{}
	lock     sync.Mutex
	failed   []string
}

// callRegistered starts clients of the pod that registers next on the stage. Some of them ask for what takes long, so that requests are
// being answered when the pod deregisters.
func callRegistered(ctx context.Context, stage *actor.Stage) *clients {
	ctx, cancel := context.WithCancel(ctx)
	ginkgo.DeferCleanup(cancel)
	c := &clients{done: make(chan struct{})}
	var group sync.WaitGroup
	for _, path := range []string{"/", "/", actor.SlowPath, actor.SlowPath} {
		group.Go(func() { c.call(ctx, stage, path) })
	}
	go func() {
		group.Wait()
		close(c.done)
	}()
	return c
}

// call returns when the pod is registered no more.
func (c *clients) call(ctx context.Context, stage *actor.Stage, path string) {
	for seen := false; ctx.Err() == nil; {
		address, err := stage.Registered()
		switch {
		case err != nil:
			c.fail(err)
			return
		case address == "" && seen:
			return
		case address == "":
			time.Sleep(5 * time.Millisecond)
			continue
		}
		seen = true
		if err := get(ctx, "http://"+address+path); err != nil {
			c.fail(err)
			time.Sleep(100 * time.Millisecond)
			continue
		}
		c.answered.Add(1)
	}
}

// get uses a connection of its own.
func get(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fmt.Errorf("request %q: %w", url, err)
	}
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("send a request: %w", err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		return fmt.Errorf("read the answer of %q: %w", url, err)
	case response.StatusCode != http.StatusOK || len(content) == 0:
		return fmt.Errorf("%q answers %s with %d bytes", url, response.Status, len(content))
	}
	return nil
}

func (c *clients) fail(err error) {
	c.lock.Lock()
	defer c.lock.Unlock()
	c.failed = append(c.failed, time.Now().UTC().Format(time.StampMilli)+" "+err.Error())
}

func (c *clients) failures() []string {
	c.lock.Lock()
	defer c.lock.Unlock()
	return append([]string{}, c.failed...)
}

// expectAnswers waits for some answers.
func (c *clients) expectAnswers(ctx context.Context) {
	ginkgo.GinkgoHelper()
	gomega.Eventually(ctx, c.answered.Load).WithTimeout(dependencyTimeout).WithPolling(dependencyPoll).
		Should(gomega.BeNumerically(">=", 50), "requests answered")
	gomega.Expect(c.failures()).To(gomega.BeEmpty(), "failed requests after the registration")
}

// untilDone waits until each client has its last answer and returns the number of all answers. No request may have failed.
func (c *clients) untilDone(ctx context.Context) int {
	ginkgo.GinkgoHelper()
	gomega.Eventually(ctx, c.done).WithTimeout(dependencyTimeout).Should(gomega.BeClosed(), "the clients should learn of the deregistration")
	gomega.Expect(c.failures()).To(gomega.BeEmpty(), "failed requests until the deregistration")
	return int(c.answered.Load())
}
