// SPDX-License-Identifier: Apache-2.0

package prober

import (
	"fmt"
	"maps"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/klog/v2"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
)

func containerID(id string) kubecontainer.ContainerID {
	return kubecontainer.ContainerID{Type: testContainerID.Type, ID: id}
}

// However many containers are awaited, the number of extra probes per second on the node is bounded.
func TestDependencyEagerProbesAreBounded(t *testing.T) {
	for name, tt := range map[string]struct {
		handler   func(*probed)
		perSecond int
	}{
		"exec":    {handler: func(*probed) {}, perSecond: execProbesPerSecond},
		"network": {handler: overNetwork, perSecond: networkProbesPerSecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := startProbed(t, readiness, v1.Probe{PeriodSeconds: 3600, FailureThreshold: 1000}, never, tt.handler)
				const pods, seconds = 60, 5
				for i := range pods {
					uid, awaited := p.another(fmt.Sprintf("pod-%d", i), 1, 0)
					p.AwaitProbes(silence(), uid, awaited)
				}
				time.Sleep(seconds * time.Second)
				n := p.count() - pods - 1
				if n > (seconds+1)*tt.perSecond || n < seconds*tt.perSecond/2 {
					t.Errorf("%d extra probes in %d s, want about %d a second", n, seconds, tt.perSecond)
				}
			})
		})
	}
}

// Containers that are not due to be probed use up nothing.
func TestDependencyEagerProbesUseNoTokensBeforeTheyAreDue(t *testing.T) {
	for name, tt := range map[string]struct {
		status v1.PodStatus
		delay  int32
	}{
		"in their initial delay": {status: getTestRunningStatus(), delay: 300},
		"being started":          {status: getTestPendingStatus()},
		"exited":                 {status: getTestRunningStatusWithFailedContainer()},
		"not started":            {status: getTestRunningStatusWithStarted(false)},
		"without a status":       {status: v1.PodStatus{ContainerStatuses: make([]v1.ContainerStatus, 1)}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := startProbed(t, readiness, v1.Probe{PeriodSeconds: 600, InitialDelaySeconds: tt.delay, FailureThreshold: 1000}, never,
					overNetwork)
				for i := range 60 {
					uid, awaited := p.another(fmt.Sprintf("pod-%d", i), 1, 0)
					pod, status := p.pod.DeepCopy(), *tt.status.DeepCopy()
					pod.UID, status.ContainerStatuses[0].Name = uid, "c0"
					if running := status.ContainerStatuses[0].State.Running; running != nil {
						running.StartedAt = metav1.Now()
					}
					p.statusManager.SetPodStatus(klog.Logger{}, pod, status)
					p.AwaitProbes(silence(), uid, awaited)
				}
				time.Sleep(5 * time.Second)
				p.eager.lock.Lock()
				defer p.eager.lock.Unlock()
				if left := p.eager.network.node.Tokens(); left < networkProbesPerSecond {
					t.Errorf("%v tokens are left, want all", left)
				}
			})
		})
	}
}

