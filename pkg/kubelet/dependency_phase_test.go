// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"testing"

	v1 "k8s.io/api/core/v1"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	featuregatetesting "k8s.io/component-base/featuregate/testing"
	"k8s.io/klog/v2"
	"k8s.io/utils/ptr"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	"k8s.io/kubernetes/pkg/features"
	"k8s.io/kubernetes/pkg/kubelet/kuberuntime"
	"k8s.io/kubernetes/pkg/kubelet/ordering"
)

// dependencyPod returns a pod with a Standard container "app" and a Sidecar "proxy", which needs a policy of its own under Never.
func dependencyPod(policy v1.RestartPolicy) *v1.Pod {
	pod := &v1.Pod{}
	pod.Name, pod.Namespace, pod.UID = "pod", "test", "uid"
	pod.Annotations = map[string]string{dependency.AnnotationPrefix + "proxy": `{"type":"Sidecar"}`}
	pod.Spec.RestartPolicy = policy
	pod.Spec.Containers = []v1.Container{{Name: "app"}, {Name: "proxy"}}
	if policy == v1.RestartPolicyNever {
		pod.Spec.Containers[1].RestartPolicy = ptr.To(v1.ContainerRestartPolicyAlways)
	}
	return pod
}

func dependencyRunning(name string) v1.ContainerStatus {
	return v1.ContainerStatus{Name: name, State: v1.ContainerState{Running: &v1.ContainerStateRunning{}}}
}

func dependencyExited(name string, code int32) v1.ContainerStatus {
	return v1.ContainerStatus{Name: name, State: v1.ContainerState{Terminated: &v1.ContainerStateTerminated{ExitCode: code, Reason: "Exited"}}}
}

func dependencyEnded(name string, code int32, reason, message string) v1.ContainerStatus {
	return v1.ContainerStatus{Name: name, State: v1.ContainerState{Terminated: &v1.ContainerStateTerminated{
		ExitCode: code, Reason: reason, Message: message, ContainerID: "c://" + name}}}
}

func dependencyWaiting(name, reason, message string) v1.ContainerStatus {
	return v1.ContainerStatus{Name: name, State: v1.ContainerState{Waiting: &v1.ContainerStateWaiting{Reason: reason, Message: message}}}
}

