// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/klog/v2"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	podutil "k8s.io/kubernetes/pkg/api/v1/pod"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	containertest "k8s.io/kubernetes/pkg/kubelet/container/testing"
	"k8s.io/kubernetes/pkg/kubelet/kuberuntime"
	"k8s.io/kubernetes/pkg/kubelet/ordering"
	"k8s.io/kubernetes/pkg/kubelet/prober"
	proberesults "k8s.io/kubernetes/pkg/kubelet/prober/results"
)

// second0 is the time from which the tests count seconds. No kubelet that started later than a container looks at it.
var second0 = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)

// statusKubelet is a test kubelet that generates the statuses of pods from moments, with upstream's status manager and
// probe manager.
type statusKubelet struct {
	*Kubelet
	orders *testOrders
}

func newStatusKubelet(t *testing.T) *statusKubelet {
	kubelet := newTestKubelet(t, false)
	t.Cleanup(kubelet.Cleanup)
	k := &statusKubelet{Kubelet: kubelet.kubelet}
	k.orders = &testOrders{FakeRuntime: kubelet.fakeRuntime, kubelet: k.Kubelet}
	k.containerRuntime = k.orders
	k.podWorkers.(*fakePodWorkers).terminationRequested = map[types.UID]bool{}
	k.restart()
	return k
}

// restart forgets all probe results, as a new kubelet process does.
func (k *statusKubelet) restart() {
	k.livenessManager, k.readinessManager, k.startupManager = proberesults.NewManager(), proberesults.NewManager(), proberesults.NewManager()
	k.probeManager = prober.NewManager(k.statusManager, k.livenessManager, k.readinessManager, k.startupManager, nil, k.recorder)
}

// idleProbe is a probe that never runs during a test: its worker sleeps for a random part of its period first. The tests
// set the results.
func idleProbe() *v1.Probe {
	return &v1.Probe{PeriodSeconds: math.MaxInt32, FailureThreshold: 1, SuccessThreshold: 1,
		ProbeHandler: v1.ProbeHandler{Exec: &v1.ExecAction{Command: []string{"true"}}}}
}

// testRecord is what the runtime and the probes say about one container.
type testRecord struct {
	state    kubecontainer.State
	exitCode int
	// reason of the exit; empty means that of the exit code.
	reason string
	// restarts is the number of earlier records of the container.
	restarts int
	// former means that the record belongs to a former sandbox.
	former bool
	// started and exited are in seconds after second0.
	started, exited int
	// up and ready are the results of the startup and readiness probes, nil if there is none yet.
	up, ready *bool
}

var (
	isTrue, isFalse = true, false
	isCreated       = testRecord{state: kubecontainer.ContainerStateCreated}
	isStarting      = testRecord{state: kubecontainer.ContainerStateRunning, started: 1, up: &isFalse}
	// isForgotten ran before this kubelet process, which has not probed it yet.
	isForgotten = testRecord{state: kubecontainer.ContainerStateRunning, started: -80 * 365 * 24 * 60 * 60}
	isUnready   = testRecord{state: kubecontainer.ContainerStateRunning, started: 1, up: &isTrue, ready: &isFalse}
	isReady     = testRecord{state: kubecontainer.ContainerStateRunning, started: 1, up: &isTrue, ready: &isTrue}
)

// exitOf returns the record of a container that has exited with the code, in that second.
func exitOf(code, second int) testRecord {
	return testRecord{state: kubecontainer.ContainerStateExited, started: 1, exitCode: code, exited: second}
}

func (r testRecord) in(former bool) testRecord      { r.former = former; return r }
func (r testRecord) restarted(times int) testRecord { r.restarts = times; return r }
func (r testRecord) because(why string) testRecord  { r.reason = why; return r }

// moment is the state of a pod at one moment.
type moment struct {
	// records by container; a container without one has not been created.
	records map[string]testRecord
	// sandbox is the number of the newest sandbox, or 0; lost means that it is not ready.
	sandbox int
	lost    bool
	// reasons are the errors of the last starts, by container.
	reasons map[string]error
	// stopping and terminal say how far the pod worker is; stop is the progress of the stop.
	stopping, terminal bool
	stop               string
	// exceeded are the containers that were killed at their limit.
	exceeded []string
}

