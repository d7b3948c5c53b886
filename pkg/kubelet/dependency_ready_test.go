// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"testing"

	v1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	podutil "k8s.io/kubernetes/pkg/api/v1/pod"
)

// A pod is Ready without what has done its part: a container that others wait for to end, and a Sidecar that has succeeded. Any
// other container that is not ready keeps it from being Ready, also one that has finished.
func TestDependencyReadyWithout(t *testing.T) {
	type records = map[string]testRecord
	isReadyNow := func(done testRecord) records { return records{"app": isReady, "setup": done} }
	for name, tt := range map[string]struct {
		// setup and app are the annotations of these containers, and policy is setup's own policy.
		setup, app string
		policy     v1.ContainerRestartPolicy
		m          moment
		ready      bool
		printed    string
	}{
		"it succeeded, and the app waited for that": {app: `{"dependsOn":[{"container":"setup","condition":"Succeeded"}]}`,
			policy: v1.ContainerRestartPolicyOnFailure, m: at(isReadyNow(exitOf(0, 5))), ready: true, printed: "1/2 Running"},
		"it completed with an error, and the app waited for that": {app: `{"dependsOn":[{"container":"setup","condition":"Completed"}]}`,
			policy: v1.ContainerRestartPolicyNever, m: at(isReadyNow(exitOf(1, 5))), ready: true, printed: "1/2 Error"},
		"it runs again": {app: `{"dependsOn":[{"container":"setup","condition":"Succeeded"}]}`,
			policy: v1.ContainerRestartPolicyOnFailure, m: at(isReadyNow(isUnready)), printed: "1/2 Running"},
		"nobody waits for its end": {app: `{"dependsOn":[{"container":"setup"}]}`, policy: v1.ContainerRestartPolicyNever,
			m: at(isReadyNow(exitOf(0, 5))), printed: "1/2 NotReady"},
		"a Sidecar that has succeeded": {setup: `{"type":"Sidecar"}`, policy: v1.ContainerRestartPolicyOnFailure,
			m: at(isReadyNow(exitOf(0, 5))), ready: true, printed: "1/2 Running"},
		"a Sidecar that has failed": {setup: `{"type":"Sidecar"}`, policy: v1.ContainerRestartPolicyNever,
			m: at(isReadyNow(exitOf(1, 5))), printed: "1/2 Error"},
		"in a new sandbox": {app: `{"dependsOn":[{"container":"setup","condition":"Succeeded"}]}`,
			policy: v1.ContainerRestartPolicyOnFailure, ready: true, printed: "1/2 Running",
			m: moment{sandbox: 2, records: records{"app": isReady.restarted(1), "setup": exitOf(0, 5).in(true)}}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, places := range [][]string{{"app", "setup"}, {"setup", "app"}} {
				pod := jobPod(v1.RestartPolicyAlways, places...)
				for i := range pod.Spec.Containers {
					if c := &pod.Spec.Containers[i]; c.Name == "app" {
						c.ReadinessProbe = idleProbe()
					} else {
						c.RestartPolicy, c.ReadinessProbe = ptr.To(tt.policy), idleProbe()
					}
				}
				clear(pod.Annotations)
				for c, text := range map[string]string{"setup": tt.setup, "app": tt.app} {
					if text != "" {
						pod.Annotations[dependency.AnnotationPrefix+c] = text
					}
				}
				k := newStatusKubelet(t)
				for _, restarts := range []bool{false, true} {
					if restarts {
						k.restart()
					}
					status := k.show(t, pod, tt.m)
					_, containersReady := podutil.GetPodCondition(&status, v1.ContainersReady)
					if got := podutil.IsPodReadyConditionTrue(status); got != tt.ready || got != (containersReady.Status == v1.ConditionTrue) {
						t.Errorf("%s: ready %t, want %t; containers ready: %+v", places, got, tt.ready, containersReady)
					}
					if got := printed(t, pod); got != tt.printed {
						t.Errorf("%s: kubectl prints %q, want %q", places, got, tt.printed)
					}
				}
			}
		})
	}
}
