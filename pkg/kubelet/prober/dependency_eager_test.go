// SPDX-License-Identifier: Apache-2.0

package prober

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/record"
	"k8s.io/klog/v2"
	"k8s.io/utils/exec"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	"k8s.io/kubernetes/pkg/kubelet/prober/results"
	"k8s.io/kubernetes/pkg/probe"
)

// probed is a container with a probe, and the probe's results.
type probed struct {
	*manager
	pod    *v1.Pod
	events *record.FakeRecorder
	began  time.Time
	// answers reports whether a probe succeeds at an age of the container; takes is how long a probe takes.
	answers func(age time.Duration) bool
	takes   time.Duration

	lock sync.Mutex
	// at is when each probe began, since the start of the container.
	at []time.Duration
	// now is the number of probes running now, most its maximum so far.
	now, most int
}

func (p *probed) Probe(exec.Cmd) (probe.Result, string, error) {
	p.lock.Lock()
	age := time.Since(p.began)
	p.at = append(p.at, age)
	p.now++
	p.most = max(p.most, p.now)
	p.lock.Unlock()
	time.Sleep(p.takes)
	p.lock.Lock()
	defer p.lock.Unlock()
	p.now--
	if p.answers(age) {
		return probe.Success, "", nil
	}
	return probe.Failure, "no answer", nil
}

// count returns the number of probes so far.
func (p *probed) count() int {
	p.lock.Lock()
	defer p.lock.Unlock()
	return len(p.at)
}

// unhealthy returns the number of Unhealthy events since the last call.
func (p *probed) unhealthy() int {
	n := 0
	for {
		select {
		case event := <-p.events.Events:
			if strings.Contains(event, "Unhealthy") {
				n++
			}
		default:
			return n
		}
	}
}

func silence() context.Context { return klog.NewContext(context.Background(), klog.Logger{}) }

// startProbed starts a container with one instant probe, and its worker.
func startProbed(t *testing.T, kind probeType, spec v1.Probe, answers func(time.Duration) bool) *probed {
	return startProbedFor(t, kind, spec, answers, 0)
}

// startProbedFor starts a container with one probe of the given duration, and its worker.
func startProbedFor(t *testing.T, kind probeType, spec v1.Probe, answers func(time.Duration) bool, takes time.Duration) *probed {
	p := &probed{manager: newTestManager(), pod: getTestPod(), events: record.NewFakeRecorder(10000), began: time.Now(), answers: answers,
		takes: takes}
	p.manager.start = time.Now().Add(-time.Hour)
	p.prober.exec, p.prober.recorder = p, p.events
	p.pod.Spec.RestartPolicy = v1.RestartPolicyAlways
	p.pod.Annotations = map[string]string{dependency.AnnotationPrefix + testContainerName: "{}"}
	setTestProbe(p.pod, kind, spec)
	p.running(kind != startup)
	p.AddPod(silence(), p.pod)
	t.Cleanup(func() {
		p.AwaitProbes(silence(), p.pod.UID, nil)
		p.CleanupPods(nil)
		// Let all goroutines end: the bubble's clock stops when this function returns.
		time.Sleep(time.Hour)
	})
	return p
}

func (p *probed) running(started bool) {
	status := getTestRunningStatusWithStarted(started)
	status.ContainerStatuses[0].State.Running.StartedAt = metav1.NewTime(p.began)
	p.statusManager.SetPodStatus(klog.Logger{}, p.pod, status)
}

func (p *probed) await(condition dependency.Condition) {
	p.AwaitProbes(silence(), p.pod.UID, map[string]dependency.Condition{testContainerName: condition})
}

// result returns the newest result of the probe.
func (p *probed) result(kind probeType) results.Result {
	result, found := resultsManager(p.manager, kind).Get(testContainerID)
	if !found {
		return results.Unknown
	}
	return result
}

// successAt waits for a success and returns when it came.
func (p *probed) successAt(kind probeType, limit time.Duration) time.Duration {
	for p.result(kind) != results.Success && time.Since(p.began) < limit {
		time.Sleep(time.Millisecond)
	}
	return time.Since(p.began)
}

func after(d time.Duration) func(time.Duration) bool {
	return func(age time.Duration) bool { return age >= d }
}

func never(time.Duration) bool { return false }