// see shows the moment to the kubelet and returns the runtime's pod status.
func (k *statusKubelet) see(t *testing.T, pod *v1.Pod, m moment) *kubecontainer.PodStatus {
	t.Helper()
	k.probeManager.AddPod(t.Context(), pod)
	status := &kubecontainer.PodStatus{ID: pod.UID, Name: pod.Name, Namespace: pod.Namespace, TimeStamp: second0.Add(time.Hour)}
	for attempt := m.sandbox; attempt > 0; attempt-- {
		sandbox := &runtimeapi.PodSandboxStatus{
			Id: fmt.Sprintf("sandbox%d", attempt), Metadata: &runtimeapi.PodSandboxMetadata{Attempt: uint32(attempt)},
			State: runtimeapi.PodSandboxState_SANDBOX_NOTREADY,
		}
		if attempt == m.sandbox && !m.lost {
			sandbox.State, sandbox.Network = runtimeapi.PodSandboxState_SANDBOX_READY, &runtimeapi.PodSandboxNetworkStatus{Ip: "10.0.0.1"}
			status.IPs = []string{"10.0.0.1"}
		}
		status.SandboxStatuses = append(status.SandboxStatuses, sandbox)
	}
	k.orders.exceeded = map[string]time.Duration{}
	for name, r := range m.records {
		c := &kubecontainer.Status{
			ID: kubecontainer.ContainerID{Type: "test", ID: fmt.Sprintf("%s-%d", name, r.restarts)}, Name: name, State: r.state,
			CreatedAt: second0.Add(time.Duration(r.started) * time.Second), Image: "image", ImageRef: "ref", RestartCount: r.restarts,
		}
		if r.state != kubecontainer.ContainerStateCreated {
			c.StartedAt = c.CreatedAt
		}
		if r.state == kubecontainer.ContainerStateExited {
			c.ExitCode, c.FinishedAt = r.exitCode, second0.Add(time.Duration(r.exited)*time.Second)
			c.Reason = "Completed"
			if r.exitCode != 0 {
				c.Reason = "Error"
			}
			c.Reason = cmp.Or(r.reason, c.Reason)
		}
		status.ContainerStatuses = append(status.ContainerStatuses, c)
		if !r.former && !m.lost {
			status.ActiveContainerStatuses = append(status.ActiveContainerStatuses, c)
		}
		setProbe(k.startupManager, c.ID, r.up, pod)
		setProbe(k.readinessManager, c.ID, r.ready, pod)
		if slices.Contains(m.exceeded, name) {
			k.orders.exceeded[c.ID.String()] = 2 * time.Second
		}
	}
	for _, c := range slices.Concat(pod.Spec.InitContainers, pod.Spec.Containers) {
		k.reasonCache.Remove(pod.UID, c.Name)
		if err := m.reasons[c.Name]; err != nil {
			k.reasonCache.add(pod.UID, c.Name, err, "message of "+c.Name)
		}
	}
	k.orders.stop = m.stop
	k.podWorkers.(*fakePodWorkers).terminationRequested[pod.UID] = m.stopping
	return status
}

func setProbe(results proberesults.Manager, id kubecontainer.ContainerID, result *bool, pod *v1.Pod) {
	switch {
	case result == nil:
		results.Remove(id)
	case *result:
		results.Set(id, proberesults.Success, pod)
	default:
		results.Set(id, proberesults.Failure, pod)
	}
}

// testOrders is a container runtime with the orders of pods, which it observes as the runtime manager does.
type testOrders struct {
	*containertest.FakeRuntime
	kubelet  *Kubelet
	stop     string
	exceeded map[string]time.Duration
	failures int
}

var _ kuberuntime.Orderer = (*testOrders)(nil)

