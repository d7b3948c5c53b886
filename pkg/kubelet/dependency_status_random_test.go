// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"flag"
	"math/rand"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/events"
)

var statusSeed = flag.Int64("dependency-status-seed", 20261126, "seed of the random histories of statuses; 0 is the time")

// Whatever happens to a pod, if the API server accepts upstream's status, then it and the status manager accept the status
// with the effects of the order.
func TestDependencyStatusOfRandomHistoriesIsAccepted(t *testing.T) {
	seed := *statusSeed
	if seed == 0 {
		seed = time.Now().UnixNano()
	}
	t.Logf("repeat with -dependency-status-seed=%d", seed)
	random := rand.New(rand.NewSource(seed))
	reasons, accepted := map[string]int{}, 0
	for range 150 {
		k, h := newStatusKubelet(t), newStatusHistory(random)
		for range 30 {
			h.step()
			podStatus := k.see(t, h.pod, h.moment)
			order := k.orders.PodOrder(t.Context(), h.pod, podStatus)
			upstream := k.upstreamGenerateAPIPodStatus(t.Context(), order.InForce(h.pod, h.terminal), podStatus, h.terminal)
			if validateStatusUpdate(h.pod, upstream) != nil {
				continue
			}
			status := k.generateAPIPodStatus(t.Context(), h.pod, podStatus, h.terminal)
			if err := k.accept(t, h.pod, status); err != nil {
				t.Fatalf("%v\nmoment %+v\npod %+v", err, h.moment, h.pod)
			}
			accepted++
			for _, c := range status.ContainerStatuses {
				if c.State.Waiting != nil {
					reasons[c.State.Waiting.Reason]++
				}
			}
		}
	}
	for _, reason := range []string{events.WaitingForDependencies, events.DependencyFailed, events.InvalidContainerLifecycle} {
		if reasons[reason] == 0 {
			t.Errorf("no container waited for the reason %s: the histories do not cover it", reason)
		}
	}
	if accepted < 1500 {
		t.Errorf("only %d of 4500 statuses were accepted: the histories are not those of a kubelet", accepted)
	}
}

// statusHistory is the history of a random pod.
type statusHistory struct {
	random *rand.Rand
	pod    *v1.Pod
	moment
}

func newStatusHistory(random *rand.Rand) *statusHistory {
	policies := []v1.RestartPolicy{v1.RestartPolicyAlways, v1.RestartPolicyOnFailure, v1.RestartPolicyNever}
	pod := restartablePod(policies[random.Intn(3)], nil)
	pod.Spec.Containers = append(pod.Spec.Containers, v1.Container{Name: "certs", RestartPolicy: ptr.To(v1.ContainerRestartPolicyNever)})
	for i := range pod.Spec.Containers[:2] {
		own := []v1.ContainerRestartPolicy{"", v1.ContainerRestartPolicyAlways, v1.ContainerRestartPolicyOnFailure,
			v1.ContainerRestartPolicyNever}
		if policy := own[random.Intn(4)]; policy != "" {
			pod.Spec.Containers[i].RestartPolicy = &policy
		}
	}
	setOrder(pod, validOrder)
	return &statusHistory{random: random, pod: pod, moment: moment{records: map[string]testRecord{}}}
}

// step lets something happen to the pod and to each of its containers, or nothing.
func (h *statusHistory) step() {
	switch h.random.Intn(12) {
	case 0:
		setOrder(h.pod, invalidOrder)
	case 1:
		setOrder(h.pod, validOrder)
	case 2:
		h.lost = h.sandbox > 0
	case 3, 4, 5:
		if h.sandbox == 0 || h.lost {
			h.sandbox, h.lost = h.sandbox+1, false
		}
	case 6:
		h.stopping = h.stopping || h.random.Intn(4) == 0
	case 7:
		delete(h.records, h.pod.Spec.Containers[h.random.Intn(3)].Name)
	}
	running := false
	for _, c := range []string{"init", "certs", "proxy", "app"} {
		if r, known := h.records[c]; known || h.random.Intn(2) == 0 {
			h.stepOf(c, r, known)
		}
		running = running || h.records[c].state == kubecontainer.ContainerStateRunning
	}
	h.terminal = h.terminal || h.stopping && !running
}

func (h *statusHistory) stepOf(name string, r testRecord, known bool) {
	gone := h.sandbox == 0 || h.lost
	switch {
	case known && r.state == kubecontainer.ContainerStateRunning && (gone || h.random.Intn(4) == 0):
		code := []int{0, 0, 1, 42}[h.random.Intn(4)]
		h.records[name] = exitOf(code, 5).restarted(r.restarts).in(gone)
	case gone || h.stopping:
	case !known:
		h.records[name] = isReady
	case r.state == kubecontainer.ContainerStateExited && mayRestart(h.pod, name, int32(r.exitCode)) && h.random.Intn(2) == 0:
		h.records[name] = isReady.restarted(r.restarts + 1)
	}
}
