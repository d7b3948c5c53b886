// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"errors"
	"strings"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	kubetypes "k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/record"
	apitest "k8s.io/cri-api/pkg/apis/testing"
	"k8s.io/klog/v2"
	"k8s.io/utils/ptr"

	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/events"
	proberesults "k8s.io/kubernetes/pkg/kubelet/prober/results"
	"k8s.io/kubernetes/test/utils/ordercheck"
)

// simProcess is a kubelet process: a real runtime manager, and simulations of the pod worker and the prober.
type simProcess struct {
	*testKubelet
	// Process is what the checker knows of it. The lock of the simulation guards it.
	ordercheck.Process
	s    *simulation
	ctx  context.Context
	wake chan struct{}
	// died is closed when the process is dead.
	died chan struct{}
	// last is the pod's status in the API server when the process started.
	last v1.PodStatus

	// The lock of the simulation guards the fields below.

	// stale is a status that has been read for a sync that has not begun yet.
	stale *kubecontainer.PodStatus
	// pulling is how many images are being pulled.
	pulling int
	// pushes counts the statuses that the process has sent.
	pushes int
}

// die ends the process. The caller must hold the lock.
func (k *simProcess) die() {
	if !k.Dead.Swap(true) {
		close(k.died)
		k.records.with(k.s.UID, func(p *podRecord) { p.releaseAll() })
	}
}

type simProcessKey struct{}

var errKubeletGone = errors.New("the kubelet is gone")

func probeID(id string) kubecontainer.ContainerID {
	return kubecontainer.ContainerID{Type: apitest.FakeRuntimeName, ID: id}
}

// probeText returns the ID in the form of a container status.
func probeText(id string) string { return apitest.FakeRuntimeName + "://" + id }

func (s *simulation) startKubelet() {
	k := &simProcess{testKubelet: newTestKubelet(s.T, s.runtime), s: s, wake: make(chan struct{}, 1), died: make(chan struct{})}
	k.Reads, k.Unseen, k.Terminating = map[time.Time]time.Time{}, map[string]bool{}, k.states.terminating.Load
	k.LastEnded = k.hasEnded
	k.Ready = func(id string) bool {
		result, found := k.readyNow.Get(probeID(id))
		return found && result == proberesults.Success
	}
	k.images.FakeImageService = s.images
	k.images.pull = func(ctx context.Context, image string) error { return s.pull(ctx, k, image) }
	k.ctx = context.WithValue(silence(), simProcessKey{}, k)
	k.helper.asked = k.wakeUp
	k.events.Events = nil
	k.recorder = &simEvents{k.events, k}
	s.lock.Lock()
	s.noteLocked("a kubelet starts")
	s.Mark()
	s.processes = append(s.processes, k)
	s.process, s.Process, k.last = k, &k.Process, *s.pushed.DeepCopy()
	if s.Ended == "Failed" && k.last.Phase != v1.PodFailed {
		// Nobody has heard of the failure yet. It may rest on what only the former process knew.
		s.noteLocked("the failure is forgotten")
		s.Happened["failure decided again"]++
		s.Ended, s.StopBegan = "", time.Time{}
	}
	if s.Deleted {
		k.states.terminating.Store(true)
	}
	s.Mark()
	s.lock.Unlock()
	go k.work()
}

func (k *simProcess) wakeUp() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// work is the pod worker: it runs one sync at a time, with a status read after the last sync.
func (k *simProcess) work() {
	for !k.Dead.Load() {
		status, err := k.observe()
		if err != nil {
			// The kubelet relists until the runtime answers.
			time.Sleep(time.Second)
			continue
		}
		k.s.lock.Lock()
		if k.ReadAt.IsZero() {
			for _, c := range status.ContainerStatuses {
				k.Unseen[c.ID.ID] = c.State == kubecontainer.ContainerStateExited
			}
		}
		k.ReadAt = time.Now()
		dice := k.s.dice("stale")
		stale := dice.IntN(100) < 30 && k.s.chaos
		if stale {
			k.s.Happened["sync with a stale status"]++
			k.stale = status
		}
		k.s.lock.Unlock()
		if stale {
			time.Sleep(time.Duration(dice.IntN(1500)) * time.Millisecond)
			k.s.lock.Lock()
			k.stale = nil
			k.s.lock.Unlock()
		}
		pod := k.podNow()
		if k.states.terminating.Load() || k.isTerminal(pod, status) {
			if k.terminate(pod, status) {
				k.houseKeep()
				return
			}
		} else {
			k.s.lock.Lock()
			k.SyncBegan = time.Now()
			k.Reads[k.SyncBegan] = k.ReadAt
			k.s.lock.Unlock()
			k.SyncPod(k.ctx, pod, status, nil, k.backOff, false)
			k.push()
		}
		// Let the starts that the sync launched begin before the status is read again.
		time.Sleep(time.Millisecond)
		select {
		case <-k.wake:
		case <-time.After(k.s.pace(10*time.Second, time.Minute)):
		}
	}
}