// Only the Standard containers decide the phase, which is not terminal while any container runs.
func TestDependencyPhase(t *testing.T) {
	for name, tt := range map[string]struct {
		policy   v1.RestartPolicy
		statuses []v1.ContainerStatus
		terminal bool
		gateOff  bool
		// restarting means that the exit of proxy restarts all containers.
		restarting, stopping bool
		want                 v1.PodPhase
	}{
		"both run": {
			policy: v1.RestartPolicyNever, statuses: []v1.ContainerStatus{dependencyRunning("app"), dependencyRunning("proxy")},
			want: v1.PodRunning,
		},
		"app waits for proxy": {
			policy:   v1.RestartPolicyNever,
			statuses: []v1.ContainerStatus{dependencyWaiting("app", "WaitingForDependencies", ""), dependencyRunning("proxy")},
			want:     v1.PodPending,
		},
		"app succeeded, proxy runs": {
			policy: v1.RestartPolicyNever, statuses: []v1.ContainerStatus{dependencyExited("app", 0), dependencyRunning("proxy")},
			want: v1.PodRunning,
		},
		"app failed, proxy runs": {
			policy: v1.RestartPolicyNever, statuses: []v1.ContainerStatus{dependencyExited("app", 1), dependencyRunning("proxy")},
			want: v1.PodRunning,
		},
		"app succeeded, proxy stopped with 143": {
			policy: v1.RestartPolicyNever, statuses: []v1.ContainerStatus{dependencyExited("app", 0), dependencyExited("proxy", 143)},
			want: v1.PodSucceeded,
		},
		"app succeeded, proxy killed with 137": {
			policy: v1.RestartPolicyOnFailure, statuses: []v1.ContainerStatus{dependencyExited("app", 0), dependencyExited("proxy", 137)},
			want: v1.PodSucceeded,
		},
		"app failed, proxy exited with 0": {
			policy: v1.RestartPolicyNever, statuses: []v1.ContainerStatus{dependencyExited("app", 1), dependencyExited("proxy", 0)},
			want: v1.PodFailed,
		},
		"app succeeded, proxy never started": {
			policy:   v1.RestartPolicyNever,
			statuses: []v1.ContainerStatus{dependencyExited("app", 0), dependencyWaiting("proxy", "ImagePullBackOff", "")},
			want:     v1.PodSucceeded,
		},
		"app failed and is restarted, proxy runs": {
			policy: v1.RestartPolicyOnFailure, statuses: []v1.ContainerStatus{dependencyExited("app", 1), dependencyRunning("proxy")},
			want: v1.PodRunning,
		},
		"app runs, proxy is gone": {
			policy: v1.RestartPolicyNever, statuses: []v1.ContainerStatus{dependencyRunning("app"), dependencyExited("proxy", 1)},
			want: v1.PodRunning,
		},
		"Always: app succeeded, pod terminal": {
			policy: v1.RestartPolicyAlways, statuses: []v1.ContainerStatus{dependencyExited("app", 0), dependencyExited("proxy", 143)},
			terminal: true, want: v1.PodSucceeded,
		},
		"Always: app succeeded, pod not terminal": {
			policy: v1.RestartPolicyAlways, statuses: []v1.ContainerStatus{dependencyExited("app", 0), dependencyRunning("proxy")},
			want: v1.PodRunning,
		},
		"gate off: the Sidecar counts": {
			policy: v1.RestartPolicyNever, statuses: []v1.ContainerStatus{dependencyExited("app", 0), dependencyExited("proxy", 143)},
			// It is to be restarted, and keeps the pod alive.
			gateOff: true, want: v1.PodRunning,
		},
		"app failed because proxy restarts all": {
			policy: v1.RestartPolicyNever, statuses: []v1.ContainerStatus{dependencyExited("app", 1), dependencyExited("proxy", 42)},
			restarting: true, want: v1.PodRunning,
		},
		"app failed because proxy restarts all, and the pod stops": {
			policy: v1.RestartPolicyNever, statuses: []v1.ContainerStatus{dependencyExited("app", 1), dependencyExited("proxy", 42)},
			restarting: true, stopping: true, want: v1.PodFailed,
		},
	} {
		t.Run(name, func(t *testing.T) {
			featuregatetesting.SetFeatureGateDuringTest(t, utilfeature.DefaultFeatureGate, features.ContainerDependencies, !tt.gateOff)
			byRule := func(pod *v1.Pod) *v1.Pod {
				if tt.restarting {
					pod.Spec.Containers[1].RestartPolicy = ptr.To(v1.ContainerRestartPolicyNever)
					pod.Spec.Containers[1].RestartPolicyRules = []v1.ContainerRestartRule{{
						Action:    v1.ContainerRestartRuleActionRestartAllContainers,
						ExitCodes: &v1.ContainerRestartRuleOnExitCodes{Operator: v1.ContainerRestartRuleOnExitCodesOpIn, Values: []int32{42}},
					}}
				}
				return pod
			}
			inField := byRule(dependencyPod(tt.policy))
			inField.Annotations = nil
			inField.Spec.Containers[1].Lifecycle = &v1.Lifecycle{Type: ptr.To(v1.LifecycleTypeSidecar)}
			for _, pod := range []*v1.Pod{byRule(dependencyPod(tt.policy)), inField} {
				graph, err := ordering.ForPod(pod)
				if err != nil {
					t.Fatal(err)
				}
				order := kuberuntime.PodOrder{Graph: graph, Decisions: dependency.Decisions{Restarting: tt.restarting}}
				inForce := order.InForce(pod, tt.stopping)
				if got := getPhase(klog.Logger{}, inForce, tt.statuses, tt.terminal, true); got != tt.want {
					t.Errorf("phase %s, want %s; annotations %v", got, tt.want, pod.Annotations)
				}
			}
		})
	}
}
