// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"time"

	"k8s.io/klog/v2"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
)

// gateAge is how old the decision to start a container may be when the container is created. A slow image pull makes it
// older.
const gateAge = time.Second

// mayCreate returns an error if the container must not be created: its start is cancelled, or its gate has closed again
// while the start took its time. The next sync then holds the container back.
func (s *containerStart) mayCreate(ctx context.Context) error {
	switch {
	case s == nil:
		return nil
	case s.refused():
		return errStartCancelled
	case time.Since(s.decided) < gateAge:
		return nil
	case !s.gateOpen(ctx):
		s.cancel()
	}
	if s.refused() {
		return errStartCancelled
	}
	return nil
}

// refused reports whether nothing of the start may be sent to the runtime any more. It cancels the start of a pod whose
// termination has been requested, but whose stop has not begun yet. The caller must not hold the lock of the records.
func (s *containerStart) refused() bool {
	if !s.isCancelled() && s.terminating != nil && s.terminating() {
		s.cancel()
	}
	return s.isCancelled()
}

// gateOpen reports whether the container may start now: its gate is open, and the pod has not ended. It reads the pod's status again.
func (s podStarter) gateOpen(ctx context.Context, task containerTask) bool {
	status, err := s.freshPodStatus(ctx, s.pod, task.status)
	if err != nil {
		// The runtime will not create the container either.
		return true
	}
	graph := s.orderInForce(ctx, s.pod, status).Graph
	if graph == nil {
		return true
	}
	var observed dependency.PodObservation
	s.records.with(s.pod.UID, func(p *podRecord) { observed = s.observePod(ctx, s.pod, status, p) })
	own := observed.Containers[task.name]
	// It is about to run, however it has exited before.
	own.Starting, own.Restarts = false, true
	observed.Containers[task.name] = own
	decisions := graph.Decide(observed)
	if decisions.Containers[task.name].Gate == dependency.Open && !decisions.Complete && decisions.Failed == "" {
		return true
	}
	klog.FromContext(ctx).V(2).Info("Not starting container: it could start when its start began, and may not any more",
		"pod", klog.KObj(s.pod), "containerName", task.name)
	return false
}
