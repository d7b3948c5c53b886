// SPDX-License-Identifier: Apache-2.0

package prober

import (
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	v1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	"k8s.io/kubernetes/pkg/kubelet/prober/results"
)

// Exec probes of one container never overlap, and extra ones take at most half of the time.
func TestDependencyEagerProbesRunOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startProbed(t, readiness, v1.Probe{PeriodSeconds: 20, TimeoutSeconds: 3, FailureThreshold: 1000}, never, taking(3*time.Second))
		p.await(dependency.Ready)
		time.Sleep(3 * time.Minute)
		var last time.Duration
		var extra time.Duration
		for _, e := range p.executions() {
			if e.begin < last {
				t.Errorf("a probe begins at %s, before the one before it ends at %s", e.begin, last)
			}
			if last = e.end; e.extra {
				extra += e.end - e.begin
			}
		}
		if extra < time.Minute/2 || extra > 3*time.Minute/2 {
			t.Errorf("extra probes took %s of 3m", extra)
		}
	})
}

// Whatever extra probes do, the regular ones run and count when they would without them.
func TestDependencyEagerProbesDoNotDelayRegularOnes(t *testing.T) {
	for name, tt := range map[string]struct {
		spec    v1.Probe
		takes   time.Duration
		network bool
	}{
		"they are quick":                       {spec: v1.Probe{PeriodSeconds: 10}},
		"they take long":                       {spec: v1.Probe{PeriodSeconds: 10, TimeoutSeconds: 9}, takes: 8 * time.Second},
		"they take longer than a period":       {spec: v1.Probe{PeriodSeconds: 5, TimeoutSeconds: 9}, takes: 8 * time.Second},
		"they hang":                            {spec: v1.Probe{PeriodSeconds: 10, TimeoutSeconds: 300}, takes: time.Hour},
		"they hang, with a long period":        {spec: v1.Probe{PeriodSeconds: 100, TimeoutSeconds: 90}, takes: time.Hour},
		"the network is quick":                 {spec: v1.Probe{PeriodSeconds: 10}, network: true},
		"the network hangs":                    {spec: v1.Probe{PeriodSeconds: 10, TimeoutSeconds: 8}, takes: time.Hour, network: true},
		"the network hangs longer than period": {spec: v1.Probe{PeriodSeconds: 2, TimeoutSeconds: 30}, takes: time.Hour, network: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tt.spec.FailureThreshold = 3
				var ends [2][]time.Duration
				for i, eager := range []bool{false, true} {
					handler := func(*probed) {}
					if tt.network {
						handler = overNetwork
					}
					p := startProbed(t, startup, tt.spec, never, taking(tt.takes), handler)
					if eager {
						p.await(dependency.Started)
					}
					// Look between the moments when something happens.
					time.Sleep(50 * time.Millisecond)
					for p.result(startup) != results.Failure && time.Since(p.began) < time.Hour {
						time.Sleep(100 * time.Millisecond)
						if p.unhealthy() > 0 {
							ends[i] = append(ends[i], time.Since(p.began))
						}
					}
				}
				if diff := cmp.Diff(ends[0], ends[1]); diff != "" || len(ends[0]) != 3 {
					t.Errorf("ends of the regular probes (-without extra ones +with):\n%s", diff)
				}
			})
		})
	}
}

// An extra exec probe ends when a regular one begins, and any extra probe ends within some seconds.
func TestDependencyEagerProbesEndWithinSeconds(t *testing.T) {
	for name, handler := range map[string]func(*probed){"exec": func(*probed) {}, "network": overNetwork} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := startProbed(t, readiness, v1.Probe{PeriodSeconds: 3600, TimeoutSeconds: 1800, FailureThreshold: 1000}, never,
					taking(time.Hour), handler)
				time.Sleep(1900 * time.Second)
				p.await(dependency.Ready)
				time.Sleep(10 * time.Minute)
				runs := p.executions()
				if len(runs) < 3 {
					t.Fatalf("%d probes, want one regular and some extra ones", len(runs))
				}
				for _, e := range runs[1:] {
					if took := e.end - e.begin; e.end != 0 && took > maxExtraProbeSeconds*time.Second {
						t.Errorf("an extra probe took %s", took)
					}
				}
			})
		})
	}
}

