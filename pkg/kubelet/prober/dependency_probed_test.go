// SPDX-License-Identifier: Apache-2.0

package prober

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/tools/record"
	"k8s.io/klog/v2"
	"k8s.io/utils/exec"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/ordering"
	"k8s.io/kubernetes/pkg/kubelet/prober/results"
	"k8s.io/kubernetes/pkg/probe"
	execprobe "k8s.io/kubernetes/pkg/probe/exec"
)

// probed is a container with a probe, and the executions of the probe.
type probed struct {
	*manager
	pod    *v1.Pod
	events *record.FakeRecorder
	began  time.Time
	// answers reports whether a probe succeeds at an age of the container. takes is how long a probe takes, unless its
	// timeout is shorter. broken is the error of each exec probe, if any.
	answers func(age time.Duration) bool
	takes   time.Duration
	broken  error
	// only is the only pod whose probes ever succeed, if set.
	only string

	lock sync.Mutex
	runs []execution
}

// execution is one execution of a probe.
type execution struct {
	// begin and end are relative to the start of the container; end is 0 until it is over.
	begin, end time.Duration
	// extra is unknown, and false, for a network probe.
	extra bool
}

// RunInContainer is an exec probe.
func (p *probed) RunInContainer(
	ctx context.Context, id kubecontainer.ContainerID, _ []string, timeout time.Duration,
) ([]byte, error) {
	if !p.execute(ctx, id.Type, extraProbeFrom(ctx) != nil, timeout) {
		return []byte("no answer"), exec.CodeExitError{Code: 1}
	}
	return nil, p.broken
}

// tcp is the same as a network probe.
type tcp struct{ *probed }

func (p tcp) Probe(host string, _ int, timeout time.Duration) (probe.Result, string, error) {
	if !p.execute(context.Background(), host, false, timeout) {
		return probe.Failure, "no answer", nil
	}
	return probe.Success, "", nil
}

// execute executes a probe of a container in the pod, whose name is the type of the container IDs and the pod's IP.
func (p *probed) execute(ctx context.Context, pod string, extra bool, timeout time.Duration) bool {
	p.lock.Lock()
	if ctx.Err() != nil {
		// Such a call never reaches the runtime: an extra probe may be overtaken before it begins.
		p.lock.Unlock()
		return false
	}
	age := time.Since(p.began)
	i := len(p.runs)
	p.runs = append(p.runs, execution{begin: age, extra: extra})
	p.lock.Unlock()
	ended := ordering.Sleep(ctx, min(p.takes, timeout))
	p.lock.Lock()
	defer p.lock.Unlock()
	p.runs[i].end = time.Since(p.began)
	return ended && p.takes <= timeout && (p.only == "" || p.only == pod) && p.answers(age)
}

// executions returns the executions so far.
func (p *probed) executions() []execution {
	p.lock.Lock()
	defer p.lock.Unlock()
	return append([]execution(nil), p.runs...)
}

func (p *probed) count() int { return len(p.executions()) }

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

// startProbed starts a container with one exec probe, and its worker. Options change the container before.
func startProbed(
	t *testing.T, kind probeType, spec v1.Probe, answers func(time.Duration) bool, options ...func(*probed),
) *probed {
	p := &probed{manager: newTestManager(), pod: getTestPod(), events: record.NewFakeRecorder(100000), began: time.Now(), answers: answers}
	p.manager.start = time.Now().Add(-time.Hour)
	p.prober.exec, p.prober.runner, p.prober.tcp, p.prober.recorder = execprobe.New(), p, tcp{p}, p.events
	p.pod.Spec.RestartPolicy = v1.RestartPolicyAlways
	p.pod.Annotations = map[string]string{dependency.AnnotationPrefix + testContainerName: "{}"}
	setTestProbe(p.pod, kind, spec)
	p.running(kind != startup)
	for _, option := range options {
		option(p)
	}
	p.AddPod(silence(), p.pod)
	ctx, cancel := context.WithCancel(context.Background())
	go p.read(ctx)
	t.Cleanup(func() {
		p.CleanupPods(nil)
		for _, uid := range p.awaiting() {
			p.AwaitProbes(silence(), uid, nil)
		}
		// Let all goroutines end: the bubble's clock stops when this function returns.
		time.Sleep(2 * time.Hour)
		cancel()
	})
	return p
}

// read reads the updates of the results, as the kubelet does: a worker waits for that.
func (p *probed) read(ctx context.Context) {
	for {
		select {
		case <-p.readinessManager.Updates():
		case <-p.startupManager.Updates():
		case <-p.livenessManager.Updates():
		case <-ctx.Done():
			return
		}
	}
}

// taking makes each probe take so long.
func taking(d time.Duration) func(*probed) { return func(p *probed) { p.takes = d } }

// with makes the pod begin with the status.
func with(status v1.PodStatus) func(*probed) {
	return func(p *probed) { p.statusManager.SetPodStatus(klog.Logger{}, p.pod, status) }
}

// overNetwork makes the probe a TCP probe.
func overNetwork(p *probed) {
	for _, spec := range []*v1.Probe{p.pod.Spec.Containers[0].StartupProbe, p.pod.Spec.Containers[0].ReadinessProbe} {
		if spec != nil {
			spec.ProbeHandler = v1.ProbeHandler{TCPSocket: &v1.TCPSocketAction{Port: intstr.FromInt32(80)}}
		}
	}
}

func (p *probed) running(started bool) { p.runningAs(testContainerID, started) }

// runningAs shows the container as running with the ID.
func (p *probed) runningAs(id kubecontainer.ContainerID, started bool) {
	status := getTestRunningStatusWithStarted(started)
	status.PodIP, status.ContainerStatuses[0].ContainerID = id.Type, id.String()
	p.statusManager.SetPodStatus(klog.Logger{}, p.pod, status)
}

// another adds a running pod with the number of containers, whose probe is that of the first pod, and returns its awaited
// conditions. The containers started the given time before now.
func (p *probed) another(name string, containers int, ago time.Duration) (types.UID, map[string]dependency.Condition) {
	pod := p.pod.DeepCopy()
	pod.UID = types.UID(name)
	awaited := map[string]dependency.Condition{}
	status := getTestRunningStatus()
	status.PodIP = name
	template, running := pod.Spec.Containers[0], status.ContainerStatuses[0]
	running.State.Running.StartedAt = metav1.NewTime(time.Now().Add(-ago))
	pod.Spec.Containers, status.ContainerStatuses = nil, nil
	for i := range containers {
		template.Name, running.Name = fmt.Sprintf("c%d", i), fmt.Sprintf("c%d", i)
		running.ContainerID = name + "://" + template.Name
		pod.Spec.Containers = append(pod.Spec.Containers, template)
		status.ContainerStatuses = append(status.ContainerStatuses, running)
		awaited[template.Name] = dependency.Ready
	}
	p.statusManager.SetPodStatus(klog.Logger{}, pod, status)
	p.AddPod(silence(), pod)
	return pod.UID, awaited
}

// awaiting returns the pods with extra probes.
func (p *probed) awaiting() (uids []types.UID) {
	p.eager.lock.Lock()
	defer p.eager.lock.Unlock()
	for uid := range p.eager.pods {
		uids = append(uids, uid)
	}
	return uids
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

func ptrTo[T any](value T) *T { return &value }
