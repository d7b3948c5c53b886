// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	v1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	podutil "k8s.io/kubernetes/pkg/api/v1/pod"
	"k8s.io/kubernetes/pkg/kubelet/kuberuntime"
	"k8s.io/kubernetes/pkg/kubelet/ordering"
)

// The effects of the order on the status of a pod.
func TestDependencyStatus(t *testing.T) {
	native := func(started bool) v1.ContainerStatus {
		return v1.ContainerStatus{Name: "init", Started: &started, State: v1.ContainerState{Running: &v1.ContainerStateRunning{}}}
	}
	graph := func(t *testing.T, pod *v1.Pod) *dependency.Graph {
		g, err := ordering.ForPod(pod)
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	conditions := func(reason string, status v1.ConditionStatus) []v1.PodCondition {
		return []v1.PodCondition{{Type: v1.PodReady, Status: status, Reason: reason}, {Type: v1.ContainersReady, Status: status, Reason: reason}}
	}
	gates := map[string]dependency.Decision{"app": {Gate: dependency.Waiting, Message: "waits"}}
	never := map[string]dependency.Decision{"app": {Gate: dependency.Unreachable, Message: "never"}}

	for name, tt := range map[string]struct {
		// initial adds a native sidecar to the pod.
		initial   bool
		invalid   error
		unordered bool
		decisions dependency.Decisions
		stop      string
		exceeded  map[string]time.Duration
		stopping  bool
		terminal  bool
		old, s    v1.PodStatus
		want      v1.PodStatus
	}{
		"held": {
			invalid: errors.New("no good"), initial: true,
			s: v1.PodStatus{Phase: v1.PodPending, InitContainerStatuses: []v1.ContainerStatus{dependencyWaiting("init", "PodInitializing", "")},
				ContainerStatuses: []v1.ContainerStatus{dependencyWaiting("app", "PodInitializing", ""), dependencyExited("proxy", 1)}},
			want: v1.PodStatus{Phase: v1.PodPending,
				InitContainerStatuses: []v1.ContainerStatus{dependencyWaiting("init", "InvalidContainerLifecycle", seePodStatus)},
				ContainerStatuses: []v1.ContainerStatus{
					dependencyWaiting("app", "InvalidContainerLifecycle", seePodStatus), dependencyExited("proxy", 1)},
				Reason: "InvalidContainerLifecycle", Message: "no good"},
		},
		"held, beyond its deadline": {
			invalid: errors.New("no good"),
			s: v1.PodStatus{Phase: v1.PodFailed, Reason: "DeadlineExceeded",
				ContainerStatuses: []v1.ContainerStatus{dependencyWaiting("app", "ContainerCreating", "")}},
			want: v1.PodStatus{Phase: v1.PodFailed, Reason: "DeadlineExceeded",
				ContainerStatuses: []v1.ContainerStatus{dependencyWaiting("app", "ContainerCreating", "")}},
		},
		"held back": {
			decisions: dependency.Decisions{Containers: gates},
			s: v1.PodStatus{ContainerStatuses: []v1.ContainerStatus{dependencyWaiting("app", "ContainerCreating", ""),
				dependencyRunning("proxy")}},
			want: v1.PodStatus{ContainerStatuses: []v1.ContainerStatus{dependencyWaiting("app", "WaitingForDependencies", "waits"),
				dependencyRunning("proxy")}},
		},
		"held back in a new sandbox": {
			decisions: dependency.Decisions{Containers: gates},
			s:         v1.PodStatus{ContainerStatuses: []v1.ContainerStatus{dependencyExited("app", 2)}},
			want: v1.PodStatus{ContainerStatuses: []v1.ContainerStatus{{Name: "app",
				State:                dependencyWaiting("", "WaitingForDependencies", "waits").State,
				LastTerminationState: dependencyExited("", 2).State}}},
		},
		"a running container is shown as it is": {
			decisions: dependency.Decisions{Containers: gates},
			s:         v1.PodStatus{ContainerStatuses: []v1.ContainerStatus{dependencyRunning("app")}},
			want:      v1.PodStatus{ContainerStatuses: []v1.ContainerStatus{dependencyRunning("app")}},
		},
		"the pod is not initialized yet": {
			decisions: dependency.Decisions{Containers: gates}, initial: true,
			s: v1.PodStatus{InitContainerStatuses: []v1.ContainerStatus{native(false)},
				ContainerStatuses: []v1.ContainerStatus{dependencyWaiting("app", "PodInitializing", "")}},
			want: v1.PodStatus{InitContainerStatuses: []v1.ContainerStatus{native(false)},
				ContainerStatuses: []v1.ContainerStatus{dependencyWaiting("app", "PodInitializing", "")}},
		},
		"the pod is initialized": {
			decisions: dependency.Decisions{Containers: gates}, initial: true,
			s: v1.PodStatus{InitContainerStatuses: []v1.ContainerStatus{native(true)},
				ContainerStatuses: []v1.ContainerStatus{dependencyWaiting("app", "PodInitializing", "")}},
			want: v1.PodStatus{InitContainerStatuses: []v1.ContainerStatus{native(true)},
				ContainerStatuses: []v1.ContainerStatus{dependencyWaiting("app", "WaitingForDependencies", "waits")}},
		},
		"can never start, held": {
			decisions: dependency.Decisions{Containers: never},
			s: v1.PodStatus{Phase: v1.PodPending,
				ContainerStatuses: []v1.ContainerStatus{dependencyWaiting("app", "ContainerCreating", "")}},
			want: v1.PodStatus{Phase: v1.PodPending,
				ContainerStatuses: []v1.ContainerStatus{dependencyWaiting("app", "DependencyFailed", "never")}},
		},
		"failed, others still run": {
			decisions: dependency.Decisions{Containers: never, Failed: "never"},
			s: v1.PodStatus{Phase: v1.PodPending,
				ContainerStatuses: []v1.ContainerStatus{dependencyWaiting("app", "ContainerCreating", ""), dependencyRunning("proxy")}},
			want: v1.PodStatus{Phase: v1.PodPending,
				ContainerStatuses: []v1.ContainerStatus{dependencyWaiting("app", "DependencyFailed", "never"), dependencyRunning("proxy")}},
		},
		"failed, nothing runs": {
			decisions: dependency.Decisions{Containers: never, Failed: "never"},
			s: v1.PodStatus{Phase: v1.PodPending, Conditions: conditions("ContainersNotReady", v1.ConditionFalse),
				ContainerStatuses: []v1.ContainerStatus{dependencyWaiting("app", "ContainerCreating", ""), dependencyExited("proxy", 143)}},
			want: v1.PodStatus{Phase: v1.PodFailed, Reason: "DependencyFailed", Message: "never",
				Conditions:        conditions("PodFailed", v1.ConditionFalse),
				ContainerStatuses: []v1.ContainerStatus{dependencyWaiting("app", "DependencyFailed", "never"), dependencyExited("proxy", 143)}},
		},
		"failed: what has run is shown as it ended": {
			decisions: dependency.Decisions{Containers: never, Failed: "never"},
			s: v1.PodStatus{Phase: v1.PodRunning, ContainerStatuses: []v1.ContainerStatus{
				{Name: "app", State: dependencyExited("", 1).State, LastTerminationState: dependencyExited("", 2).State},
				{Name: "proxy", State: dependencyWaiting("", "CrashLoopBackOff", "").State, LastTerminationState: dependencyExited("", 3).State}}},
			want: v1.PodStatus{Phase: v1.PodFailed, Reason: "DependencyFailed", Message: "never", ContainerStatuses: []v1.ContainerStatus{
				{Name: "app", State: dependencyExited("", 1).State, LastTerminationState: dependencyExited("", 2).State},
				dependencyExited("proxy", 3)}},
		},
		"complete: what has run is shown as it ended, what has not keeps its reason": {
			decisions: dependency.Decisions{Complete: true, Containers: map[string]dependency.Decision{
				"other": {Gate: dependency.Waiting, Message: "not started"}, "proxy": {Finished: true}}},
			old: v1.PodStatus{ContainerStatuses: []v1.ContainerStatus{dependencyWaiting("other", "WaitingForDependencies", "waits")}},
			s: v1.PodStatus{ContainerStatuses: []v1.ContainerStatus{dependencyExited("app", 0), dependencyWaiting("other", "ContainerCreating", ""),
				{Name: "proxy", State: dependencyWaiting("", "CrashLoopBackOff", "").State, LastTerminationState: dependencyExited("", 3).State}}},
			want: v1.PodStatus{ContainerStatuses: []v1.ContainerStatus{dependencyExited("app", 0),
				dependencyWaiting("other", "WaitingForDependencies", "waits"), dependencyExited("proxy", 3)}},
		},
		"unordered sandbox": {
			unordered: true,
			s:         v1.PodStatus{ContainerStatuses: []v1.ContainerStatus{dependencyWaiting("app", "ContainerCreating", "")}},
			want:      v1.PodStatus{ContainerStatuses: []v1.ContainerStatus{dependencyWaiting("app", "ContainerCreating", "")}},
		},
		"stopping: containers that never started keep their reasons": {
			decisions: dependency.Decisions{Containers: never, Failed: "never"}, stopping: true,
			old: v1.PodStatus{ContainerStatuses: []v1.ContainerStatus{dependencyWaiting("app", "WaitingForDependencies", "waits")}},
			s: v1.PodStatus{Phase: v1.PodPending,
				ContainerStatuses: []v1.ContainerStatus{dependencyWaiting("app", "ContainerCreating", ""), dependencyRunning("proxy")}},
			want: v1.PodStatus{Phase: v1.PodPending,
				ContainerStatuses: []v1.ContainerStatus{dependencyWaiting("app", "WaitingForDependencies", "waits"), dependencyRunning("proxy")}},
		},
		"stopping: a container that has run does not keep its old reason": {
			stopping: true,
			old:      v1.PodStatus{ContainerStatuses: []v1.ContainerStatus{dependencyWaiting("app", "WaitingForDependencies", "waits")}},
			s: v1.PodStatus{ContainerStatuses: []v1.ContainerStatus{{Name: "app", State: dependencyWaiting("", "CrashLoopBackOff", "").State,
				LastTerminationState: dependencyExited("", 1).State}}},
			want: v1.PodStatus{ContainerStatuses: []v1.ContainerStatus{{Name: "app", State: dependencyWaiting("", "CrashLoopBackOff", "").State,
				LastTerminationState: dependencyExited("", 1).State}}},
		},
		"stopping: who waits for whom": {
			stopping: true, stop: `stopping "app"; "proxy" waits for "app"`,
			old: v1.PodStatus{Conditions: []v1.PodCondition{{Type: v1.DisruptionTarget, Status: v1.ConditionTrue, Reason: "TerminationByKubelet"}}},
			s:   v1.PodStatus{Conditions: conditions("", v1.ConditionTrue)},
			want: v1.PodStatus{Conditions: []v1.PodCondition{{Type: v1.PodReady, Status: v1.ConditionTrue},
				{Type: v1.ContainersReady, Status: v1.ConditionTrue, Message: `stopping "app"; "proxy" waits for "app"`},
				{Type: v1.DisruptionTarget, Status: v1.ConditionTrue, Reason: "TerminationByKubelet"}}},
		},
		"complete: the Sidecars are stopping": {
			stop: `stopping "proxy"`,
			s: v1.PodStatus{Conditions: []v1.PodCondition{{Type: v1.ContainersReady, Status: v1.ConditionFalse,
				Message: "containers with unready status: [app]"}}},
			want: v1.PodStatus{Conditions: []v1.PodCondition{{Type: v1.ContainersReady, Status: v1.ConditionFalse,
				Message: `containers with unready status: [app]; stopping "proxy"`}}},
		},
		"killed for exceeding its limit": {
			stopping: true, exceeded: map[string]time.Duration{"c://app": 4 * time.Second, "c://certs": time.Second},
			old: v1.PodStatus{ContainerStatuses: []v1.ContainerStatus{dependencyEnded("proxy", 137, "ExceededStopLimit", "did not stop within 2s"),
				dependencyEnded("other", 137, "Error", "")}},
			s: v1.PodStatus{ContainerStatuses: []v1.ContainerStatus{dependencyEnded("app", 137, "Error", "bye"),
				dependencyEnded("proxy", 137, "Error", ""),
				dependencyEnded("certs", 0, "Completed", ""), dependencyEnded("other", 137, "Error", "")}},
			want: v1.PodStatus{ContainerStatuses: []v1.ContainerStatus{
				dependencyEnded("app", 137, "ExceededStopLimit", "bye; did not stop within 4s"),
				dependencyEnded("proxy", 137, "ExceededStopLimit", "did not stop within 2s"),
				dependencyEnded("certs", 0, "Completed", ""), dependencyEnded("other", 137, "Error", "")}},
		},
		"terminal: a container that waited for a restart shows its last termination": {
			stopping: true, terminal: true,
			s: v1.PodStatus{ContainerStatuses: []v1.ContainerStatus{{Name: "app", State: dependencyWaiting("", "CrashLoopBackOff", "").State,
				LastTerminationState: dependencyExited("", 1).State}, dependencyWaiting("proxy", "DependencyFailed", "never")}},
			want: v1.PodStatus{ContainerStatuses: []v1.ContainerStatus{dependencyExited("app", 1),
				dependencyWaiting("proxy", "DependencyFailed", "never")}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			pod := dependencyPod(v1.RestartPolicyOnFailure)
			if tt.initial {
				pod.Spec.InitContainers = []v1.Container{{Name: "init", RestartPolicy: ptr.To(v1.ContainerRestartPolicyAlways)}}
			}
			order := &kuberuntime.PodOrder{Invalid: tt.invalid, Decisions: tt.decisions, Stop: tt.stop, ExceededLimits: tt.exceeded}
			if tt.invalid == nil && !tt.unordered {
				order.Graph = graph(t, pod)
			}
			showPodOrder(pod, order, &tt.old, &tt.s, tt.stopping, tt.terminal)
			if diff := cmp.Diff(tt.want, tt.s, cmpopts.IgnoreFields(v1.PodCondition{}, "LastTransitionTime")); diff != "" {
				t.Errorf("status (-want +got):\n%s", diff)
			}
		})
	}
}

// Nothing says that all containers restart in a pod that is ending: no restart follows, whatever the rules say about the exit
// codes of the containers that are being stopped.
func TestDependencyStatusOfAnEndingPodIsNotRestarting(t *testing.T) {
	rule := v1.ContainerRestartRule{Action: v1.ContainerRestartRuleActionRestartAllContainers,
		ExitCodes: &v1.ContainerRestartRuleOnExitCodes{Operator: v1.ContainerRestartRuleOnExitCodesOpIn, Values: []int32{143}}}
	running, appRuns := map[string]testRecord{"app": isReady, "proxy": isReady}, map[string]testRecord{"app": isReady, "proxy": exitOf(143, 6)}
	appEnded := map[string]testRecord{"app": exitOf(0, 5), "proxy": exitOf(143, 6)}
	for name, tt := range map[string]struct {
		end  moment
		want v1.PodCondition
	}{
		"running: the rule applies": {end: at(appRuns), want: v1.PodCondition{Status: v1.ConditionTrue, Reason: "RestartAllContainersStarted",
			Message: "container exited with restart policy rule"}},
		"stopping":           {end: at(appRuns).stops(true, `stopping "app"`), want: v1.PodCondition{Status: v1.ConditionFalse}},
		"complete":           {end: at(appEnded), want: v1.PodCondition{Status: v1.ConditionFalse, Reason: "PodCompleted"}},
		"complete, stopping": {end: at(appEnded).ends(), want: v1.PodCondition{Status: v1.ConditionFalse, Reason: "PodCompleted"}},
		"complete, another Sidecar still runs": {
			end:  at(map[string]testRecord{"app": exitOf(0, 5), "proxy": exitOf(143, 6), "agent": isReady}).stops(false, `stopping "agent"`),
			want: v1.PodCondition{Status: v1.ConditionFalse}},
	} {
		t.Run(name, func(t *testing.T) {
			k, pod := newStatusKubelet(t), dependencyPod(v1.RestartPolicyNever)
			pod.Spec.Containers = append(pod.Spec.Containers, v1.Container{Name: "agent", RestartPolicy: ptr.To(v1.ContainerRestartPolicyAlways)})
			pod.Annotations[dependency.AnnotationPrefix+"agent"] = `{"type":"Sidecar"}`
			pod.Spec.Containers[1].RestartPolicy = ptr.To(v1.ContainerRestartPolicyNever)
			pod.Spec.Containers[1].RestartPolicyRules = []v1.ContainerRestartRule{rule}
			k.show(t, pod, at(running))
			for range 2 {
				status := k.show(t, pod, tt.end)
				_, got := podutil.GetPodCondition(&status, v1.AllContainersRestarting)
				if got == nil {
					t.Fatal("the status lacks the condition")
				}
				tt.want.Type = v1.AllContainersRestarting
				if diff := cmp.Diff(&tt.want, got, cmpopts.IgnoreFields(v1.PodCondition{}, "LastTransitionTime")); diff != "" {
					t.Errorf("condition (-want +got):\n%s", diff)
				}
			}
		})
	}
}

// A status that is generated again from the same facts stays the same: otherwise every sync would patch it.
func TestDependencyStatusIsStable(t *testing.T) {
	pod := dependencyPod(v1.RestartPolicyNever)
	g, err := ordering.ForPod(pod)
	if err != nil {
		t.Fatal(err)
	}
	order := &kuberuntime.PodOrder{Graph: g, Decisions: g.Decide(dependency.PodObservation{})}
	s := v1.PodStatus{ContainerStatuses: []v1.ContainerStatus{dependencyWaiting("app", "ContainerCreating", ""),
		dependencyWaiting("proxy", "ContainerCreating", "")}}
	showPodOrder(pod, order, &v1.PodStatus{}, &s, false, false)
	again := s.DeepCopy()
	showPodOrder(pod, order, &s, again, false, false)
	if diff := cmp.Diff(&s, again); diff != "" {
		t.Errorf("status changes (-once +twice):\n%s", diff)
	}
	if reason := s.ContainerStatuses[0].State.Waiting.Reason; reason != "WaitingForDependencies" {
		t.Errorf("the waiting container's reason is %q, want WaitingForDependencies", reason)
	}
}
