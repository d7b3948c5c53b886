// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	v1 "k8s.io/api/core/v1"
)

// A container that runs although its start has failed is started again, if its postStart hook has not run: its dependents
// would wait for it for ever.
func TestDependencyRunsAlthoughItsStartFailed(t *testing.T) {
	withoutErrorHandlers(t)
	for name, tt := range map[string]struct {
		hook bool
		// policy is the restart policy of the pod, own that of db.
		policy v1.RestartPolicy
		own    v1.ContainerRestartPolicy
		// fails are the errors of calls, each once.
		fails map[string]error
		want  []string
		// wantRunning is how many containers run at the end.
		wantRunning int
	}{
		"the runtime's answer is lost": {
			hook: true, fails: map[string]error{"start db": &lostAnswer{errDown}},
			want:        []string{"run #0", "create db", "start db", "stop db", "create db", "start db", "postStart db", "create app", "start app"},
			wantRunning: 2,
		},
		"the runtime's answer is lost, without a hook": {
			fails: map[string]error{"start db": &lostAnswer{errDown}},
			want:  []string{"run #0", "create db", "start db", "create app", "start app"}, wantRunning: 2,
		},
		"its hook fails, and so does the kill that follows": {
			hook: true, fails: map[string]error{"postStart db": errors.New("hook"), "stop db": errors.New("kill")},
			want: []string{"run #0", "create db", "start db", "postStart db", "stop db", "stop db", "create db", "start db", "postStart db",
				"create app", "start app"}, wantRunning: 2,
		},
		"under restart policy Never": {
			hook: true, policy: v1.RestartPolicyNever, fails: map[string]error{"start db": &lostAnswer{errDown}},
			want: []string{"run #0", "create db", "start db", "stop db", "halt #0"},
		},
		"under its own restart policy": {
			hook: true, policy: v1.RestartPolicyNever, own: v1.ContainerRestartPolicyAlways,
			fails:       map[string]error{"start db": &lostAnswer{errDown}},
			want:        []string{"run #0", "create db", "start db", "stop db", "create db", "start db", "postStart db", "create app", "start app"},
			wantRunning: 2,
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
				if tt.policy != "" {
					pod.policy(tt.policy)
				}
				if tt.own != "" {
					pod.with("db", restarts(tt.own))
				}
				if tt.hook {
					pod.with("db", postStart)
				}
				for range 6 {
					k.settle(t, pod.Pod)
					time.Sleep(startRetryPeriod)
				}
				// The pod that fails is stopped again at each sync.
				if diff := cmp.Diff(slices.Compact(tt.want), slices.Compact(runtime.verbs())); diff != "" {
					t.Errorf("calls (-want +got):\n%s", diff)
				}
				if n := len(k.status(t, pod.Pod).GetRunningContainerStatuses()); n != tt.wantRunning {
					t.Errorf("%d containers run, want %d", n, tt.wantRunning)
				}
			})
		})
	}
}
