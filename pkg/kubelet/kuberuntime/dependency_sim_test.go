// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
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
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	apitest "k8s.io/cri-api/pkg/apis/testing"
)

var (
	simSeed = flag.Uint64("dependency-seed", 20261122, "seed of the simulated pods; 0 is the time")
	simCase = flag.Uint64("dependency-case", 0, "the only case to simulate, counted from 1; 0 is all")
)

// simCases is the number of simulated pods. One takes about 30 ms.
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
	for i := uint64(1); i <= simCases; i++ {
		if *simCase != 0 && *simCase != i {
			continue
		}
		synctest.Test(t, func(t *testing.T) { simulate(t, seed, i, happened) })
		if t.Failed() {
			t.Fatalf("repeat with -dependency-seed=%d -dependency-case=%d", seed, i)
		}
	}
	t.Logf("seed %d: %v", seed, happened)
	if *simCase != 0 {
		return
	}
	// What did not happen was not tested.
	for _, what := range []string{
		"container exits", "readiness lost", "liveness fails", "startup fails", "sandbox lost", "API server down", "kubelet restarts",
		"kubelet restarts while a start is in flight", "kubelet restarts while the pod stops", "sync with a stale status", "pod deleted",
		"pod deleted while a start is in flight", "pod evicted", "run fails", "create fails", "start fails", "stop fails", "postStart fails",
		"slow run", "slow create", "slow start", "gate checked", "gate checked: Started", "gate checked: Ready", "gate checked: Completed",
		"gate checked: Succeeded", "stop checked", "stop waited for others", "pod ends: deleted", "pod ends: Complete", "pod ends: Failed",
		"pod lives", "container waits", "container can never start",
	} {
		if happened[what] < simCases/125 {
			t.Errorf("%q happened %d times in %d cases, too rarely to test it", what, happened[what], simCases)
		}
	}
}

// simulation is one pod and its environment: the runtime, the API server, and the current kubelet process.
type simulation struct {
	*testing.T
	*simPod
	runtime  *recordingRuntime
	random   *rand.Rand
	seed     [2]uint64
	happened map[string]int
	// calm is how rare incidents are.
	calm int

	lock    sync.Mutex
	log     []string
	dices   map[string]uint64
	chaos   bool
	process *simProcess
	facts   simFacts

	// deleted means that the pod has been deleted in the API server, with this grace period.
	deleted bool
	grace   int64
	// override is the grace period override of an eviction.
	override *int64
	// pushed is the pod's status in the API server.
	pushed  v1.PodStatus
	apiDown bool
	// unready are the containers that are temporarily not ready.
	unready map[string]bool
	// signalled is when a container was first told to stop.
	signalled map[string]time.Time
	// ended is why the pod has ended, or "".
	ended string
	over  bool
}

func simulate(t *testing.T, seed, number uint64, happened map[string]int) {
	random := rand.New(rand.NewPCG(seed, number))
	s := &simulation{
		T: t, simPod: newSimPod(random), runtime: newRecordingRuntime(), random: random, seed: [2]uint64{seed, number},
		happened: happened, calm: 1 + random.IntN(4), dices: map[string]uint64{}, chaos: true, unready: map[string]bool{},
		signalled: map[string]time.Time{}, facts: newSimFacts(),
	}
	s.runtime.serve, s.runtime.served = s.serve, s.serveDone
	s.noteLocked("pod: policy %s, grace %ds, annotations %v", s.Spec.RestartPolicy, *s.Spec.TerminationGracePeriodSeconds, s.Annotations)
	for _, c := range slices.Concat(s.Spec.InitContainers, s.Spec.Containers) {
		policy := "-"
		if c.RestartPolicy != nil {
			policy = string(*c.RestartPolicy)
		}
		s.noteLocked("  %s: restarts %s, ready %t, startup %t, hooks %t, %+v, waits for %v", c.Name, policy, c.ReadinessProbe != nil,
			c.StartupProbe != nil, c.Lifecycle != nil, *s.habits[c.Name], s.edges[c.Name])
	}
	go s.tick()
	s.startKubelet()
	for range 10 + random.IntN(30) {
		time.Sleep(time.Duration(random.IntN(4000)) * time.Millisecond)
		s.incident()
	}
	s.lock.Lock()
	s.chaos, s.apiDown = false, false
	clear(s.unready)
	s.lock.Unlock()
	if s.current() == nil {
		s.startKubelet()
	}
	time.Sleep(15 * time.Minute)
	s.checkRest()
	if !s.isOver() {
		s.delete(30, nil)
		time.Sleep(5 * time.Minute)
		s.checkRest()
	}
	s.lock.Lock()
	s.over = true
	s.process.dead.Store(true)
	s.lock.Unlock()
	s.process.wakeUp()
	// Let all goroutines end: the fake clock stops when this function returns.
	time.Sleep(2 * time.Minute)
	if t.Failed() {
		t.Log("\n" + strings.Join(s.log[max(0, len(s.log)-200):], "\n"))
	}
}

