// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	v1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	podutil "k8s.io/kubernetes/pkg/api/v1/pod"
	"k8s.io/kubernetes/pkg/kubelet/images"
	"k8s.io/kubernetes/pkg/kubelet/kuberuntime"
	"k8s.io/kubernetes/pkg/kubelet/ordering"
)

// jobPod returns a pod with these containers, in this order, of which "app" is Standard and all others are Sidecars.
func jobPod(policy v1.RestartPolicy, containers ...string) *v1.Pod {
	pod := dependencyPod(policy)
	pod.Spec.Containers, pod.Annotations = nil, map[string]string{}
	for _, name := range containers {
		c := v1.Container{Name: name, Image: "image"}
		if name != "app" {
			c.RestartPolicy = ptr.To(v1.ContainerRestartPolicyAlways)
			pod.Annotations[dependency.AnnotationPrefix+name] = `{"type":"Sidecar"}`
		}
		pod.Spec.Containers = append(pod.Spec.Containers, c)
	}
	return pod
}

// sidecarEnd is how a Sidecar ends in a pod that succeeds.
type sidecarEnd struct {
	// record is nil if it never started, because of the reason.
	record   *testRecord
	reason   error
	exceeded bool
	// backOff means that it was to be restarted when the pod was complete.
	backOff bool
	// message is what its status says in the end.
	message string
}

func sidecarEnds() map[string]sidecarEnd {
	ended := func(code int) *testRecord { r := exitOf(code, 7); return &r }
	because := func(code int, why string) *testRecord { r := exitOf(code, 7).because(why); return &r }
	return map[string]sidecarEnd{
		"exit 0":                      {record: ended(0)},
		"143 on TERM":                 {record: ended(143)},
		"exit 1 on TERM":              {record: ended(1)},
		"killed at its limit":         {record: ended(137), exceeded: true, message: "ended as ExceededStopLimit; did not stop within 2s"},
		"OOMKilled":                   {record: because(137, "OOMKilled"), message: "ended as OOMKilled"},
		"a child was OOMKilled":       {record: because(0, "OOMKilled"), message: "ended as OOMKilled"},
		"OOMKilled, then in back-off": {record: because(137, "OOMKilled"), backOff: true, message: "ended as OOMKilled"},
		"it could not be run":         {record: because(128, "StartError"), message: "ended as StartError"},
		"never started":               {message: "not started before the pod ended: ContainerCreating"},
		"its image cannot be pulled": {reason: images.ErrImagePullBackOff,
			message: "not started before the pod ended: ImagePullBackOff: message of proxy"},
		"never started, long reasons":  {reason: errors.New(strings.Repeat("x", 2000)), message: "not started before the pod ended: xxxxx"},
		"crashed, and was in back-off": {record: ended(139), backOff: true},
	}
}

// kubectl prints Completed for a pod whose phase is Succeeded, wherever its Sidecars stand and however these end; their exit codes
// stay, and their messages tell what the reason does not. A kubelet that starts in the middle or after the end shows the same.
func TestDependencyPrintedSuccess(t *testing.T) {
	places := [][]string{{"app", "proxy"}, {"proxy", "app"}, {"agent", "app", "proxy"}, {"proxy", "app", "agent"}, {"proxy", "agent", "app"}}
	for name, end := range sidecarEnds() {
		for _, containers := range places {
			for policy, restarts := range map[v1.RestartPolicy]bool{v1.RestartPolicyNever: false, v1.RestartPolicyOnFailure: true} {
				t.Run(fmt.Sprintf("%s/%s/%s/kubelet restarts %t", name, containers, policy, restarts), func(t *testing.T) {
					k, pod := newStatusKubelet(t), jobPod(policy, containers...)
					restart := func() {
						if restarts {
							k.restart()
						}
					}
					running, stopping := map[string]testRecord{"app": isReady}, map[string]testRecord{"app": exitOf(0, 5)}
					if end.record != nil {
						running["proxy"], stopping["proxy"] = isReady, isReady
					}
					if slices.Contains(containers, "agent") {
						running["agent"], stopping["agent"] = isReady, isReady
					}
					begun := at(running)
					if end.backOff {
						begun.records["proxy"] = *end.record
						stopping["proxy"] = *end.record
					}
					reason := end.reason
					if end.backOff {
						reason = errors.New("CrashLoopBackOff")
					}
					k.show(t, pod, begun.because("proxy", reason))
					k.show(t, pod, at(stopping).stops(false, `stopping "proxy"`).because("proxy", reason))
					restart()
					ended := map[string]testRecord{"app": exitOf(0, 5)}
					if end.record != nil {
						ended["proxy"] = *end.record
					}
					if slices.Contains(containers, "agent") {
						// Another Sidecar ends later.
						ended["agent"] = isReady
						early := at(ended).stops(false, `stopping "agent"`).because("proxy", reason)
						if end.exceeded {
							early = early.exceeds("proxy")
						}
						k.show(t, pod, early)
						ended["agent"] = exitOf(143, 8)
					}
					done := after(ended).because("proxy", reason)
					if end.exceeded {
						done = done.exceeds("proxy")
					}
					for step, m := range []moment{done, done.ends(), done.ends(), moment{}.ends()} {
						status := k.show(t, pod, m)
						if got := printed(t, pod); !strings.HasSuffix(got, " Completed") || status.Phase != v1.PodSucceeded {
							t.Errorf("step %d: kubectl prints %q, phase %s, want Completed and Succeeded", step, got, status.Phase)
						}
						c, _ := podutil.GetContainerStatus(status.ContainerStatuses, "proxy")
						expectSidecarEnd(t, end, c)
						restart()
						if restarts {
							// What an earlier process has seen is in the status alone.
							done.exceeded = nil
						}
					}
				})
			}
		}
	}
}

