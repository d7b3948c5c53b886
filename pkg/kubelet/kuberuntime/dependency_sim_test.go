// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	v1 "k8s.io/api/core/v1"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	featuregatetesting "k8s.io/component-base/featuregate/testing"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	apitest "k8s.io/cri-api/pkg/apis/testing"

	"k8s.io/kubernetes/pkg/features"
	"k8s.io/kubernetes/pkg/kubelet/ordering"
	"k8s.io/kubernetes/test/utils/ordercheck"
)

var (
	simSeed  = flag.Uint64("dependency-seed", 20261122, "seed of the simulated pods; 0 is the time")
	simCase  = flag.Uint64("dependency-case", 0, "the only case to simulate, counted from 1; 0 is all")
	simCount = flag.Uint64("dependency-cases", simCases, "how many pods to simulate")
)

// simCases is the default number of simulated pods. One takes about 15 ms.
const simCases = 250

// Guarantees S, T, J, L and R of package dependency: random pods with an order go through random histories, under
// kubelets that restart at random. The test checks all calls to the runtime against the rules of KEP.md, without the
// code under test.
func TestDependencySimulation(t *testing.T) {
	withoutErrorHandlers(t)
	seed := *simSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	happened := map[string]int{}
	for i := uint64(1); i <= *simCount; i++ {
		if *simCase != 0 && *simCase != i {
			continue
		}
		synctest.Test(t, func(t *testing.T) { simulate(t, seed, i, happened) })
		if t.Failed() {
			return
		}
	}
	t.Logf("seed %d: %v", seed, happened)
	if *simCase != 0 {
		return
	}
	// What did not happen was not tested.
	for _, what := range []string{
		"runtime restarts", "runtime restarts in a call", "clock jumps", "clocks differ", "status update refused", "slow API server",
		"grace period shortened", "image pulled", "pull fails", "slow pull", "call took effect without an answer", "EventedPLEG",
		"container exits", "readiness lost", "liveness fails", "startup fails", "sandbox lost", "API server down", "kubelet restarts",
		"kubelet restarts while a start is in flight", "kubelet restarts while the pod stops", "sync with a stale status", "pod deleted",
		"pod deleted while a start is in flight", "pod evicted", "run fails", "create fails", "start fails", "stop fails", "postStart fails",
		"slow run", "slow create", "slow start", "gate checked", "gate checked: Started", "gate checked: Ready", "gate checked: Completed",
		"gate checked: Succeeded", "gate checked: None", "gate checked: by the list", "gate open by a former sandbox",
		"sandbox lost, its containers run", "stopped with code 0", "postStart in a container that exits",
		"stop checked", "stop waited for others", "hook at termination", "hook beside a dependent",
		"hook in its turn", "hook hangs", "signal beside a hook that hangs", "pod ends: deleted", "pod ends: Complete", "pod ends: Failed",
		"pod lives", "container waits", "container can never start",
	} {
		if happened[what] < int(max(1, *simCount/250)) {
			t.Errorf("%q happened %d times in %d cases, too rarely to test it", what, happened[what], *simCount)
		}
	}
}

// simulation is one pod and its environment: the runtime, the API server, and the current kubelet process.
type simulation struct {
	*testing.T
	// Checker checks all calls. The lock guards it.
	*ordercheck.Checker
	runtime *recordingRuntime
	random  *rand.Rand
	seed    [2]uint64
	// calm is how rare incidents are.
	calm int

	lock    sync.Mutex
	log     []string
	dices   map[string]uint64
	chaos   bool
	process *simProcess
	// processes are all kubelet processes so far.
	processes []*simProcess

	// deletedAt is when the pod was deleted in the API server.
	deletedAt time.Time
	// pushed is the pod's status in the API server.
	pushed  v1.PodStatus
	apiDown bool
	// apiSlow is how long the API server takes to accept a status, and refusals how many it is going to refuse.
	apiSlow  time.Duration
	refusals int
	// apiClock is by how much the API server's clock is ahead of the node's.
	apiClock time.Duration
	outage   outage
	// jumped is by how much the clock has jumped since a container was started, by container ID.
	jumped map[string]time.Duration
	images *apitest.FakeImageService
	// evented means that the kubelet's feature gate EventedPLEG is on.
	evented bool
	// unready are the containers that are temporarily not ready.
	unready map[string]bool
	over    bool
}

