// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"time"

	v1 "k8s.io/api/core/v1"
	ref "k8s.io/client-go/tools/reference"
	"k8s.io/klog/v2"

	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/api/v1/dependency"
	podutil "k8s.io/kubernetes/pkg/api/v1/pod"
	"k8s.io/kubernetes/pkg/kubelet/events"
	"k8s.io/kubernetes/pkg/kubelet/metrics"
)

// reportGates emits an event, once each, when a container that upstream would start begins or ends to wait, or can
// never start.
func (m *kubeGenericRuntimeManager) reportGates(ctx context.Context, pod *v1.Pod, decisions dependency.Decisions, candidates []int) {
	logger := klog.FromContext(ctx)
	for _, i := range candidates {
		c := &pod.Spec.Containers[i]
		d := decisions.Containers[c.Name]
		switch d.Gate {
		case dependency.Waiting:
			var begins bool
			m.records.with(pod.UID, func(p *podRecord) { begins = p.container(c.Name).hold(d.Blockers) })
			if begins && !statusSays(pod, c.Name, events.WaitingForDependencies) {
				logger.V(2).Info("Holding container back until its dependencies are satisfied", "pod", klog.KObj(pod), "containerName", c.Name,
					"containerMessage", d.Message)
				m.recordContainerEvent(ctx, pod, c, "", v1.EventTypeNormal, events.WaitingForDependencies, "%s", d.Message)
			} else {
				logger.V(4).Info("Still holding container back", "pod", klog.KObj(pod), "containerName", c.Name, "containerMessage", d.Message)
			}
		case dependency.Unreachable:
			m.reportUnreachable(ctx, pod, c, d)
		default:
			var wait endedWait
			var waited bool
			m.records.with(pod.UID, func(p *podRecord) { wait, waited = p.container(c.Name).release(true) })
			if waited {
				traceWait(ctx, pod, c.Name, wait, nil)
				logger.V(2).Info("Dependencies of container are satisfied", "pod", klog.KObj(pod), "containerName", c.Name, "waited", time.Since(wait.since))
				m.recordContainerEvent(ctx, pod, c, "", v1.EventTypeNormal, events.DependenciesSatisfied,
					"Dependencies satisfied after %s", time.Since(wait.since).Round(time.Millisecond))
			}
		}
	}
}

// ReportFailure implements Orderer. The kubelet calls it before it shows the failure, because it does not sync a pod
// whose status is Failed.
func (m *kubeGenericRuntimeManager) ReportFailure(ctx context.Context, pod *v1.Pod, order *PodOrder) {
	for i := range pod.Spec.Containers {
		c := &pod.Spec.Containers[i]
		if d := order.Decisions.Containers[c.Name]; d.Gate == dependency.Unreachable {
			m.reportUnreachable(ctx, pod, c, d)
		}
	}
}

func (m *kubeGenericRuntimeManager) reportUnreachable(ctx context.Context, pod *v1.Pod, c *v1.Container, d dependency.Decision) {
	var isNew, fails, waited bool
	var wait endedWait
	m.records.with(pod.UID, func(p *podRecord) {
		wait, waited = p.container(c.Name).release(false)
		fails = p.container(c.Name).announced == ""
		isNew = p.container(c.Name).announce(d.Message)
	})
	if waited {
		traceWait(ctx, pod, c.Name, wait, errNotStarted)
	}
	if fails && !statusSays(pod, c.Name, events.DependencyFailed) {
		metrics.DependencyFailuresTotal.Inc()
	}
	if isNew && !statusSays(pod, c.Name, events.DependencyFailed) {
		klog.FromContext(ctx).V(2).Info("Container can never start", "pod", klog.KObj(pod), "containerName", c.Name,
			"containerMessage", d.Message)
		m.recordContainerEvent(ctx, pod, c, "", v1.EventTypeWarning, events.DependencyFailed, "%s", d.Message)
	}
}

// reportInvalid emits a warning event, once, that says why a pod is held. A nil error means that the pod is not held.
func (m *kubeGenericRuntimeManager) reportInvalid(ctx context.Context, pod *v1.Pod, err error) {
	message := ""
	if err != nil {
		message = err.Error()
	}
	var isNew, begins bool
	m.records.with(pod.UID, func(p *podRecord) {
		begins = p.invalid == "" && message != ""
		isNew = p.announce(message)
	})
	if pod.Status.Reason == events.InvalidContainerLifecycle && pod.Status.Message == message {
		// An earlier kubelet process has said it.
		return
	}
	if begins {
		metrics.DependencyHeldPodsTotal.Inc()
	}
	if !isNew || err == nil {
		return
	}
	klog.FromContext(ctx).V(2).Info("Holding pod because its container order cannot be followed", "pod", klog.KObj(pod), "err", err)
	m.warnOfPod(ctx, pod, events.InvalidContainerLifecycle, message)
}

// reportUnrestartedSidecars emits a warning event that names the Sidecars that will not be restarted in a new sandbox.
// Only the kubelet process that created the sandbox emits it, once.
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

// statusSays reports whether the pod's last status already shows the container waiting for the reason, which means that
// an earlier kubelet process has reported it.
func statusSays(pod *v1.Pod, name, reason string) bool {
	status, found := podutil.GetContainerStatus(pod.Status.ContainerStatuses, name)
	return found && status.State.Waiting != nil && status.State.Waiting.Reason == reason
}