func (s *simulation) isOver() bool {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.ended != ""
}

func (s *simulation) current() *simProcess {
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.process != nil && s.process.dead.Load() {
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
			s.facts.killedAlone[id] = true
			k.livenessManager.Set(probeID(id), 1, nil)
		}, "%s", id)
		k.wakeUp()
	case n < 42 && id != "" && k != nil && s.container(name).StartupProbe != nil:
		s.happens("startup fails", func() {
			if !s.facts.startupPassed[id] {
				s.facts.killedAlone[id] = true
				k.started.Set(probeID(id), 1, nil)
			}
		}, "%s", id)
		k.wakeUp()
	case n < 46:
		s.loseSandbox()
	case n < 50:
		s.happens("API server down", func() { s.apiDown = !s.apiDown }, "(or up again)")
	case n < 60:
		s.restartKubelet()
	case n < 66:
		s.lock.Lock()
		deleted := s.deleted
		s.lock.Unlock()
		if deleted {
			s.restartKubelet()
		} else {
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
	return s.ended == "" && s.process != nil && !s.process.stopBegan.IsZero()
}

func (s *simulation) delete(grace int64, override *int64) {
	s.happens("pod deleted", func() {
		s.deleted, s.grace, s.override = true, grace, override
		if s.process != nil && !s.process.dead.Load() {
			s.terminationRequested(s.process)
		}
	}, "grace %d, override %v", grace, override)
	if k := s.current(); k != nil {
		k.wakeUp()
	}
}

// terminationRequested does what a real pod worker does at once on a termination request. The caller must hold the
// lock.
func (s *simulation) terminationRequested(k *simProcess) {
	if k.states.terminating.Swap(true) {
		return
	}
	k.inFlight = k.startsInFlight(s.UID)
	if len(k.inFlight) > 0 {
		s.happened["pod deleted while a start is in flight"]++
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
	s.happens("sandbox lost", func() {
		s.runtime.exitAll(newest.Id, 137)
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
			s.happened["kubelet restarts while a start is in flight"]++
		}
		if !k.stopBegan.IsZero() && s.ended == "" {
			s.happened["kubelet restarts while the pod stops"]++
		}
		k.dead.Store(true)
	}, "")
	k.wakeUp()
}

// happens applies a change, and records the conditions that hold before and after it.
func (s *simulation) happens(what string, do func(), format string, args ...any) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.changes(do)
	s.happened[what]++
	s.noteLocked("%s "+format, append([]any{what}, args...)...)
}

// changes is like happens, without counting or logging. The caller must hold the lock.
func (s *simulation) changes(do func()) {
	s.mark()
	do()
	s.mark()
}

func (s *simulation) count(what string) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.happened[what]++
}

func (s *simulation) noteLocked(format string, args ...any) {
	s.log = append(s.log, fmt.Sprintf("%9s  %s", time.Since(s.runtime.began).Round(time.Millisecond), fmt.Sprintf(format, args...)))
}

