// SPDX-License-Identifier: Apache-2.0

package prober

import (
	"context"
	"sync"

	"golang.org/x/time/rate"

	"k8s.io/apimachinery/pkg/types"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
)

// managerEager adds the extra probes to the probe manager.
//
//upstream:extend manager body=6fe367a15819d482
type managerEager struct {
	eager eagerProbes
}

// eagerProbes holds the probes that run more often than their periods. Its zero value is ready for use.
type eagerProbes struct {
	lock sync.Mutex
	// pods has only pods with extra probes.
	pods          map[types.UID]*eagerPod
	exec, network probeLimit
}

// eagerPod holds the extra probes of one pod, and its shares of the node's limits. It has at most one probe for each
// container.
type eagerPod struct {
	probes        map[probeKey]*eagerProbe
	exec, network *rate.Limiter
}

// Awaiter is what the manager does for pods that have an order, in addition to upstream's Manager.
type Awaiter interface {
	// AwaitProbes sets which probes of a pod other containers wait for, and replaces the previous set.
	AwaitProbes(ctx context.Context, podUID types.UID, awaited map[string]dependency.Condition)
}

var _ Awaiter = (*manager)(nil)

// AwaitProbes sets which probes of a pod other containers wait for: the startup probes of the containers with Started,
// the readiness probes of those with Ready. They run more often than their periods, until they succeed or are no longer
// awaited. Each call replaces the previous set of the pod; nil ends all extra probes of the pod.
func (m *manager) AwaitProbes(ctx context.Context, podUID types.UID, awaited map[string]dependency.Condition) {
	workers := map[probeKey]*worker{}
	for name, condition := range awaited {
		key := probeKey{podUID: podUID, containerName: name, probeType: readiness}
		if condition == dependency.Started {
			key.probeType = startup
		}
		if w, exists := m.getWorker(key.podUID, key.containerName, key.probeType); exists {
			workers[key] = w
		}
	}

	m.eager.lock.Lock()
	defer m.eager.lock.Unlock()
	if pod := m.eager.pods[podUID]; pod != nil {
		for key, probe := range pod.probes {
			if workers[key] != probe.worker {
				probe.cancel()
				delete(pod.probes, key)
			}
		}
	}
	for key, w := range workers {
		pod := m.eager.pod(podUID)
		if pod.probes[key] != nil {
			continue
		}
		// Like the worker, extra probes outlive the context of the sync.
		eagerCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
		probe := &eagerProbe{worker: w, key: key, group: pod, cancel: cancel}
		pod.probes[key] = probe
		go probe.run(eagerCtx)
	}
	m.eager.forgetIfDone(podUID)
}

// pod returns the pod's record, which it creates if there is none. The lock must be held.
func (e *eagerProbes) pod(uid types.UID) *eagerPod {
	if e.pods == nil {
		e.pods = map[types.UID]*eagerPod{}
		e.exec, e.network = newProbeLimit(execProbesPerSecond), newProbeLimit(networkProbesPerSecond)
	}
	if e.pods[uid] == nil {
		e.pods[uid] = &eagerPod{probes: map[probeKey]*eagerProbe{}, exec: e.exec.newShare(), network: e.network.newShare()}
	}
	return e.pods[uid]
}

// forgetIfDone drops the pod's record if the pod has no extra probes. The lock must be held.
func (e *eagerProbes) forgetIfDone(uid types.UID) {
	if pod := e.pods[uid]; pod != nil && len(pod.probes) == 0 {
		delete(e.pods, uid)
	}
}

// ended drops the record of a probe that has ended by itself: the next AwaitProbes may start another one.
func (e *eagerProbes) ended(probe *eagerProbe) {
	e.lock.Lock()
	defer e.lock.Unlock()
	if probe.group.probes[probe.key] == probe {
		delete(probe.group.probes, probe.key)
		e.forgetIfDone(probe.key.podUID)
	}
}

// take takes a token for one execution of the probe, and reports whether there was one.
func (e *eagerProbes) take(probe *eagerProbe) bool {
	e.lock.Lock()
	defer e.lock.Unlock()
	if probe.spec.Exec != nil {
		return e.exec.take(probe.group.exec, len(e.pods))
	}
	return e.network.take(probe.group.network, len(e.pods))
}