// Pods with many containers that never become ready take nothing away from another pod.
func TestDependencyEagerProbesAreFair(t *testing.T) {
	for name, tt := range map[string]struct {
		handler          func(*probed)
		hostile          int
		up, takes, limit time.Duration
	}{
		"network, one pod":         {handler: overNetwork, hostile: 1, up: 330 * time.Millisecond, limit: 70 * time.Millisecond},
		"network, many pods":       {handler: overNetwork, hostile: 10, up: 330 * time.Millisecond, limit: 200 * time.Millisecond},
		"network, pods that hang":  {handler: overNetwork, hostile: 10, takes: time.Second, up: time.Second, limit: 2200 * time.Millisecond},
		"exec, one pod":            {handler: func(*probed) {}, hostile: 1, up: 330 * time.Millisecond, limit: 600 * time.Millisecond},
		"exec, many pods":          {handler: func(*probed) {}, hostile: 10, up: 330 * time.Millisecond, limit: 1500 * time.Millisecond},
		"exec, pods ready at once": {handler: func(*probed) {}, hostile: 10, limit: 10 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				// Only the container of the other pod becomes ready. It starts when the others have used up their shares.
				const head = 3 * time.Second
				p := startProbed(t, readiness, v1.Probe{PeriodSeconds: 3600, TimeoutSeconds: 2, FailureThreshold: 1000}, after(head+tt.up),
					tt.handler, taking(tt.takes), func(p *probed) { p.only = testContainerID.Type },
					with(v1.PodStatus{Phase: v1.PodPending}))
				const containers = 64
				var all []map[string]dependency.Condition
				for i := range tt.hostile {
					_, awaited := p.another(fmt.Sprintf("pod-%d", i), containers, 0)
					all = append(all, awaited)
				}
				// Spread them, so that there is always one that takes the next token.
				for j := range containers {
					for i := range tt.hostile {
						some := maps.Clone(all[i])
						maps.DeleteFunc(some, func(name string, _ dependency.Condition) bool { return number(t, name) > j })
						p.AwaitProbes(silence(), types.UID(fmt.Sprintf("pod-%d", i)), some)
					}
					time.Sleep(4 * time.Millisecond)
				}
				time.Sleep(head - time.Since(p.began))
				p.running(true)
				p.await(dependency.Ready)
				if late := p.successAt(readiness, time.Hour) - head - tt.up; late > tt.limit {
					t.Errorf("seen %s late, want at most %s", late, tt.limit)
				}
			})
		})
	}
}

// number returns the number in the name of a container of another pod.
func number(t *testing.T, name string) int {
	n, err := strconv.Atoi(name[1:])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A pod that is alone may use all that the node has.
func TestDependencyEagerProbesWasteNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startProbed(t, readiness, v1.Probe{PeriodSeconds: 3600, InitialDelaySeconds: 1, FailureThreshold: 1000}, never, overNetwork)
		for i := range 50 {
			uid, awaited := p.another(fmt.Sprintf("idle-%d", i), 1, -time.Hour)
			p.AwaitProbes(silence(), uid, awaited)
		}
		uid, awaited := p.another("busy", 128, time.Minute)
		p.AwaitProbes(silence(), uid, awaited)
		time.Sleep(5 * time.Second)
		if n := p.count() - 128; n < 5*networkProbesPerSecond*9/10 {
			t.Errorf("%d extra probes in 5 s, want about %d a second", n, networkProbesPerSecond)
		}
	})
}

// Extra probes become rarer as the container gets older, and end when they would be as rare as the regular ones. A
// restarted container is new.
func TestDependencyEagerProbesBecomeRarer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startProbed(t, readiness, v1.Probe{PeriodSeconds: 300, FailureThreshold: 1000}, never)
		p.await(dependency.Ready)
		extra := func() (n int) {
			for _, e := range p.executions() {
				if e.extra {
					n++
				}
			}
			return n
		}
		// The pause of an exec probe is a tenth of the age: ten extra probes for each factor of 2.6 in age.
		time.Sleep(time.Minute)
		first := extra()
		if first < 30 || first > 70 {
			t.Errorf("%d extra probes in a minute", first)
		}
		time.Sleep(49 * time.Minute)
		rest := extra()
		if more := rest - first; more < 20 || more > 45 {
			t.Errorf("%d extra probes in the next 49 minutes", more)
		}
		time.Sleep(10 * time.Hour)
		if more := extra() - rest; more > 0 {
			t.Errorf("%d extra probes after ten periods", more)
		}
		p.runningAs(containerID("new"), true)
		time.Sleep(time.Minute + restartPause)
		if again := extra() - rest; again < 30 || again > 70 {
			t.Errorf("%d extra probes in the first minute after the restart, want as many as at first: %d", again, first)
		}
	})
}