func simulate(t *testing.T, seed, number uint64, happened map[string]int) {
	random := rand.New(rand.NewPCG(seed, number))
	s := &simulation{
		T: t, runtime: newRecordingRuntime(), random: random, seed: [2]uint64{seed, number},
		dices: map[string]uint64{}, chaos: true, unready: map[string]bool{}, outage: outage{begins: make(chan struct{})},
		jumped: map[string]time.Duration{}, images: apitest.NewFakeImageService(),
	}
	s.Checker = ordercheck.NewChecker(ordercheck.NewSubject(random), simWorld{s}, s.violation, happened)
	s.calm = 1 + random.IntN(4)
	s.images.SetFakeImages([]string{"image:1"})
	s.runtime.serve, s.runtime.served, s.runtime.canRead = s.serve, s.serveDone, s.canRead
	s.runtime.stopCode = s.stopCode
	if random.IntN(3) == 0 {
		s.apiClock = time.Duration(random.IntN(120)-60) * time.Second
		happened["clocks differ"]++
	}

	s.evented = random.IntN(4) == 0
	if s.evented {
		happened["EventedPLEG"]++
		s.runtime.evented = true
		featuregatetesting.SetFeatureGateDuringTest(t, utilfeature.DefaultFeatureGate, features.EventedPLEG, true)
	}
	s.noteLocked("pod: policy %s, grace %ds, annotations %v", s.Spec.RestartPolicy, *s.Spec.TerminationGracePeriodSeconds, s.Annotations)
	for _, c := range slices.Concat(s.Spec.InitContainers, s.Spec.Containers) {
		policy := "-"
		if c.RestartPolicy != nil {
			policy = string(*c.RestartPolicy)
		}
		s.noteLocked("  %s: restarts %s, ready %t, startup %t, hooks %t, %+v, waits for %v", c.Name, policy, c.ReadinessProbe != nil,
			c.StartupProbe != nil, c.Lifecycle != nil, *s.Habits[c.Name], s.Edges[c.Name])
	}
	go s.tick()
	s.startKubelet()
	for range 10 + random.IntN(30) {
		time.Sleep(time.Duration(random.IntN(4000)) * time.Millisecond)
		s.incident()
	}
	s.lock.Lock()
	s.chaos, s.apiDown, s.apiSlow, s.refusals = false, false, 0, 0
	clear(s.unready)
	s.lock.Unlock()
	if s.current() == nil {
		s.startKubelet()
	}
	// Longer than any back-off.
	s.rest(8 * time.Minute)
	if !s.isOver() {
		s.delete(30, nil)
		s.rest(3 * time.Minute)
	}
	s.lock.Lock()
	s.over = true
	s.process.die()
	s.lock.Unlock()
	s.process.wakeUp()
	// Let all goroutines end: the fake clock stops when this function returns.
	time.Sleep(2 * time.Minute)
	for _, k := range s.processes {
		// A sync that outlived its process may have begun a pull.
		k.records.with(s.UID, func(p *podRecord) { p.releaseAll() })
	}
	time.Sleep(time.Second)
	if t.Failed() {
		t.Logf("repeat with -dependency-seed=%d -dependency-case=%d", seed, number)
		t.Log("\n" + strings.Join(s.log[max(0, len(s.log)-200):], "\n"))
	}
}

// rest waits for the end of the pod, but no longer than the time, and then checks the pod.
func (s *simulation) rest(longest time.Duration) {
	// A start that was cancelled may take effect late, after which the pod must be stopped again.
	for began, over := time.Now(), 0; time.Since(began) < longest && over < 2; {
		time.Sleep(10 * time.Second)
		if over++; !s.isOver() {
			over = 0
		}
	}
	s.checkRest()
}

// checkRest lets the checker look at the pod after a long time without incidents.
func (s *simulation) checkRest() {
	status := s.process.status(s.T, s.Pod)
	decisions := s.process.PodOrder(s.process.ctx, s.process.podNow(), status).Decisions
	s.lock.Lock()
	defer s.lock.Unlock()
	s.Rest(decisions.Failed, func(name string) ordercheck.Shown {
		d := decisions.Containers[name]
		return ordercheck.Shown{Gate: d.Gate, Message: d.Message}
	})
}

