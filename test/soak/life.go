// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	v1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/retry"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/utils/ptr"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	"k8s.io/kubernetes/pkg/kubelet/events"
	"k8s.io/kubernetes/test/utils/ordercheck"
)

// life is the life of one pod.
type life struct {
	*soak
	random  *rand.Rand
	subject *ordercheck.Subject
	pod     *v1.Pod
	name    string
	uid     types.UID
}

// drawLife returns the pod of a seed and number, which is the same every time.
func drawLife(seed, number uint64) (*ordercheck.Subject, *rand.Rand) {
	random := rand.New(rand.NewPCG(seed, number+1))
	return ordercheck.NewSubject(random), random
}

func newLife(s *soak, number uint64) *life {
	l := &life{soak: s, name: fmt.Sprintf("soak-%d", number)}
	l.subject, l.random = drawLife(s.options.Seed, number)
	l.pod = realPod(l.subject, l.name, s.node, s.options.Ordered, l.random)
	return l
}

// live creates the pod, lets things happen to it, and deletes it.
func (l *life) live(ctx context.Context) {
	defer l.gone.Add(1)
	created, err := l.client.CoreV1().Pods(l.pod.Namespace).Create(ctx, l.pod, metav1.CreateOptions{})
	if err != nil {
		if ctx.Err() == nil {
			l.isLate("%s cannot be created: %v", l.name, err)
		}
		return
	}
	l.created.Add(1)
	l.uid = created.UID
	l.log.add(Event{Kind: podCreated, Pod: string(l.uid), Name: l.name})
	l.lock.Lock()
	l.lives = append(l.lives, l)
	l.lock.Unlock()

	keepsSandbox := l.random.IntN(2) == 0
	for range 2 + l.random.IntN(8) {
		if !l.pause(ctx, time.Duration(1000+l.random.IntN(9000))*time.Millisecond) {
			return
		}
		l.incident(ctx, keepsSandbox)
	}
	if l.random.IntN(4) == 0 {
		if !l.pause(ctx, 4*l.options.Sight) {
			return
		}
		l.rest(ctx)
	}
	l.delete(ctx)
}

func (l *life) pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

func (l *life) happens(what string, e Event) {
	l.incidents.Add(1)
	if e.Kind == "" {
		e.Kind = incidentHappened
	}
	e.Pod, e.Reason = string(l.uid), what
	l.log.add(e)
}

