// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A pod whose sandboxes and containers have all vanished from the runtime starts again.
func TestDependencyLostRecordsAreNoDeadEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("app").says("app", `{}`)
		k.sync(t, pod.Pod)
		synctest.Wait()
		k.runtime.SetFakeSandboxes(nil)
		k.runtime.SetFakeContainers(nil)
		k.runtime.verbs()
		for range 3 {
			time.Sleep(time.Minute)
			k.sync(t, pod.Pod)
			synctest.Wait()
		}
		want := []string{"run #0", "create app", "start app"}
		if diff := cmp.Diff(want, k.runtime.verbs()); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
	})
}

// Starts that fail after unequal times are each retried after a back-off, not whenever the other one fails.
func TestDependencyFailedStartsDoNotTakeTurns(t *testing.T) {
	withoutErrorHandlers(t)
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("a", "b").says("a", `{}`)
		k.runtime.serve = func(_ context.Context, c criCall, _ string) error {
			switch c.String() {
			case "create a":
				time.Sleep(time.Second)
				return errors.New("a is broken")
			case "create b":
				time.Sleep(3 * time.Second)
				return errors.New("b is broken")
			}
			return nil
		}
		// Like the pod worker of a real kubelet, sync on request, and 10 seconds after an error.
		const backOff = 10 * time.Second
		end := time.Now().Add(10 * time.Minute)
		for time.Now().Before(end) {
			asked := k.helper.count.Load()
			k.sync(t, pod.Pod)
			for next := time.Now().Add(backOff); time.Now().Before(next) && k.helper.count.Load() == asked; {
				time.Sleep(100 * time.Millisecond)
			}
		}
		// Let a start in flight end: the bubble's clock stops when this function returns.
		time.Sleep(backOff)
		synctest.Wait()
		// Each is tried at most once per back-off of 10 seconds plus the time that it takes to fail.
		if tries := len(k.runtime.history()); tries > 150 {
			t.Errorf("%d tries in 10 minutes", tries)
		}
	})
}