func (s *simulation) isOver() bool {
	s.lock.Lock()
	defer s.lock.Unlock()
	// A start that was cancelled may have taken effect.
	return s.Ended != "" && len(s.running()) == 0
}

func (s *simulation) current() *simProcess {
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.process != nil && s.process.Dead.Load() {
		return nil
	}
	return s.process
}

// incident lets something random happen to the pod.
func (s *simulation) incident() {
	running := s.running()
	var id, name string
	if len(running) > 0 {
		c := running[s.random.IntN(len(running))]
		id, name = c.Id, c.Metadata.Name
	}
	k := s.current()
	switch n := s.random.IntN(100 * s.calm); {
	case n < 18 && id != "":
		code := []int32{0, 0, 1, 42}[s.random.IntN(4)]
		s.happens("container exits", func() { s.runtime.exit(id, code) }, "%s %d", id, code)
	case n < 30 && name != "":
		s.happens("readiness lost", func() { s.unready[name] = !s.unready[name] }, "%s (or found again)", name)
	case n < 36 && id != "" && k != nil:
		s.happens("liveness fails", func() {
			// The liveness probe begins when the startup probe has passed.
			if s.Container(name).StartupProbe == nil || s.HasStartedUp(id) {
				s.MustBeKilled(id)
				k.livenessManager.Set(probeID(id), 1, nil)
			}
		}, "%s", id)
		k.wakeUp()
	case n < 42 && id != "" && k != nil && s.Container(name).StartupProbe != nil:
		s.happens("startup fails", func() {
			if !s.HasStartedUp(id) {
				s.MustBeKilled(id)
				k.started.Set(probeID(id), 1, nil)
			}
		}, "%s", id)
		k.wakeUp()
	case n < 46:
		s.loseSandbox()
	case n < 50:
		s.happens("API server down", func() { s.apiDown = !s.apiDown }, "(or up again)")
	case n < 53:
		s.happens("runtime restarts", func() { s.restartRuntime(time.Duration(1+s.random.IntN(8000)) * time.Millisecond) }, "")
	case n < 55:
		by := time.Duration(1+s.random.IntN(600)) * time.Second
		s.happens("clock jumps", func() { s.jumpClock(by) }, "by %s", by)
	case n < 57:
		s.happens("slow API server", func() { s.apiSlow = time.Duration(s.random.IntN(20)) * time.Second }, "")
	case n < 60:
		s.lock.Lock()
		s.refusals = 1 + s.random.IntN(3)
		s.lock.Unlock()
	case n < 68:
		s.restartKubelet()
	case n < 74:
		s.lock.Lock()
		deleted := s.Deleted
		s.lock.Unlock()
		switch {
		case deleted && s.random.IntN(2) == 0:
			s.shortenGrace()
		case deleted:
			s.restartKubelet()
		default:
			grace := []int64{1, 2, 10, 30, 60}[s.random.IntN(5)]
			var override *int64
			if s.random.IntN(4) == 0 {
				s.count("pod evicted")
				override = &[]int64{0, 1, 5, 20}[s.random.IntN(4)]
			}
			s.delete(grace, override)
		}
	default:
		if k != nil {
			k.wakeUp()
		}
	}
	if k := s.current(); k == nil && s.random.IntN(3) > 0 {
		s.startKubelet()
	} else if k != nil && s.stops() && s.random.IntN(3) == 0 {
		s.restartKubelet()
	}
}

// stops reports whether a kubelet is stopping the pod.
func (s *simulation) stops() bool {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.Ended == "" && s.process != nil && !s.process.StopBegan.IsZero()
}

func (s *simulation) delete(grace int64, override *int64) {
	s.happens("pod deleted", func() {
		s.Deleted, s.deletedAt, s.Grace, s.Override = true, time.Now(), grace, override
		if s.process != nil && !s.process.Dead.Load() {
			s.terminationRequested(s.process)
			ordering.GracePeriods.Publish(s.UID, s.GraceOfDeletion())
		}
	}, "grace %d, override %v", grace, override)
	if k := s.current(); k != nil {
		k.wakeUp()
	}
}

