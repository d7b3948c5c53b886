// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"time"

	v1 "k8s.io/api/core/v1"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/klog/v2"

	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
)

// hookAtTermination runs the preStop hook of a container beside the containers that stop before it, if its preStopTiming is
// AtTermination. It does not wait for the hook: the kill of the container does, in the container's turn and within its limit.
// The caller must call over at the end of the turn: a hook that has not reached the runtime by then does not run.
func (s *podStop) hookAtTermination(ctx context.Context, c *kubecontainer.Container) (over context.CancelFunc) {
	patient, over := context.WithCancel(ctx)
	pod := s.podFor(c)
	if !s.graph.HookAtTermination(c.Name) || pod != nil && !hasPreStopHook(kubecontainer.GetContainerSpec(pod, c.Name)) || s.clock.AtOnce() {
		return over
	}
	go func() {
		defer utilruntime.HandleCrashWithContext(ctx)
		if started, _ := s.hasStarted(ctx, c, patient.Done()); !started {
			return
		}
		pod, spec, err := s.specFor(patient, c)
		if err != nil {
			// The kill of the container has the same problem, and reports it.
			klog.FromContext(ctx).V(2).Info("Not running the preStop hook of a container before its turn", "podUID", s.runningPod.ID,
				"containerName", c.Name, "containerID", c.ID, "err", err)
			return
		}
		if !hasPreStopHook(spec) {
			return
		}
		// The end of the container ends the hook. So the time that the pod had when the hook began need not be exact.
		_, left, _ := s.clock.Now()
		hook := &hookRun{done: make(chan struct{}), patient: patient, giveUp: over}
		var isNew bool
		s.records.with(s.runningPod.ID, func(p *podRecord) {
			if isNew = p.instance(c.ID).beginHook(hook) == hook; isNew {
				p.killBegins(c.ID, "")
			}
		})
		if isNew {
			klog.FromContext(ctx).V(4).Info("Running the preStop hook of a container before its turn to stop", "podUID", s.runningPod.ID,
				"containerName", c.Name, "containerID", c.ID)
			s.runHook(ctx, pod, c.ID, spec, max(1, int64(left/time.Second)), hook)
		}
	}()
	return over
}

func hasPreStopHook(spec *v1.Container) bool {
	return spec != nil && spec.Lifecycle != nil && spec.Lifecycle.PreStop != nil
}

// specFor returns what upstream's killContainer runs a hook with. Of a container that the kubelet knows from the runtime alone,
// the runtime is asked until it answers or patient ends.
func (s *podStop) specFor(patient context.Context, c *kubecontainer.Container) (*v1.Pod, *v1.Container, error) {
	if pod := s.podFor(c); pod != nil {
		return pod, kubecontainer.GetContainerSpec(pod, c.Name), nil
	}
	for pause := pauses(askAgainPause, maxAskAgainPause); ; {
		pod, spec, err := s.restoreSpecsFromContainerLabels(patient, c.ID)
		if !unanswered(err) {
			return pod, spec, err
		}
		if _, answered := s.untilAnswers(patient, c.ID, pause); !answered {
			return nil, nil, err
		}
	}
}