// observe reads the pod's status from the runtime.
func (k *simProcess) observe() (*kubecontainer.PodStatus, error) {
	runtimePod, err := k.GetPod(k.ctx, k.s.UID)
	if errors.Is(err, kubecontainer.ErrPodNotFound) {
		return &kubecontainer.PodStatus{ID: k.s.UID}, nil
	}
	if err != nil {
		return nil, err
	}
	return k.GetPodStatus(k.ctx, runtimePod)
}

// startsInFlight returns the containers whose start is in flight.
func (k *simProcess) startsInFlight(uid kubetypes.UID) (names []string) {
	k.records.ifKnown(uid, func(p *podRecord) {
		for name, c := range p.containers {
			if c.start != nil {
				names = append(names, name)
			}
		}
	})
	return names
}

// pullsOfStarts returns how many pulls starts have begun, including those that cancelled starts have left behind.
func (k *simProcess) pullsOfStarts(uid kubetypes.UID) (n int) {
	k.records.ifKnown(uid, func(p *podRecord) {
		for _, c := range p.containers {
			n += len(c.pulls)
		}
	})
	return n
}

// podNow returns the pod as the process gets it from the API server.
func (k *simProcess) podNow() *v1.Pod {
	k.s.lock.Lock()
	defer k.s.lock.Unlock()
	pod := k.s.Pod.DeepCopy()
	pod.Status = *k.last.DeepCopy()
	if k.s.Deleted && k.s.Override == nil {
		pod.DeletionTimestamp = &metav1.Time{Time: k.s.deletedAt.Add(k.s.apiClock + time.Duration(k.s.Grace)*time.Second)}
		pod.DeletionGracePeriodSeconds = ptr.To(k.s.Grace)
	}
	return pod
}

// isTerminal reports whether the pod has ended and none of its containers run, which a real kubelet learns from the
// phase.
func (k *simProcess) isTerminal(pod *v1.Pod, status *kubecontainer.PodStatus) bool {
	for _, c := range status.ContainerStatuses {
		if c.State == kubecontainer.ContainerStateRunning {
			return false
		}
	}
	order := k.PodOrder(k.ctx, pod, status)
	k.s.lock.Lock()
	defer k.s.lock.Unlock()
	if k.Dead.Load() {
		return false
	}
	switch {
	case k.last.Phase == v1.PodFailed:
	case k.s.Complete():
		k.s.end("Complete")
	case order.Decisions.Failed != "":
		k.s.noteLocked("failed: %s", order.Decisions.Failed)
		if !k.s.MayFail() {
			k.s.Report("L: the pod fails, but each of its containers can start")
		}
		k.s.end("Failed")
	case k.s.InitFailed():
		k.s.end("initialization failed")
	default:
		return false
	}
	k.s.terminationRequested(k)
	return true
}

// terminate stops the pod, and reports whether none of its containers run any more.
func (k *simProcess) terminate(pod *v1.Pod, status *kubecontainer.PodStatus) bool {
	k.s.lock.Lock()
	override := k.s.Override
	if k.StopBegan = k.s.StopBegan; k.StopBegan.IsZero() {
		k.StopBegan = time.Now()
	}
	k.s.StopBegan, k.LastStop = k.StopBegan, time.Now()
	k.s.noteLocked("the kubelet stops the pod")
	k.s.lock.Unlock()
	err := k.KillPod(k.ctx, pod, kubecontainer.ConvertPodStatusToRunningPod(k.Type(), status), override)
	k.s.lock.Lock()
	defer k.s.lock.Unlock()
	k.s.noteLocked("the kubelet has stopped the pod: %v", err)
	if err != nil || k.Dead.Load() || len(k.s.running()) > 0 {
		return false
	}
	k.s.end("deleted")
	return true
}

// houseKeep stops what runs although the pod has ended: a call that was not answered in time may have taken effect.
func (k *simProcess) houseKeep() {
	for !k.Dead.Load() {
		select {
		case <-k.died:
		case <-time.After(2 * time.Second):
		}
		runtimePod, err := k.GetPod(k.ctx, k.s.UID)
		k.push()
		if err != nil || len(runningContainers(runtimePod)) == 0 {
			continue
		}
		k.s.lock.Lock()
		k.s.noteLocked("the kubelet stops what is left of the pod")
		k.KeepsHouse = true
		k.s.lock.Unlock()
		// The next round tries again.
		_ = k.KillPod(k.ctx, runtimePod.ToAPIPod(), *runtimePod, ptr.To[int64](1))
	}
}

// end records why the pod has ended. The caller must hold the lock.
func (s *simulation) end(why string) {
	if s.Ended == "" {
		s.Ended = why
		s.Happened["pod ends: "+why]++
	}
}

