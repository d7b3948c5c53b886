// SPDX-License-Identifier: Apache-2.0

package prober

import (
	"testing"
	"testing/synctest"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/klog/v2"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	"k8s.io/kubernetes/pkg/kubelet/ordering"
	"k8s.io/kubernetes/pkg/kubelet/prober/results"
)

// A condition that others wait for is seen with at most a twentieth of delay, a tenth if the probe is a command, whatever the probe's
// period.
func TestDependencyEagerProbesSeeGoodNewsEarly(t *testing.T) {
	for name, tt := range map[string]struct {
		kind      probeType
		condition dependency.Condition
		period    int32
		delay     int32
		up        time.Duration
		// within is how late the success may be seen, most how many probes that may take.
		within  time.Duration
		most    int
		network bool
	}{
		"a startup probe": {
			kind: startup, condition: dependency.Started, period: 10, up: 330 * time.Millisecond, within: 18 * time.Millisecond, most: 50,
			network: true,
		},
		"a readiness probe": {
			kind: readiness, condition: dependency.Ready, period: 10, up: 330 * time.Millisecond, within: 18 * time.Millisecond, most: 50,
			network: true,
		},
		"an exec probe, which costs more": {
			kind: readiness, condition: dependency.Ready, period: 10, up: 330 * time.Millisecond, within: 60 * time.Millisecond, most: 10,
		},
		"a slow container": {
			kind: readiness, condition: dependency.Ready, period: 30, up: 8 * time.Second, within: 420 * time.Millisecond, most: 120,
			network: true,
		},
		"a very slow one, with a long period": {
			kind: startup, condition: dependency.Started, period: 300, up: 250 * time.Second, within: 26 * time.Second, most: 110,
		},
		"the initial delay is kept": {
			kind: readiness, condition: dependency.Ready, period: 10, delay: 5, up: 0, within: 5*time.Second + 10*time.Millisecond, most: 2,
		},
		"a container that is ready at once is seen at once": {
			kind: readiness, condition: dependency.Ready, period: 10, up: 0, within: 10 * time.Millisecond, most: 2,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				handler := func(*probed) {}
				if tt.network {
					handler = overNetwork
				}
				p := startProbed(t, tt.kind, v1.Probe{PeriodSeconds: tt.period, InitialDelaySeconds: tt.delay, FailureThreshold: 1000},
					after(tt.up), handler)
				p.await(tt.condition)
				if late := p.successAt(tt.kind, time.Hour) - tt.up; late > tt.within {
					t.Errorf("seen %s late, want at most %s", late, tt.within)
				}
				if n := p.count(); n > tt.most {
					t.Errorf("%d probes, want at most %d", n, tt.most)
				}
				if first := p.executions()[0].begin; first < time.Duration(tt.delay)*time.Second {
					t.Errorf("probed %s after its start, within its initial delay", first)
				}
			})
		})
	}
}

// Extra probes do not change when a container fails its startup, and users only see events of the regular failures.
func TestDependencyEagerProbesDoNotBringBadNews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startProbed(t, startup, v1.Probe{PeriodSeconds: 10, FailureThreshold: 4}, never)
		p.await(dependency.Started)
		time.Sleep(30*time.Second - time.Millisecond)
		if got := p.result(startup); got == results.Failure {
			t.Error("the startup has failed before the fourth regular probe")
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if got := p.result(startup); got != results.Failure {
			t.Errorf("the startup is %s after the fourth regular probe, want Failure", got)
		}
		if got := p.unhealthy(); got != 4 {
			t.Errorf("%d events of failures, want the 4 of the regular probes", got)
		}
		if p.count() < 20 {
			t.Errorf("%d probes: no extra ones were made", p.count())
		}
	})
}

// The kubelet triggers a readiness probe on each sync of a pod that is not ready, and it syncs a waiting pod often.
func TestDependencyEagerProbesSilenceTriggeredOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startProbed(t, readiness, v1.Probe{PeriodSeconds: 10}, never)
		synctest.Wait()
		p.await(dependency.Ready)
		for range 30 {
			time.Sleep(100 * time.Millisecond)
			p.UpdatePodStatus(silence(), p.pod, ptrTo(getTestRunningStatus()))
		}
		synctest.Wait()
		if got := p.unhealthy(); got != 1 {
			t.Errorf("%d events of failures in 3 s, want that of the first regular probe", got)
		}
	})
}

