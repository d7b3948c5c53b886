// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"sync"
	"time"

	kubetypes "k8s.io/apimachinery/pkg/types"
)

// orderingFields joins the runtime manager.
//
//upstream:extend kubeGenericRuntimeManager body=36b01082f96ab0d9
type orderingFields struct {
	records podRecords
}

// podRecords are what a kubelet process remembers of pods that have an order. Nothing in them is needed to decide: a new process
// starts without any, and what it cannot know it learns again from the runtime and the probes. The zero value is ready for use.
type podRecords struct {
	// lock guards all records.
	lock sync.Mutex
	pods map[kubetypes.UID]*podRecord
	// lastPrune is when pods that are gone were forgotten last.
	lastPrune time.Time
	// stopWatching ends the watch for exits; it is nil while there is none.
	stopWatching context.CancelFunc
}

// pod returns the record of a pod, which begins now unless there is one; the lock must be held.
func (r *podRecords) pod(uid kubetypes.UID) *podRecord {
	p, known := r.pods[uid]
	if !known {
		p = &podRecord{containers: map[string]*containerRecord{}, instances: map[string]*instanceRecord{}}
		if r.pods == nil {
			r.pods = map[kubetypes.UID]*podRecord{}
		}
		r.pods[uid] = p
	}
	return p
}

// with calls do with the record of a pod, and the lock held.
func (r *podRecords) with(uid kubetypes.UID, do func(p *podRecord)) {
	r.lock.Lock()
	defer r.lock.Unlock()
	do(r.pod(uid))
}

// ifKnown is with for a pod that may have no order: it makes no record.
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

// prunePeriod is how often pods that are gone are forgotten.
const prunePeriod = time.Minute

// prune forgets the pods of which nothing is left, and ends the watch for exits with the last one.
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
	if len(r.pods) == 0 && r.stopWatching != nil {
		r.stopWatching()
		r.stopWatching = nil
	}
}