func expectSidecarEnd(t *testing.T, end sidecarEnd, c v1.ContainerStatus) {
	t.Helper()
	message := ""
	switch {
	case end.record == nil && c.State.Waiting != nil:
		message = c.State.Waiting.Message
		if len(message) > dependency.MaxTextBytes {
			t.Errorf("the message has %d bytes", len(message))
		}
		message = message[:min(len(message), len(end.message))]
	case end.record != nil && c.State.Terminated != nil:
		message = c.State.Terminated.Message
		if c.State.Terminated.ExitCode != int32(end.record.exitCode) {
			t.Errorf("exit code %d, want %d", c.State.Terminated.ExitCode, end.record.exitCode)
		}
	default:
		t.Errorf("state %+v", c.State)
	}
	if diff := cmp.Diff(end.message, message); diff != "" {
		t.Errorf("message (-want +got):\n%s", diff)
	}
}

// A pod that does not succeed shows its Sidecars as upstream does, so that kubectl prints the failure.
func TestDependencyPrintedFailure(t *testing.T) {
	failed := func(code int) map[string]testRecord {
		return map[string]testRecord{"proxy": exitOf(code, 7), "app": exitOf(1, 5)}
	}
	for name, tt := range map[string]struct {
		policy v1.RestartPolicy
		end    moment
		fail   bool
		want   string
	}{
		"the app failed":                  {policy: v1.RestartPolicyNever, end: after(failed(143)), want: "0/2 Error"},
		"the app failed, the Sidecar not": {policy: v1.RestartPolicyNever, end: after(failed(0)), want: "0/2 Error"},
		"deleted, the app failed":         {policy: v1.RestartPolicyAlways, end: after(failed(143)).ends(), want: "0/2 Error"},
		"deleted, the app exited with 0": {policy: v1.RestartPolicyAlways, want: "0/2 Completed",
			end: after(map[string]testRecord{"proxy": exitOf(143, 7), "app": exitOf(0, 5)}).ends()},
		"evicted, the app exited with 0": {policy: v1.RestartPolicyAlways, fail: true, want: "0/2 Error",
			end: after(map[string]testRecord{"proxy": exitOf(143, 7), "app": exitOf(0, 5)}).ends()},
	} {
		t.Run(name, func(t *testing.T) {
			for _, containers := range [][]string{{"app", "proxy"}, {"proxy", "app"}} {
				k, pod := newStatusKubelet(t), jobPod(tt.policy, containers...)
				k.show(t, pod, at(map[string]testRecord{"proxy": isReady, "app": isReady}))
				if tt.fail {
					pod.Status.Phase = v1.PodFailed
				}
				k.show(t, pod, tt.end)
				if got := printed(t, pod); got != tt.want {
					t.Errorf("containers %s: kubectl prints %q, want %q", containers, got, tt.want)
				}
			}
		})
	}
}

// A pod of Sidecars alone, which is invalid, has not succeeded.
func TestDependencySucceededNeedsAStandardContainer(t *testing.T) {
	pod := jobPod(v1.RestartPolicyNever, "proxy")
	_, err := ordering.ForPod(pod)
	if err == nil {
		t.Fatal("the order is valid")
	}
	pod = (&kuberuntime.PodOrder{Invalid: err}).InForce(pod, true)
	if hasSucceeded(pod, &v1.PodStatus{ContainerStatuses: []v1.ContainerStatus{dependencyExited("proxy", 0)}}) {
		t.Error("the pod has succeeded")
	}
}