// A condition that others wait for is seen with at most a tenth of delay, whatever the probe's period.
func TestDependencyEagerProbesSeeGoodNewsEarly(t *testing.T) {
	for name, tt := range map[string]struct {
		kind      probeType
		condition dependency.Condition
		period    int32
		delay     int32
		up        time.Duration
		// within is how late the success may be seen, most how many probes that may take.
		within time.Duration
		most   int
	}{
		"a startup probe": {
			kind: startup, condition: dependency.Started, period: 10, up: 330 * time.Millisecond, within: 60 * time.Millisecond, most: 10,
		},
		"a readiness probe": {
			kind: readiness, condition: dependency.Ready, period: 10, up: 330 * time.Millisecond, within: 60 * time.Millisecond, most: 10,
		},
		"a slow container": {
			kind: readiness, condition: dependency.Ready, period: 30, up: 8 * time.Second, within: 900 * time.Millisecond, most: 50,
		},
		"a very slow one, with a long period": {
			kind: startup, condition: dependency.Started, period: 300, up: 250 * time.Second, within: 3 * time.Second, most: 200,
		},
		"the initial delay is kept": {
			kind: readiness, condition: dependency.Ready, period: 10, delay: 5, up: 0, within: 5*time.Second + 110*time.Millisecond, most: 2,
		},
		"a container that is ready at once is seen at once": {
			kind: readiness, condition: dependency.Ready, period: 10, up: 0, within: 10 * time.Millisecond, most: 2,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := startProbed(t, tt.kind, v1.Probe{PeriodSeconds: tt.period, InitialDelaySeconds: tt.delay, FailureThreshold: 1000}, after(tt.up))
				p.await(tt.condition)
				if late := p.successAt(tt.kind, time.Hour) - tt.up; late > tt.within {
					t.Errorf("seen %s late, want at most %s", late, tt.within)
				}
				if n := p.count(); n > tt.most {
					t.Errorf("%d probes, want at most %d", n, tt.most)
				}
				if first := p.at[0]; first < time.Duration(tt.delay)*time.Second {
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

func ptrTo[T any](value T) *T { return &value }

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

// A probe that hangs never runs twice at a time, and delays a regular one no longer than it hangs.
func TestDependencyEagerProbesRunOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startProbedFor(t, readiness, v1.Probe{PeriodSeconds: 5, TimeoutSeconds: 3, FailureThreshold: 1000}, never, 3*time.Second)
		p.await(dependency.Ready)
		time.Sleep(5 * time.Minute)
		p.lock.Lock()
		defer p.lock.Unlock()
		if p.most != 1 {
			t.Errorf("%d probes at the same time", p.most)
		}
		// Extra probes take at most half of the time, and the regular ones come every 5 seconds.
		if n := len(p.at); n < 60 || n > 100 {
			t.Errorf("%d probes of 3 s in 5 minutes", n)
		}
		if got := p.unhealthy(); got < 58 || got > 61 {
			t.Errorf("%d regular failures in 5 minutes of a period of 5 s, want 60", got)
		}
	})
}

// Extra probes end with the wait, with the worker, and with the pod.
func TestDependencyEagerProbesEnd(t *testing.T) {
	for name, end := range map[string]func(*probed){
		"nothing is awaited":       func(p *probed) { p.AwaitProbes(silence(), p.pod.UID, nil) },
		"another probe is awaited": func(p *probed) { p.await(dependency.Started) },
		"the pod is gone": func(p *probed) {
			p.CleanupPods(nil)
			time.Sleep(time.Minute)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := startProbed(t, readiness, v1.Probe{PeriodSeconds: 60, FailureThreshold: 1000}, never)
				p.await(dependency.Ready)
				time.Sleep(time.Second)
				end(p)
				synctest.Wait()
				before := p.count()
				time.Sleep(10 * time.Minute)
				if n := p.count() - before; n > 10 {
					t.Errorf("%d probes in the 10 minutes after, want the regular ones", n)
				}
			})
		})
	}
}

// However many containers are awaited, the number of extra probes per second on the node is bounded.
func TestDependencyEagerProbesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startProbed(t, readiness, v1.Probe{PeriodSeconds: 600, FailureThreshold: 1000}, never)
		const pods = 300
		for i := range pods {
			pod := p.pod.DeepCopy()
			pod.UID = types.UID(strings.Repeat("x", i+1))
			p.statusManager.SetPodStatus(klog.Logger{}, pod, getTestRunningStatus())
			p.AddPod(silence(), pod)
			p.AwaitProbes(silence(), pod.UID, map[string]dependency.Condition{testContainerName: dependency.Ready})
			defer p.AwaitProbes(silence(), pod.UID, nil)
		}
		const seconds = 5
		time.Sleep(seconds * time.Second)
		if n := p.count(); n > pods+1+(seconds+1)*extraProbesPerSecond || n < pods+seconds*extraProbesPerSecond/2 {
			t.Errorf("%d probes in %d s, want the regular ones and about %d a second", n, seconds, extraProbesPerSecond)
		}
	})
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
				p := startProbed(t, tt.kind, v1.Probe{PeriodSeconds: 1}, after(0))
				p.statusManager.SetPodStatus(klog.Logger{}, p.pod, getTestPendingStatus())
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

// An extra probe follows soon after the container's first status.
func TestDependencyEagerProbesWaitForTheStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startProbed(t, readiness, v1.Probe{PeriodSeconds: 600}, after(0))
		p.statusManager.SetPodStatus(klog.Logger{}, p.pod, v1.PodStatus{Phase: v1.PodPending})
		p.await(dependency.Ready)
		time.Sleep(7 * time.Millisecond)
		p.running(true)
		if got := p.successAt(readiness, time.Minute); got > 20*time.Millisecond {
			t.Errorf("seen %s after the start, want at most 20ms", got)
		}
		if !slices.IsSorted(p.at) {
			t.Errorf("probes at %v", p.at)
		}
	})
}