// A probe that must succeed several times does so one period apart.
func TestDependencyEagerProbesKeepTheSuccessThreshold(t *testing.T) {
	for name, tt := range map[string]struct {
		answers func(time.Duration) bool
		want    time.Duration
	}{
		"three in a row": {answers: after(time.Second), want: 21 * time.Second},
		// The first regular probe runs at once and is the first success.
		"a regular one is the first": {answers: after(0), want: 20 * time.Second},
		"one fails": {
			answers: func(age time.Duration) bool {
				return age >= time.Second && (age < 20*time.Second || age > 22*time.Second)
			},
			want: 42 * time.Second,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := startProbed(t, readiness, v1.Probe{PeriodSeconds: 10, SuccessThreshold: 3, FailureThreshold: 1000}, tt.answers)
				p.await(dependency.Ready)
				if got := p.successAt(readiness, time.Minute); got < tt.want || got > tt.want+2*time.Second {
					t.Errorf("ready after %s, want %s and little more", got, tt.want)
				}
			})
		})
	}
}

// A probe does not fail a container that has been created but does not run yet.
func TestDependencyProbesLeaveContainersAloneThatAreBeingStarted(t *testing.T) {
	for name, tt := range map[string]struct {
		kind      probeType
		condition dependency.Condition
	}{
		"startup":   {kind: startup, condition: dependency.Started},
		"readiness": {kind: readiness, condition: dependency.Ready},
		"liveness":  {kind: liveness},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := startProbed(t, tt.kind, v1.Probe{PeriodSeconds: 1}, after(0), with(getTestPendingStatus()))
				p.await(tt.condition)
				time.Sleep(5 * time.Second)
				if result, found := resultsManager(p.manager, tt.kind).Get(testContainerID); found {
					t.Errorf("the result before the start is %s", result)
				}
				p.running(tt.kind != startup)
				if got := p.successAt(tt.kind, time.Minute); got > 6*time.Second+10*time.Millisecond {
					t.Errorf("seen %s after the beginning, want at most a period after the start", got)
				}
			})
		})
	}
}

// The plan of the sandbox counts, not the annotations that the pod had when the worker was created.
func TestDependencyProbesFollowTheOrderInForce(t *testing.T) {
	for name, tt := range map[string]struct {
		// planned is from when on the pod has a plan, or never if negative.
		planned time.Duration
		killed  bool
	}{
		"annotations removed, kubelet restarted": {},
		"annotations added, a new sandbox":       {planned: 3500 * time.Millisecond},
		"an ordinary pod":                        {planned: -1, killed: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				ordering.SetHasPlan(func(types.UID) bool { return tt.planned >= 0 && time.Since(began) >= tt.planned })
				defer ordering.SetHasPlan(func(types.UID) bool { return false })
				p := startProbed(t, liveness, v1.Probe{PeriodSeconds: 1}, after(0), func(p *probed) { p.pod.Annotations = nil })
				time.Sleep(4 * time.Second)
				// The container is being started again.
				status, next := getTestPendingStatus(), containerID("new")
				status.ContainerStatuses[0].ContainerID = next.String()
				p.statusManager.SetPodStatus(klog.Logger{}, p.pod, status)
				time.Sleep(3 * time.Second)
				result, found := p.livenessManager.Get(next)
				if killed := found && result == results.Failure; killed != tt.killed {
					t.Errorf("the container that is being started is killed: %t, want %t", killed, tt.killed)
				}
			})
		})
	}
}

// An extra probe follows soon after the container's first status.
func TestDependencyEagerProbesWaitForTheStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startProbed(t, readiness, v1.Probe{PeriodSeconds: 600}, after(0), with(v1.PodStatus{Phase: v1.PodPending}))
		p.await(dependency.Ready)
		time.Sleep(7 * time.Millisecond)
		p.running(true)
		if got := p.successAt(readiness, time.Minute); got > 20*time.Millisecond {
			t.Errorf("seen %s after the start, want at most 20ms", got)
		}
	})
}