// A success counts only if it is that of the container that runs, and if no regular probe has begun since.
func TestDependencyEagerProbesDropStaleSuccesses(t *testing.T) {
	for name, tt := range map[string]struct {
		period int32
		change func(*probed)
		ready  bool
	}{
		"nothing happens":             {period: 60, change: func(*probed) {}, ready: true},
		"a regular probe has begun":   {period: 10, change: func(*probed) {}},
		"the container was restarted": {period: 60, change: func(p *probed) { p.runningAs(containerID("new"), true) }},
		"nothing is awaited any more": {period: 60, change: func(p *probed) { p.AwaitProbes(silence(), p.pod.UID, nil) }},
		"the pod is gone":             {period: 60, change: func(p *probed) { p.CleanupPods(nil) }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				// Only the extra probe succeeds. It ends after 11 s, a regular one after 14 s.
				succeeds := func(age time.Duration) bool { return age == 7*time.Second }
				p := startProbed(t, readiness, v1.Probe{PeriodSeconds: tt.period, TimeoutSeconds: 5, FailureThreshold: 1000}, succeeds,
					taking(4*time.Second), overNetwork)
				time.Sleep(7 * time.Second)
				p.await(dependency.Ready)
				time.Sleep(time.Second)
				tt.change(p)
				time.Sleep(8 * time.Second)
				ready := false
				for _, id := range []string{testContainerID.ID, "new"} {
					result, found := p.readinessManager.Get(containerID(id))
					ready = ready || found && result == results.Success
				}
				if ready != tt.ready {
					t.Errorf("ready is %t, want %t", ready, tt.ready)
				}
			})
		})
	}
}

// A panic of an extra probe is like that of a regular one: the next probe follows.
func TestDependencyEagerProbesSurviveAPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		panics := func(age time.Duration) bool {
			if age > 0 && age < time.Second {
				panic("in a probe")
			}
			return age > 0
		}
		p := startProbed(t, readiness, v1.Probe{PeriodSeconds: 60, FailureThreshold: 1000}, panics, overNetwork)
		synctest.Wait()
		p.await(dependency.Ready)
		if got := p.successAt(readiness, time.Minute); got > 1200*time.Millisecond {
			t.Errorf("seen after %s, want 1s and little more", got)
		}
	})
}

// Extra probes end with the wait, with the worker, and with the pod, and leave nothing behind.
func TestDependencyEagerProbesEnd(t *testing.T) {
	for name, end := range map[string]func(*probed){
		"nothing is awaited":       func(p *probed) { p.AwaitProbes(silence(), p.pod.UID, nil) },
		"another probe is awaited": func(p *probed) { p.await(dependency.Started) },
		"the pod is gone": func(p *probed) {
			p.CleanupPods(nil)
			time.Sleep(time.Minute)
		},
		"the container has exited for good": func(p *probed) {
			p.pod.Spec.RestartPolicy = v1.RestartPolicyNever
			p.statusManager.SetPodStatus(klog.Logger{}, p.pod, getTestRunningStatusWithFailedContainer())
			time.Sleep(time.Second)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := startProbed(t, readiness, v1.Probe{PeriodSeconds: 60, FailureThreshold: 1000}, never)
				p.await(dependency.Ready)
				time.Sleep(time.Second)
				end(p)
				synctest.Wait()
				if pods := p.awaiting(); len(pods) > 0 {
					t.Errorf("there are still extra probes of %v", pods)
				}
				before := p.count()
				time.Sleep(10 * time.Minute)
				if n := p.count() - before; n > 10 {
					t.Errorf("%d probes in the 10 minutes after, want the regular ones", n)
				}
			})
		})
	}
}

// A new worker for the same container gets extra probes of its own.
func TestDependencyEagerProbesFollowTheWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startProbed(t, readiness, v1.Probe{PeriodSeconds: 600, FailureThreshold: 1000}, after(2*time.Second), overNetwork)
		p.await(dependency.Ready)
		time.Sleep(time.Second)
		p.RemovePod(p.pod)
		synctest.Wait()
		p.AddPod(silence(), p.pod)
		p.await(dependency.Ready)
		if got := p.successAt(readiness, time.Minute); got > 2200*time.Millisecond {
			t.Errorf("seen after %s, want 2s and little more", got)
		}
	})
}

// Neither waits that begin and end nor a worker that is stopped again and again leave goroutines while a probe hangs.
func TestDependencyEagerProbesLeaveNoGoroutines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startProbed(t, readiness, v1.Probe{PeriodSeconds: 10, TimeoutSeconds: 300}, never, taking(time.Hour))
		synctest.Wait()
		p.await(dependency.Ready)
		time.Sleep(time.Second)
		before := runtime.NumGoroutine()
		for range 100 {
			p.AwaitProbes(silence(), p.pod.UID, nil)
			synctest.Wait()
			p.await(dependency.Ready)
			time.Sleep(time.Second)
		}
		for range 100 {
			p.RemovePod(p.pod)
		}
		synctest.Wait()
		if more := runtime.NumGoroutine() - before; more > 1 {
			t.Errorf("%d goroutines more", more)
		}
	})
}

// An error of an exec probe does not make it run several times, as regular ones do.
func TestDependencyEagerProbesRunOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startProbed(t, readiness, v1.Probe{PeriodSeconds: 600, FailureThreshold: 1000}, after(0),
			func(p *probed) { p.broken = errNoResult })
		synctest.Wait()
		p.await(dependency.Ready)
		time.Sleep(minExecPause / 2)
		extra := slices.DeleteFunc(p.executions(), func(e execution) bool { return !e.extra })
		if len(extra) != 1 {
			t.Errorf("%d executions, want one", len(extra))
		}
		if got := p.unhealthy(); got != 1 {
			t.Errorf("%d events of failures, want that of the first regular probe", got)
		}
	})
}