// incident lets something random happen to the pod. What an edit of the annotations must not change is the order in force, so
// a pod whose annotations are edited keeps its sandbox.
func (l *life) incident(ctx context.Context, keepsSandbox bool) {
	n := l.random.IntN(100)
	pick := l.random.IntN(1 << 20)
	switch {
	case n < 25:
		if c, pid := l.container(ctx, pick); pid > 0 {
			l.happens("container killed", Event{Container: c.Id, Name: c.Metadata.Name})
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	case n < 45:
		if c, pid := l.container(ctx, pick); pid > 0 {
			l.happens("readiness lost or found", Event{Container: c.Id, Name: c.Metadata.Name})
			root := fmt.Sprintf("/proc/%d/root", pid)
			if os.Remove(root+readyFile) != nil {
				_ = os.WriteFile(root+readyFile, nil, 0o644)
			}
		}
	case n < 55:
		if c, pid := l.container(ctx, pick); pid > 0 {
			l.happens("container sick", Event{Container: c.Id, Name: c.Metadata.Name})
			_ = os.WriteFile(fmt.Sprintf("/proc/%d/root%s", pid, sickFile), nil, 0o644)
		}
	case n < 70 && keepsSandbox:
		l.edit(ctx)
	case n < 78 && !keepsSandbox:
		l.killSandbox(ctx)
	}
}

// container returns a random container of the pod that runs, and its process.
func (l *life) container(ctx context.Context, pick int) (*runtimeapi.Container, int) {
	found, err := l.runtime.ListContainers(ctx, &runtimeapi.ListContainersRequest{Filter: &runtimeapi.ContainerFilter{
		State:         &runtimeapi.ContainerStateValue{State: runtimeapi.ContainerState_CONTAINER_RUNNING},
		LabelSelector: map[string]string{uidLabel: string(l.uid)}}})
	if err != nil || len(found.Containers) == 0 {
		return nil, 0
	}
	slices.SortFunc(found.Containers, func(a, b *runtimeapi.Container) int {
		return strings.Compare(a.Metadata.Name, b.Metadata.Name)
	})
	c := found.Containers[pick%len(found.Containers)]
	if spec := l.subject.Container(c.Metadata.Name); l.subject.Regular(spec.Name) == nil && spec.RestartPolicy == nil {
		// The pod may not survive the failure of a plain init container.
		return nil, 0
	}
	status, err := l.runtime.ContainerStatus(ctx, &runtimeapi.ContainerStatusRequest{ContainerId: c.Id, Verbose: true})
	if err != nil {
		return nil, 0
	}
	return c, pidIn(status.Info)
}

// pidIn returns the process in containerd's verbose answer, or 0.
func pidIn(info map[string]string) int {
	var answer struct{ Pid int }
	if json.Unmarshal([]byte(info["info"]), &answer) != nil {
		return 0
	}
	return answer.Pid
}

func (l *life) killSandbox(ctx context.Context) {
	found, err := l.runtime.ListPodSandbox(ctx, &runtimeapi.ListPodSandboxRequest{Filter: &runtimeapi.PodSandboxFilter{
		State:         &runtimeapi.PodSandboxStateValue{State: runtimeapi.PodSandboxState_SANDBOX_READY},
		LabelSelector: map[string]string{uidLabel: string(l.uid)}}})
	if err != nil || len(found.Items) == 0 {
		return
	}
	id := found.Items[0].Id
	status, err := l.runtime.PodSandboxStatus(ctx, &runtimeapi.PodSandboxStatusRequest{PodSandboxId: id, Verbose: true})
	if err != nil {
		return
	}
	if pid := pidIn(status.Info); pid > 0 {
		l.happens("sandbox killed", Event{Kind: sandboxKilled, Sandbox: id})
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
}

func (l *life) edit(ctx context.Context) {
	pods := l.client.CoreV1().Pods(l.pod.Namespace)
	seed := l.random.Uint64()
	err := retry.RetryOnConflict(retry.DefaultRetry, func() error {
		pod, err := pods.Get(ctx, l.name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		if !hasSandbox(pod) {
			// The order that the pod declares when its sandbox is created is in force. The checker knows the first one.
			return nil
		}
		name := edit(pod, rand.New(rand.NewPCG(seed, 0)))
		l.happens("pod edited", Event{Kind: podEdited, Name: name})
		_, err = pods.Update(ctx, pod, metav1.UpdateOptions{})
		return err
	})
	if err != nil && ctx.Err() == nil && !apierrors.IsNotFound(err) {
		l.isLate("%s cannot be edited: %v", l.name, err)
	}
}

// hasSandbox reports whether the kubelet has said that the pod has a sandbox.
func hasSandbox(pod *v1.Pod) bool {
	return slices.ContainsFunc(pod.Status.Conditions, func(c v1.PodCondition) bool {
		return c.Type == v1.PodReadyToStartContainers && c.Status == v1.ConditionTrue
	})
}

// rest records what the pod's status shows.
func (l *life) rest(ctx context.Context) {
	pod, err := l.client.CoreV1().Pods(l.pod.Namespace).Get(ctx, l.name, metav1.GetOptions{})
	if err != nil {
		return
	}
	initialized := slices.ContainsFunc(pod.Status.Conditions, func(c v1.PodCondition) bool {
		return c.Type == v1.PodInitialized && c.Status == v1.ConditionTrue
	})
	shown := map[string]ordercheck.Shown{}
	for _, c := range pod.Status.ContainerStatuses {
		waiting := c.State.Waiting
		switch {
		case waiting == nil:
		case waiting.Reason == events.WaitingForDependencies:
			shown[c.Name] = ordercheck.Shown{Gate: dependency.Waiting, Message: waiting.Message}
		case waiting.Reason == events.DependencyFailed:
			shown[c.Name] = ordercheck.Shown{Gate: dependency.Unreachable, Message: waiting.Message}
		case !initialized || waiting.Reason == "CrashLoopBackOff" || strings.HasSuffix(waiting.Reason, "Error"):
			shown[c.Name] = ordercheck.Shown{BackOff: true, Message: waiting.Reason}
		default:
			shown[c.Name] = ordercheck.Shown{Message: waiting.Reason}
		}
	}
	l.log.add(Event{Kind: podRests, Pod: string(l.uid), Shown: shown, Phase: string(pod.Status.Phase)})
}

// delete deletes the pod, perhaps twice, and waits until it is gone.
func (l *life) delete(ctx context.Context) {
	grace := []int64{1, 2, 10, 30, 60}[l.random.IntN(5)]
	l.deleteWith(ctx, grace)
	began := time.Now()
	if grace > 10 && l.random.IntN(4) == 0 {
		if !l.pause(ctx, 3*time.Second) {
			return
		}
		l.deleteWith(ctx, 5)
	}
	// The kubelet may be away, and the machine slow. The limit tells a pod that hangs from one that takes its time.
	limit := time.Duration(grace)*time.Second + 6*l.options.Sight + time.Minute
	for said := false; ; {
		_, err := l.client.CoreV1().Pods(l.pod.Namespace).Get(ctx, l.name, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			l.log.add(Event{Kind: podGone, Pod: string(l.uid)})
			return
		}
		if !said && time.Since(began) > limit {
			said = true
			l.isLate("%s, deleted with a grace period of %d s, is not gone after %s", l.name, grace, limit)
		}
		if time.Since(began) > 3*limit || !l.pause(ctx, time.Second) {
			return
		}
	}
}

func (l *life) deleteWith(ctx context.Context, grace int64) {
	l.happens("pod deleted", Event{Kind: podDeleted, Grace: grace})
	err := l.client.CoreV1().Pods(l.pod.Namespace).Delete(ctx, l.name, metav1.DeleteOptions{GracePeriodSeconds: ptr.To(grace)})
	if err != nil && !apierrors.IsNotFound(err) && ctx.Err() == nil {
		l.isLate("%s cannot be deleted: %v", l.name, err)
	}
}

// describe returns what a reader of the pod's timeline must know.
func (l *life) describe() string { return describe(l.name, l.subject) }

func describe(name string, p *ordercheck.Subject) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s: policy %s, grace %ds\n", name, p.Spec.RestartPolicy, *p.Spec.TerminationGracePeriodSeconds)
	for _, c := range slices.Concat(p.Spec.InitContainers, p.Spec.Containers) {
		policy := "-"
		if c.RestartPolicy != nil {
			policy = string(*c.RestartPolicy)
		}
		said, _ := json.Marshal(p.Said[c.Name])
		fmt.Fprintf(&text, "  %s: restarts %s, readiness %t, startup %t, hooks %t, %+v\n     says %s, waits for %v\n", c.Name, policy,
			c.ReadinessProbe != nil, c.StartupProbe != nil, c.Lifecycle != nil, *p.Habits[c.Name], said, p.Edges[c.Name])
	}
	return text.String()
}