// push sends the part of the pod's status that a later kubelet process uses to the API server.
func (k *simProcess) push() {
	var ended map[string]string
	shown := map[string]bool{}
	k.s.lock.Lock()
	newest := k.s.newest()
	k.s.lock.Unlock()
	k.records.ifKnown(k.s.UID, func(p *podRecord) {
		ended = p.stoppedAlone()
		for name, c := range newest {
			if i, known := p.instances[c.Id]; known {
				shown[c.Id] = i.seenRunning && !p.startupPending(name, i)
			}
		}
	})
	k.s.lock.Lock()
	defer k.s.lock.Unlock()
	if k.s.apiDown || k.Dead.Load() {
		return
	}
	if k.s.refusals > 0 {
		k.s.refusals--
		k.s.Happened["status update refused"]++
		return
	}
	var status v1.PodStatus
	if k.s.Ended == "Failed" {
		status.Phase = v1.PodFailed
	}
	newest = k.s.newest()
	for _, containers := range [][]v1.Container{k.s.Spec.Containers, k.s.Spec.InitContainers} {
		for i := range containers {
			if c, known := newest[containers[i].Name]; known {
				started := k.hasStarted(&containers[i], c.Id, shown[c.Id])
				pushed := v1.ContainerStatus{Name: containers[i].Name, ContainerID: probeText(c.Id), Started: &started}
				if _, stopped := ended[probeText(c.Id)]; stopped || k.hasEnded(c.Id) {
					pushed.State.Terminated = &v1.ContainerStateTerminated{
						ContainerID: probeText(c.Id), ExitCode: c.ExitCode, Reason: events.StoppedByKubelet}
				}
				status.ContainerStatuses = append(status.ContainerStatuses, pushed)
			}
		}
	}
	k.pushes++
	if k.s.apiSlow == 0 {
		k.s.pushed = status
		return
	}
	n := k.pushes
	time.AfterFunc(k.s.apiSlow, func() {
		k.s.lock.Lock()
		defer k.s.lock.Unlock()
		// The status manager sends one status at a time, and only the last one.
		if n == k.pushes && k == k.s.process {
			k.s.pushed = status
		}
	})
}

// hasStarted reports whether the prober considers the container started. Upstream's does so before it has a worker for the probe, as at
// any time here, for every container that the kubelet has seen run, unless the order says that the startup is pending. shown is both.
func (k *simProcess) hasStarted(c *v1.Container, id string, shown bool) bool {
	if c.StartupProbe == nil {
		return true
	}
	if result, found := k.started.Get(probeID(id)); found {
		return result == proberesults.Success
	}
	return shown
}

func (k *simProcess) lastStarted(id string) bool {
	for _, c := range k.last.ContainerStatuses {
		if c.ContainerID == probeText(id) && c.Started != nil && *c.Started {
			return true
		}
	}
	return false
}

// hasEnded reports whether the last status says that a kubelet has ended the container.
func (k *simProcess) hasEnded(id string) bool {
	for _, c := range k.last.ContainerStatuses {
		if c.ContainerID == probeText(id) && c.State.Terminated != nil && c.State.Terminated.Reason == events.StoppedByKubelet {
			return true
		}
	}
	return false
}

// simEvents learns from a kubelet's warnings that a start has ended, which leaves no other trace if no container was created.
type simEvents struct {
	*record.FakeRecorder
	k *simProcess
}

func (e *simEvents) WithLogger(klog.Logger) record.EventRecorderLogger { return e }

func (e *simEvents) Event(object runtime.Object, eventType, reason, message string) {
	e.Eventf(object, eventType, reason, "%s", message)
}

func (e *simEvents) Eventf(object runtime.Object, _, reason, _ string, _ ...any) {
	ref, ok := object.(*v1.ObjectReference)
	if !ok || reason != events.FailedToCreateContainer && reason != events.BackOffStartContainer {
		return
	}
	name := strings.TrimSuffix(strings.TrimPrefix(ref.FieldPath, "spec.containers{"), "}")
	e.k.s.lock.Lock()
	defer e.k.s.lock.Unlock()
	if !e.k.Dead.Load() {
		e.k.s.Changes(func() { e.k.s.StartEnds(name) })
	}
}

// probe probes a running container. If the last status says that the container has started, a new kubelet process does
// not run the startup probe again, and has no result of it.
func (k *simProcess) probe(c *apitest.FakeContainer, age time.Duration) {
	spec, h, id := k.s.Container(c.Metadata.Name), k.s.Habits[c.Metadata.Name], probeID(c.Id)
	if spec.StartupProbe != nil {
		result, found := k.started.Get(id)
		switch {
		case found && result == proberesults.Failure:
			return
		case !found && k.lastStarted(c.Id) && k.s.Regular(spec.Name) != nil:
		case !found && age < h.StartsIn:
			return
		case !found:
			k.s.Changes(func() {
				k.s.StartupPasses(c.Id)
				k.started.Set(id, proberesults.Success, nil)
			})
			k.wakeUp()
		}
	}
	if spec.ReadinessProbe == nil {
		return
	}
	want := proberesults.Failure
	if age >= h.ReadyIn && !h.NeverReady && !k.s.unready[spec.Name] {
		want = proberesults.Success
	}
	if result, found := k.readyNow.Get(id); !found || result != want {
		k.s.Changes(func() { k.readyNow.Set(id, want, nil) })
		k.wakeUp()
	}
}
