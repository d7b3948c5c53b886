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

// A container that runs although its start has failed is started again, if its postStart hook has not run: its dependents
// would wait for it for ever.
func TestDependencyRunsAlthoughItsStartFailed(t *testing.T) {
	withoutErrorHandlers(t)
	for name, tt := range map[string]struct {
		hook bool
		// fails are the errors of calls, each once.
		fails map[string]error
		want  []string
	}{
		"the runtime's answer is lost": {
			hook: true, fails: map[string]error{"start db": &lostAnswer{errDown}},
			want: []string{"run #0", "create db", "start db", "stop db", "create db", "start db", "postStart db", "create app", "start app"},
		},
		"the runtime's answer is lost, without a hook": {
			fails: map[string]error{"start db": &lostAnswer{errDown}},
			want:  []string{"run #0", "create db", "start db", "create app", "start app"},
		},
		"its hook fails, and so does the kill that follows": {
			hook: true, fails: map[string]error{"postStart db": errors.New("hook"), "stop db": errors.New("kill")},
			want: []string{"run #0", "create db", "start db", "postStart db", "stop db", "stop db", "create db", "start db", "postStart db",
				"create app", "start app"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				runtime := newRecordingRuntime()
				runtime.serve = func(_ context.Context, call criCall, _ string) error {
					err := tt.fails[call.String()]
					delete(tt.fails, call.String())
					return err
				}
				k := newTestKubelet(t, runtime)
				pod := podOf("app", "db").says("app", appWaitsForDB)
				if tt.hook {
					pod.with("db", postStart)
				}
				for range 6 {
					k.settle(t, pod.Pod)
					time.Sleep(startRetryPeriod)
				}
				if diff := cmp.Diff(tt.want, runtime.verbs()); diff != "" {
					t.Errorf("calls (-want +got):\n%s", diff)
				}
				if status := k.status(t, pod.Pod); len(status.GetRunningContainerStatuses()) != 2 {
					t.Errorf("containers that run: %v, want two", status.GetRunningContainerStatuses())
				}
			})
		})
	}
}
