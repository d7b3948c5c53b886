// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	cadvisorapi "github.com/google/cadvisor/lib/model"
	noopoteltrace "go.opentelemetry.io/otel/trace/noop"

	v1 "k8s.io/api/core/v1"
	kubetypes "k8s.io/apimachinery/pkg/types"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/tools/record"
	"k8s.io/client-go/util/flowcontrol"
	apitest "k8s.io/cri-api/pkg/apis/testing"
	"k8s.io/klog/v2"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	containertest "k8s.io/kubernetes/pkg/kubelet/container/testing"
	proberesults "k8s.io/kubernetes/pkg/kubelet/prober/results"
)

// testKubelet is a runtime manager with its surroundings in a kubelet process. The runtime outlives it.
type testKubelet struct {
	*kubeGenericRuntimeManager
	runtime  *recordingRuntime
	images   *pulledImages
	helper   *syncRequests
	states   *podStates
	events   *record.FakeRecorder
	readyNow *probeResults
	started  *probeResults
	backOff  *flowcontrol.Backoff
}

// silence returns a context whose logger drops everything.
func silence() context.Context { return klog.NewContext(context.Background(), klog.Logger{}) }

// newTestKubelet starts a kubelet process that uses the runtime.
func newTestKubelet(t testing.TB, runtime *recordingRuntime) *testKubelet {
	t.Helper()
	k := &testKubelet{
		runtime:  runtime,
		images:   &pulledImages{FakeImageService: apitest.NewFakeImageService()},
		helper:   &syncRequests{},
		states:   &podStates{},
		events:   record.NewFakeRecorder(1000),
		readyNow: &probeResults{results: map[kubecontainer.ContainerID]proberesults.Result{}},
		started:  &probeResults{results: map[kubecontainer.ContainerID]proberesults.Result{}},
		backOff:  flowcontrol.NewBackOff(10*time.Second, 5*time.Minute),
	}
	k.images.SetFakeImages([]string{"image:1"})
	m, err := newFakeKubeRuntimeManager(silence(), newInstrumentedRuntimeService(runtime), k.images,
		&cadvisorapi.MachineInfo{MemoryCapacity: 32 << 30}, &containertest.FakeOS{},
		k.helper, noopoteltrace.NewTracerProvider().Tracer(""), k.events)
	if err != nil {
		t.Fatal(err)
	}
	m.podStateProvider = k.states
	m.readinessManager, m.startupManager, m.livenessManager = k.readyNow, k.started,
		&probeResults{results: map[kubecontainer.ContainerID]proberesults.Result{}}
	k.kubeGenericRuntimeManager = m
	return k
}

// status reads the pod's status like the kubelet's cache: empty for a pod that the runtime does not know.
func (k *testKubelet) status(t testing.TB, pod *v1.Pod) *kubecontainer.PodStatus {
	t.Helper()
	runtimePod, err := k.GetPod(silence(), pod.UID)
	if errors.Is(err, kubecontainer.ErrPodNotFound) {
		return &kubecontainer.PodStatus{ID: pod.UID}
	}
	if err != nil {
		t.Fatal(err)
	}
	status, err := k.GetPodStatus(silence(), runtimePod)
	if err != nil {
		t.Fatal(err)
	}
	return status
}

// sync syncs the pod once, with a fresh status.
func (k *testKubelet) sync(t testing.TB, pod *v1.Pod) kubecontainer.PodSyncResult {
	t.Helper()
	return k.syncWith(pod, k.status(t, pod))
}

func (k *testKubelet) syncWith(pod *v1.Pod, status *kubecontainer.PodStatus) kubecontainer.PodSyncResult {
	return k.SyncPod(silence(), pod, status, nil, k.backOff, false)
}

// stop stops the pod like SyncTerminatingPod, with its current status.
func (k *testKubelet) stop(t testing.TB, pod *v1.Pod, override *int64) error {
	t.Helper()
	k.states.terminating.Store(true)
	return k.KillPod(silence(), pod, kubecontainer.ConvertPodStatusToRunningPod(k.Type(), k.status(t, pod)), override)
}

// id returns the ID of the newest container of the name.
func (k *testKubelet) id(t testing.TB, name string) kubecontainer.ContainerID {
	t.Helper()
	for _, c := range k.runtime.records() {
		if c.Metadata.Name == name {
			return kubecontainer.ContainerID{Type: apitest.FakeRuntimeName, ID: c.Id}
		}
	}
	t.Fatalf("there is no container %q", name)
	return kubecontainer.ContainerID{}
}

var _ OrderingHelper = (*syncRequests)(nil)

// syncRequests counts the syncs that the runtime manager requests.
type syncRequests struct {
	containertest.FakeRuntimeHelper
	count atomic.Int64
	// asked, if set, is called for each request.
	asked func()
	// atRelist counts the syncs that it requests of the next relist.
	atRelist atomic.Int64
	// awaited counts the calls of AwaitProbes.
	awaited atomic.Int64
	// show, if set, is called by ShowStop.
	show func(context.Context, *v1.Pod)
}

func (s *syncRequests) ShowStop(ctx context.Context, pod *v1.Pod) {
	if s.show != nil {
		s.show(ctx, pod)
	}
}

func (s *syncRequests) RequestPodSyncAtRelist(kubetypes.UID) { s.atRelist.Add(1) }

func (s *syncRequests) RequestRelist(klog.Logger, kubetypes.UID) {}

func (s *syncRequests) AwaitProbes(context.Context, kubetypes.UID, map[string]dependency.Condition) {
	s.awaited.Add(1)
}

func (s *syncRequests) RequestPodSync(context.Context, kubetypes.UID) {
	s.count.Add(1)
	if s.asked != nil {
		s.asked()
	}
}

// podStates answers for one pod.
type podStates struct{ terminating, removed atomic.Bool }

func (s *podStates) IsPodTerminationRequested(kubetypes.UID) bool { return s.terminating.Load() }
func (s *podStates) ShouldPodContentBeRemoved(kubetypes.UID) bool { return s.removed.Load() }
func (s *podStates) ShouldPodRuntimeBeRemoved(kubetypes.UID) bool { return s.removed.Load() }

// probeResults holds probe results. Unlike the real manager, it does not wait for a reader of updates.
type probeResults struct {
	lock    sync.Mutex
	results map[kubecontainer.ContainerID]proberesults.Result
}

func (p *probeResults) Get(id kubecontainer.ContainerID) (proberesults.Result, bool) {
	p.lock.Lock()
	defer p.lock.Unlock()
	result, found := p.results[id]
	return result, found
}

func (p *probeResults) Set(id kubecontainer.ContainerID, result proberesults.Result, _ *v1.Pod) {
	p.lock.Lock()
	defer p.lock.Unlock()
	p.results[id] = result
}

func (p *probeResults) Remove(id kubecontainer.ContainerID) {
	p.lock.Lock()
	defer p.lock.Unlock()
	delete(p.results, id)
}

func (p *probeResults) Updates() <-chan proberesults.Update { return nil }

// withoutErrorHandlers disables the logging of errors that a test causes, and their rate limit, which would mix the
// clock of a synctest bubble with the real one.
func withoutErrorHandlers(t testing.TB) {
	handlers := utilruntime.ErrorHandlers
	utilruntime.ErrorHandlers = nil
	t.Cleanup(func() { utilruntime.ErrorHandlers = handlers })
}
