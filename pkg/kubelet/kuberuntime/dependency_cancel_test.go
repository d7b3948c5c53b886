// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	kubetypes "k8s.io/apimachinery/pkg/types"

	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A start in flight is cancelled before its pod stops: it has no further effect, and its failure is not reported.
func TestDependencyCancelledStart(t *testing.T) {
	for name, tt := range map[string]struct {
		// blocked is the call that does not return; deaf means that it ignores its cancellation, too.
		blocked string
		deaf    bool
		want    []string
		// within is how long the stop may take.
		within time.Duration
	}{
		"while it is created": {blocked: "create app", want: []string{"stop db", "halt #0"}},
		"while it is started": {blocked: "start app", want: []string{"stop db", "halt #0"}},
		"while its hook runs": {blocked: "postStart app", want: []string{"stop app", "stop db", "halt #0"}},
		"in a call that ignores its cancellation": {
			blocked: "create app", deaf: true, want: []string{"stop db", "halt #0"}, within: startJoinTimeout,
		},
	} {
		t.Run(name, func(t *testing.T) {
			withoutErrorHandlers(t)
			synctest.Test(t, func(t *testing.T) {
				k := newTestKubelet(t, newRecordingRuntime())
				pod := podOf("app", "db").says("app", appAfterDB).with("app", postStart)
				k.runtime.serve = func(ctx context.Context, c criCall, _ string) error {
					if c.String() != tt.blocked {
						return nil
					}
					if tt.deaf {
						time.Sleep(time.Minute)
						return nil
					}
					<-ctx.Done()
					return ctx.Err()
				}
				for range 2 {
					k.sync(t, pod.Pod)
					synctest.Wait()
				}
				if !slices.Contains(k.runtime.verbs(), tt.blocked) {
					t.Fatal("the start is not in flight")
				}
				began := time.Now()
				if err := k.stop(t, pod.Pod, nil); err != nil {
					t.Error(err)
				}
				if took := time.Since(began); took > tt.within {
					t.Errorf("the stop took %s, want at most %s", took, tt.within)
				}
				time.Sleep(2 * time.Minute)
				if diff := cmp.Diff(tt.want, k.runtime.verbs()); diff != "" {
					t.Errorf("calls (-want +got):\n%s", diff)
				}
				k.states.terminating.Store(false)
				if h := collected(k, pod.UID); len(h.results)+len(h.failed)+len(h.inFlight) > 0 {
					t.Errorf("a cancelled start is remembered: %+v", h)
				}
			})
		})
	}
}

// collected collects the results of the pod's starts.
func collected(k *testKubelet, uid kubetypes.UID) (starts collectedStarts) {
	k.records.with(uid, func(p *podRecord) { starts = p.collect() })
	return starts
}