func (o *testOrders) PodOrder(ctx context.Context, pod *v1.Pod, podStatus *kubecontainer.PodStatus) *kuberuntime.PodOrder {
	if !ordering.InUse(pod) {
		return nil
	}
	order := &kuberuntime.PodOrder{Stop: o.stop, ExceededLimits: o.exceeded}
	var invalid error
	if order.Graph, invalid = ordering.ForPod(pod); invalid != nil {
		order.Invalid = invalid
		return order
	}
	observed := dependency.PodObservation{Containers: map[string]dependency.Observation{}}
	sandboxes := podStatus.SandboxStatuses
	observed.SandboxLost = pod.Spec.RestartPolicy == v1.RestartPolicyNever && len(podStatus.ContainerStatuses) > 0 &&
		len(sandboxes) > 0 && sandboxes[0].State != runtimeapi.PodSandboxState_SANDBOX_READY
	for _, c := range slices.Concat(pod.Spec.Containers, pod.Spec.InitContainers) {
		observed.Containers[c.Name] = o.observe(klog.FromContext(ctx), pod, &c, podStatus)
	}
	order.Decisions = order.Graph.Decide(observed)
	ordering.SetReadyWithout(func(uid types.UID, container string) bool {
		return uid == pod.UID && order.Decisions.Containers[container].ReadyWithout
	})
	return order
}

func (o *testOrders) observe(
	logger klog.Logger, pod *v1.Pod, c *v1.Container, podStatus *kubecontainer.PodStatus,
) (seen dependency.Observation) {
	status := podStatus.FindContainerStatusByName(c.Name)
	if status == nil {
		return seen
	}
	passed := func(probe *v1.Probe, results proberesults.Manager) bool {
		result, known := results.Get(status.ID)
		return probe == nil || known && result == proberesults.Success
	}
	seen.State, seen.Active = dependency.Created, podStatus.FindActiveContainerStatusByName(c.Name) == status
	switch status.State {
	case kubecontainer.ContainerStateRunning:
		seen.State, seen.Since = dependency.Running, time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
		seen.Started = passed(c.StartupProbe, o.kubelet.startupManager)
		seen.Ready = seen.Started && passed(c.ReadinessProbe, o.kubelet.readinessManager)
	case kubecontainer.ContainerStateExited:
		living := *pod
		living.DeletionTimestamp = nil
		seen.State, seen.ExitCode, seen.Started = dependency.Exited, int32(status.ExitCode), true
		seen.Restarts = kubecontainer.ShouldContainerBeRestarted(logger, c, &living, podStatus)
	}
	return seen
}

func (o *testOrders) ReportFailure(context.Context, *v1.Pod, *kuberuntime.PodOrder) { o.failures++ }

func (o *testOrders) OrphanGracePeriod(context.Context, types.UID) (int64, bool, error) {
	return 0, false, nil
}

func (o *testOrders) SkipPostSyncRelist(types.UID) bool { return false }

func (o *testOrders) ForgetGonePods() {}

// show generates the status of the pod, passes it to the status manager and returns it. It fails if the status manager or
// the API server refuses the status.
func (k *statusKubelet) show(t *testing.T, pod *v1.Pod, m moment) v1.PodStatus {
	t.Helper()
	status := k.generateAPIPodStatus(t.Context(), pod, k.see(t, pod, m), m.terminal)
	if err := k.accept(t, pod, status); err != nil {
		t.Errorf("at %+v: %v", m, err)
	}
	return status
}

// accept passes the status to the status manager, and, if it accepts it, to the pod, as the API server does. It returns an
// error if either refuses it.
func (k *statusKubelet) accept(t *testing.T, pod *v1.Pod, status v1.PodStatus) error {
	t.Helper()
	shown, _ := k.statusManager.SetPodStatus(klog.FromContext(t.Context()), pod, status)
	for _, lists := range [][2][]v1.ContainerStatus{
		{status.InitContainerStatuses, shown.InitContainerStatuses}, {status.ContainerStatuses, shown.ContainerStatuses},
	} {
		for i := range lists[0] {
			if c, found := podutil.GetContainerStatus(lists[1], lists[0][i].Name); !found || !sameKind(c.State, lists[0][i].State) {
				return fmt.Errorf("the status manager refuses %+v, and goes on to show %+v", lists[0][i].State, c.State)
			}
		}
	}
	if shown.Phase != status.Phase || shown.Reason != status.Reason {
		return errors.New("the status manager refuses the phase or the reason")
	}
	if err := validateStatusUpdate(pod, shown); err != nil {
		return err
	}
	pod.Status = shown
	return nil
}

func sameKind(a, b v1.ContainerState) bool {
	return (a.Waiting == nil) == (b.Waiting == nil) && (a.Running == nil) == (b.Running == nil) &&
		(a.Terminated == nil) == (b.Terminated == nil)
}