// violation reports the violation of a guarantee. The caller must hold the lock.
func (s *simulation) violation(format string, args ...any) {
	s.noteLocked("VIOLATION "+format, args...)
	s.Errorf("%s: %s", time.Since(s.runtime.began), fmt.Sprintf(format, args...))
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

// serve is the runtime's side of each call that changes state.
func (s *simulation) serve(ctx context.Context, call criCall, id string) error {
	k, _ := ctx.Value(simProcessKey{}).(*simProcess)
	s.lock.Lock()
	if k == nil {
		s.violation("%s: not called by a kubelet process", call)
		k = s.process
	}
	if k.dead.Load() {
		s.lock.Unlock()
		return errKubeletGone
	}
	s.mark()
	s.noteLocked("  %s(%d) %s", call, call.Timeout, id)
	s.checkCall(k, call, id)
	dice, habits := s.dice(call.String()), s.habits[call.Target]
	fails, slow := s.chaos && dice.IntN(100) < 7, s.chaos && dice.IntN(100) < 25
	took := time.Duration(dice.IntN(4000)) * time.Millisecond
	switch call.Verb {
	case "run", "create", "start":
		if slow {
			s.happened["slow "+call.Verb]++
		} else {
			took = 0
		}
	case "postStart":
		took = habits.postStart
		s.facts.hook[id] = k
	case "preStop":
		took = habits.preStop
	default:
		took = 0
	}
	if call.Verb == "stop" && s.signalled[id].IsZero() {
		s.signalled[id] = time.Now()
	}
	s.lock.Unlock()

	if call.Verb == "stop" && !fails {
		s.waitForStop(ctx, k, id, habits, time.Duration(call.Timeout)*time.Second)
	} else {
		select {
		case <-ctx.Done():
		case <-time.After(took):
		}
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	s.mark()
	if err := ctx.Err(); err != nil {
		return err
	}
	if k.dead.Load() {
		return errKubeletGone
	}
	if fails && call.Verb != "halt" && call.Verb != "remove" {
		s.happened[call.Verb+" fails"]++
		return fmt.Errorf("cannot %s", call)
	}
	return nil
}

// waitForStop returns once the container has stopped or the limit is over.
func (s *simulation) waitForStop(ctx context.Context, k *simProcess, id string, habits *simHabits, limit time.Duration) {
	for began := time.Now(); time.Since(began) < limit && ctx.Err() == nil && !k.dead.Load(); {
		s.lock.Lock()
		stopped := time.Since(s.signalled[id]) >= habits.stopsIn
		s.lock.Unlock()
		if stopped || !s.isRunning(id) {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// serveDone records what a call has changed.
func (s *simulation) serveDone(call criCall, id string, err error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.factsOf(call, id, err)
	s.mark()
	if err != nil {
		s.noteLocked("    %s %s: %v", call, id, err)
	} else if call.Verb == "stop" || call.Verb == "postStart" {
		s.noteLocked("    %s %s: done", call, id)
	}
}

// tick simulates the passing of time: containers exit, probes run, the kubelet relists, dead containers are collected.
func (s *simulation) tick() {
	digest := ""
	for {
		time.Sleep(500 * time.Millisecond)
		s.lock.Lock()
		if s.over {
			s.lock.Unlock()
			return
		}
		var now strings.Builder
		seen := map[string]int{}
		for _, c := range s.runtime.records() {
			fmt.Fprintf(&now, "%s %d,", c.Id, c.State)
			if c.State == runtimeapi.ContainerState_CONTAINER_RUNNING {
				s.live(c)
			} else if seen[c.Metadata.Name]++; seen[c.Metadata.Name] > 2 {
				s.runtime.FakeRuntimeService.Lock()
				delete(s.runtime.Containers, c.Id)
				s.runtime.FakeRuntimeService.Unlock()
			}
		}
		if now.String() != digest && s.process != nil {
			digest = now.String()
			s.process.wakeUp()
		}
		s.lock.Unlock()
	}
}

// live simulates half a second of a running container.
func (s *simulation) live(c *apitest.FakeContainer) {
	h, age := s.habits[c.Metadata.Name], time.Since(time.Unix(0, c.StartedAt))
	code := h.code
	if !s.chaos {
		code = 0
	}
	switch signalled := s.signalled[c.Id]; {
	case !signalled.IsZero() && time.Since(signalled) >= h.stopsIn:
		s.changes(func() { s.runtime.exit(c.Id, 143) })
		return
	case h.runs > 0 && age >= h.runs:
		s.changes(func() { s.runtime.exit(c.Id, code) })
		return
	}
	if k := s.process; k != nil && !k.dead.Load() && s.container(c.Metadata.Name) != nil {
		k.probe(c, age)
	}
}

func (s *simulation) running() []*apitest.FakeContainer {
	return slices.DeleteFunc(s.runtime.records(), func(c *apitest.FakeContainer) bool {
		return c.State != runtimeapi.ContainerState_CONTAINER_RUNNING
	})
}

func (s *simulation) isRunning(id string) bool {
	return slices.ContainsFunc(s.running(), func(c *apitest.FakeContainer) bool { return c.Id == id })
}
