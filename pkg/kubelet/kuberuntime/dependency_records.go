// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"sync"
	"time"

	kubetypes "k8s.io/apimachinery/pkg/types"

	"k8s.io/kubernetes/pkg/kubelet/metrics"
)

// orderingFields adds what a kubelet process knows of pods that have an order to the runtime manager.
//
//upstream:extend kubeGenericRuntimeManager body=36b01082f96ab0d9
type orderingFields struct {
	records      podRecords
	pinned       pinnedPlans
	stopStatuses stopStatusTurns
}

// podRecords is what a kubelet process remembers of pods that have an order. No decision depends on it: a new process
// starts with no records, and learns what it needs from the runtime and the probes. The zero value is ready for use.
type podRecords struct {
	// lock guards all records.
	lock sync.Mutex
	pods map[kubetypes.UID]*podRecord
	// lastPrune is when prune last ran.
	lastPrune time.Time
	// stopWatching ends the watch for container exits; it is nil if there is none.
	stopWatching context.CancelFunc
}

// pod returns the record of a pod, and creates it if there is none. The caller must hold the lock.
func (r *podRecords) pod(uid kubetypes.UID) *podRecord {
	p, known := r.pods[uid]
	if !known {
		p = &podRecord{began: time.Now(), containers: map[string]*containerRecord{}, instances: map[string]*instanceRecord{}}
		if r.pods == nil {
			r.pods = map[kubetypes.UID]*podRecord{}
		}
		r.pods[uid] = p
		metrics.DependencyPods.Set(float64(len(r.pods)))
	}
	return p
}

// with calls do with the record of a pod, holding the lock.
func (r *podRecords) with(uid kubetypes.UID, do func(p *podRecord)) {
	r.lock.Lock()
	defer r.lock.Unlock()
	do(r.pod(uid))
}

// locked calls do with the lock held, for what outlives the record of its pod.
func (r *podRecords) locked(do func()) {
	r.lock.Lock()
	defer r.lock.Unlock()
	do()
}

// ifKnown is like with, but does nothing for a pod that has no record.
func (r *podRecords) ifKnown(uid kubetypes.UID, do func(p *podRecord)) {
	r.lock.Lock()
	defer r.lock.Unlock()
	if p, known := r.pods[uid]; known {
		do(p)
	}
}

// knows reports whether the pod has a record.
func (r *podRecords) knows(uid kubetypes.UID) bool {
	r.lock.Lock()
	defer r.lock.Unlock()
	_, known := r.pods[uid]
	return known
}

// prunePeriod is the minimum time between two prunes.
const prunePeriod = time.Minute

// prune forgets the pods that are gone, and ends the watch for exits when no pod is left.
func (r *podRecords) prune(gone func(kubetypes.UID) bool) {
	r.lock.Lock()
	defer r.lock.Unlock()
	if time.Since(r.lastPrune) < prunePeriod {
		return
	}
	r.lastPrune = time.Now()
	for uid, p := range r.pods {
		if !p.startsInFlight() && gone(uid) {
			p.releaseAll()
			delete(r.pods, uid)
		}
	}
	metrics.DependencyPods.Set(float64(len(r.pods)))
	if len(r.pods) == 0 && r.stopWatching != nil {
		r.stopWatching()
		r.stopWatching = nil
	}
}