// shortenGrace deletes the pod again with a shorter grace period.
func (s *simulation) shortenGrace() {
	s.lock.Lock()
	grace, evicted := s.Grace, s.Override != nil
	s.lock.Unlock()
	if grace < 2 || evicted {
		return
	}
	shorter := 1 + s.random.Int64N(grace-1)
	s.happens("grace period shortened", func() {
		s.Grace = shorter
		ordering.GracePeriods.Publish(s.UID, shorter)
	}, "to %d", shorter)
}

// terminationRequested does what a real pod worker does at once on a termination request. The caller must hold the
// lock.
func (s *simulation) terminationRequested(k *simProcess) {
	if k.states.terminating.Swap(true) {
		return
	}
	k.TerminatedAt = time.Now()
	k.InFlight = k.startsInFlight(s.UID)
	if len(k.InFlight) > 0 {
		s.Happened["pod deleted while a start is in flight"]++
	}
}

func (s *simulation) loseSandbox() {
	s.runtime.FakeRuntimeService.Lock()
	var newest *apitest.FakePodSandbox
	for _, sandbox := range s.runtime.Sandboxes {
		if newest == nil || sandbox.CreatedAt > newest.CreatedAt {
			newest = sandbox
		}
	}
	s.runtime.FakeRuntimeService.Unlock()
	if newest == nil || newest.State != runtimeapi.PodSandboxState_SANDBOX_READY {
		return
	}
	what, alone := "sandbox lost", s.random.IntN(3) == 0
	if alone {
		// The kubelet stops the containers before it creates the next one.
		what = "sandbox lost, its containers run"
	}
	s.happens(what, func() {
		if !alone {
			s.runtime.exitAll(newest.Id, 137)
		}
		s.runtime.FakeRuntimeService.Lock()
		defer s.runtime.FakeRuntimeService.Unlock()
		newest.State = runtimeapi.PodSandboxState_SANDBOX_NOTREADY
	}, "%s", newest.Id)
}

func (s *simulation) restartKubelet() {
	k := s.current()
	if k == nil {
		s.startKubelet()
		return
	}
	s.happens("kubelet restarts", func() {
		if len(k.startsInFlight(s.UID)) > 0 {
			s.Happened["kubelet restarts while a start is in flight"]++
		}
		if !k.StopBegan.IsZero() && s.Ended == "" {
			s.Happened["kubelet restarts while the pod stops"]++
		}
		k.die()
	}, "")
	k.wakeUp()
	// What the runtime was doing for it is done before another one starts.
	time.Sleep(time.Second)
}

// happens applies a change, and records the conditions that hold before and after it.
func (s *simulation) happens(what string, do func(), format string, args ...any) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.Changes(do)
	s.Happened[what]++
	s.noteLocked("%s "+format, append([]any{what}, args...)...)
}

func (s *simulation) count(what string) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.Happened[what]++
}

func (s *simulation) noteLocked(format string, args ...any) {
	s.log = append(s.log, fmt.Sprintf("%9s  %s", time.Since(s.runtime.began).Round(time.Millisecond), fmt.Sprintf(format, args...)))
}

// violation reports the violation of a guarantee. The caller must hold the lock.
func (s *simulation) violation(format string, args ...any) {
	s.noteLocked("VIOLATION "+format, args...)
	s.Errorf("%s: %s", time.Since(s.runtime.began), fmt.Sprintf(format, args...))
}

func (s *simulation) running() []*apitest.FakeContainer {
	return slices.DeleteFunc(s.runtime.records(), func(c *apitest.FakeContainer) bool {
		return c.State != runtimeapi.ContainerState_CONTAINER_RUNNING
	})
}

func (s *simulation) isRunning(id string) bool {
	return slices.ContainsFunc(s.running(), func(c *apitest.FakeContainer) bool { return c.Id == id })
}

// dice returns a new random source for each question, which does not depend on concurrent calls.
func (s *simulation) dice(question string) *rand.Rand {
	s.dices[question]++
	mixed := s.seed[0]
	for _, b := range []byte(question) {
		mixed = (mixed ^ uint64(b)) * 1099511628211
	}
	return rand.New(rand.NewPCG(mixed, s.seed[1]<<32|s.dices[question]))
}
