// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"time"

	v1 "k8s.io/api/core/v1"
	kubetypes "k8s.io/apimachinery/pkg/types"
	ref "k8s.io/client-go/tools/reference"
	"k8s.io/klog/v2"

	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/api/v1/dependency"
	podutil "k8s.io/kubernetes/pkg/api/v1/pod"
	"k8s.io/kubernetes/pkg/kubelet/events"
	"k8s.io/kubernetes/pkg/kubelet/metrics"
)

// containerWait is a container that is held back.
type containerWait struct {
	since time.Time
	// pending are the conditions that did not hold when the pod was looked at last, by container.
	pending map[string]dependency.Condition
}

// reportGates tells users, once each, where the containers that upstream would start begin and end to wait, and which
// can never start.
func (m *kubeGenericRuntimeManager) reportGates(ctx context.Context, pod *v1.Pod, decisions dependency.Decisions, candidates []int) {
	logger := klog.FromContext(ctx)
	for _, i := range candidates {
		c := &pod.Spec.Containers[i]
		d := decisions.Containers[c.Name]
		switch d.Gate {
		case dependency.Waiting:
			if m.dependencies.waiting(pod.UID, c.Name, d.Blockers) && !statusSays(pod, c.Name, events.WaitingForDependencies) {
				logger.V(2).Info("Holding container back until its dependencies are satisfied", "pod", klog.KObj(pod), "containerName", c.Name, "containerMessage", d.Message)
				m.recordContainerEvent(ctx, pod, c, "", v1.EventTypeNormal, events.WaitingForDependencies, "%s", d.Message)
			}
		case dependency.Unreachable:
			m.reportUnreachable(ctx, pod, c, d)
		default:
			if since, waited := m.dependencies.waitEnds(pod.UID, c.Name, true); waited {
				logger.V(2).Info("Dependencies of container are satisfied", "pod", klog.KObj(pod), "containerName", c.Name, "waited", time.Since(since))
				m.recordContainerEvent(ctx, pod, c, "", v1.EventTypeNormal, events.DependenciesSatisfied,
					"Dependencies satisfied after %s", time.Since(since).Round(time.Millisecond))
			}
		}
	}
}

// ReportFailure tells users, once, which containers of a pod that fails can never start. The kubelet calls it before it
// shows the failure, because it does not sync a pod that it has shown to have failed.
func (m *kubeGenericRuntimeManager) ReportFailure(ctx context.Context, order *PodOrder) {
	for i := range order.Pod.Spec.Containers {
		c := &order.Pod.Spec.Containers[i]
		if d := order.Decisions.Containers[c.Name]; d.Gate == dependency.Unreachable {
			m.reportUnreachable(ctx, order.Pod, c, d)
		}
	}
}

func (m *kubeGenericRuntimeManager) reportUnreachable(ctx context.Context, pod *v1.Pod, c *v1.Container, d dependency.Decision) {
	m.dependencies.waitEnds(pod.UID, c.Name, false)
	if m.dependencies.announce(pod.UID, c.Name, d.Message) && !statusSays(pod, c.Name, events.DependencyFailed) {
		klog.FromContext(ctx).V(2).Info("Container can never start", "pod", klog.KObj(pod), "containerName", c.Name, "containerMessage", d.Message)
		m.recordContainerEvent(ctx, pod, c, "", v1.EventTypeWarning, events.DependencyFailed, "%s", d.Message)
	}
}

// reportInvalid tells users, once, why a pod is held.
func (m *kubeGenericRuntimeManager) reportInvalid(ctx context.Context, pod *v1.Pod, err error) {
	if !m.dependencies.announce(pod.UID, "", err.Error()) {
		return
	}
	klog.FromContext(ctx).V(2).Info("Holding pod because its container order cannot be followed", "pod", klog.KObj(pod), "err", err)
	m.warnOfPod(ctx, pod, events.InvalidContainerLifecycle, err.Error())
}

// reportUnrestartedSidecars tells users, when a sandbox has been created, which Sidecars will not be restarted in it. It is
// said once in each sandbox, by the kubelet process that created it.
func (m *kubeGenericRuntimeManager) reportUnrestartedSidecars(ctx context.Context, pod *v1.Pod, graph *dependency.Graph) {
	if message := graph.UnrestartedSidecars(); message != "" {
		m.warnOfPod(ctx, pod, events.SidecarsNotRestarted, message)
	}
}

func (m *kubeGenericRuntimeManager) warnOfPod(ctx context.Context, pod *v1.Pod, reason, message string) {
	logger := klog.FromContext(ctx)
	object, refErr := ref.GetReference(legacyscheme.Scheme, pod)
	if refErr != nil {
		logger.Error(refErr, "Couldn't make a ref to pod", "pod", klog.KObj(pod))
		return
	}
	m.recorder.WithLogger(logger).Event(object, v1.EventTypeWarning, reason, message)
}

// statusSays tells whether the pod's last status already shows the container waiting for the reason: an earlier kubelet
// process has reported it.
func statusSays(pod *v1.Pod, name, reason string) bool {
	status, found := podutil.GetContainerStatus(pod.Status.ContainerStatuses, name)
	return found && status.State.Waiting != nil && status.State.Waiting.Reason == reason
}

// waiting notes what a container waits for and tells whether the wait is new. Conditions that have come to hold since
// the last time are observed.
func (d *dependencyManager) waiting(uid kubetypes.UID, name string, blockers []dependency.Blocker) bool {
	d.lock.Lock()
	defer d.lock.Unlock()
	p := d.pod(uid)
	wait, known := p.waits[name]
	if !known {
		wait = &containerWait{since: time.Now()}
		p.waits[name] = wait
		metrics.DependencyBlockedContainers.Inc()
	}
	pending := map[string]dependency.Condition{}
	for _, b := range blockers {
		pending[b.Container] = b.Condition
	}
	for container, condition := range wait.pending {
		if _, still := pending[container]; !still {
			wait.observe(condition)
		}
	}
	wait.pending = pending
	return !known
}

// waitEnds forgets a wait and returns since when it lasted. When it ended because all conditions hold, they are observed.
func (d *dependencyManager) waitEnds(uid kubetypes.UID, name string, satisfied bool) (time.Time, bool) {
	d.lock.Lock()
	defer d.lock.Unlock()
	p := d.pod(uid)
	wait, known := p.waits[name]
	if !known {
		return time.Time{}, false
	}
	delete(p.waits, name)
	metrics.DependencyBlockedContainers.Dec()
	if satisfied {
		for _, condition := range wait.pending {
			wait.observe(condition)
		}
	}
	return wait.since, true
}

// waitsEnd forgets all waits of a pod that is being stopped.
func (d *dependencyManager) waitsEnd(uid kubetypes.UID) {
	d.lock.Lock()
	defer d.lock.Unlock()
	if p, known := d.pods[uid]; known {
		metrics.DependencyBlockedContainers.Add(-float64(len(p.waits)))
		clear(p.waits)
		p.endPulls()
	}
}

func (w *containerWait) observe(condition dependency.Condition) {
	metrics.DependencyWaitDuration.WithLabelValues(string(condition)).Observe(time.Since(w.since).Seconds())
}
