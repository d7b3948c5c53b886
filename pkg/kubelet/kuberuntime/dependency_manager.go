// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"maps"
	"sync"
	"time"

	kubetypes "k8s.io/apimachinery/pkg/types"

	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/metrics"
)

// dependencyFields joins the runtime manager.
//
//upstream:extend kubeGenericRuntimeManager body=36b01082f96ab0d9
type dependencyFields struct {
	dependencies dependencyManager
}

// dependencyManager is what a kubelet process remembers of pods whose containers have an order. Nothing in it is needed
// to decide: a new process starts with an empty one, and what it cannot know it learns again from the runtime and the
// probes. Its zero value is ready for use.
type dependencyManager struct {
	lock sync.Mutex
	pods map[kubetypes.UID]*orderedPod
	// lastPrune is when pods that are gone were forgotten last.
	lastPrune time.Time
	// stopWatching ends the watch for exits; it is nil while there is none.
	stopWatching context.CancelFunc
}

// orderedPod is what is remembered of one pod. It is guarded by the lock of its manager.
type orderedPod struct {
	// starts are the starts in flight, by container name.
	starts map[string]*containerStart
	// pulls are the images that are pulled while their containers wait, by container name.
	pulls map[string]*imagePull
	// finished are the results of starts that ended since the last sync.
	finished []finishedStart
	// failures are starts that failed and are not due to be tried again, by container name.
	failures map[string]*startFailure
	// startDone are the names of the containers whose last start by this process has done all it had to, the postStart
	// hook included.
	startDone map[string]bool
	// lastEnd is when a start ended last. A status of the pod that is older may lack the container.
	lastEnd time.Time
	// seenStarted are the IDs of the containers that this process saw to be Started.
	seenStarted map[string]bool
	// synced tells that this process has synced the pod, so that it has seen its termination begin.
	synced bool
	// stop is the clock of the stop that has begun.
	stop *stopClock
	// stopMessage, if set, says how far the stop is that is going on.
	stopMessage func() string
	// exceeded are the limits of the containers that were killed because they did not stop within these, by container ID.
	exceeded map[string]time.Duration
	// hooks are the IDs of the containers whose preStop hook this process has run.
	hooks map[string]bool
	// waits are the containers that are held back, by name.
	waits map[string]*containerWait
	// announced are the messages of warnings that have been given, by what they are about.
	announced map[string]string
}

// pod returns what is remembered of a pod; the lock must be held.
func (d *dependencyManager) pod(uid kubetypes.UID) *orderedPod {
	p, known := d.pods[uid]
	if !known {
		p = &orderedPod{
			starts:      map[string]*containerStart{},
			pulls:       map[string]*imagePull{},
			failures:    map[string]*startFailure{},
			startDone:   map[string]bool{},
			seenStarted: map[string]bool{},
			hooks:       map[string]bool{},
			exceeded:    map[string]time.Duration{},
			waits:       map[string]*containerWait{},
			announced:   map[string]string{},
		}
		if d.pods == nil {
			d.pods = map[kubetypes.UID]*orderedPod{}
		}
		d.pods[uid] = p
	}
	return p
}

// prunePeriod is how often pods that are gone are forgotten.
const prunePeriod = time.Minute

// prune forgets the pods of which nothing is left, and ends the watch for exits with the last one.
func (d *dependencyManager) prune(gone func(kubetypes.UID) bool) {
	d.lock.Lock()
	defer d.lock.Unlock()
	if time.Since(d.lastPrune) < prunePeriod {
		return
	}
	d.lastPrune = time.Now()
	for uid, p := range d.pods {
		if len(p.starts) == 0 && gone(uid) {
			metrics.DependencyBlockedContainers.Add(-float64(len(p.waits)))
			p.endPulls()
			delete(d.pods, uid)
		}
	}
	if len(d.pods) == 0 && d.stopWatching != nil {
		d.stopWatching()
		d.stopWatching = nil
	}
}

// announce tells whether a warning is new: whether its message is another than the last one about the same thing.
func (d *dependencyManager) announce(uid kubetypes.UID, about, message string) bool {
	d.lock.Lock()
	defer d.lock.Unlock()
	p := d.pod(uid)
	if p.announced[about] == message {
		return false
	}
	p.announced[about] = message
	return true
}

// syncs takes note of a sync of the pod.
func (d *dependencyManager) syncs(uid kubetypes.UID) {
	d.lock.Lock()
	defer d.lock.Unlock()
	d.pod(uid).synced = true
}

// hookRuns takes note that the preStop hook of a container runs, and tells whether it may: it runs once for each container
// and kubelet process.
func (d *dependencyManager) hookRuns(uid kubetypes.UID, containerID string) bool {
	d.lock.Lock()
	defer d.lock.Unlock()
	p := d.pod(uid)
	first := !p.hooks[containerID]
	p.hooks[containerID] = true
	return first
}

// hooksRun takes note that the preStop hooks of containers that are killed on their own run.
func (d *dependencyManager) hooksRun(uid kubetypes.UID, kills map[kubecontainer.ContainerID]containerToKillInfo) {
	for id := range kills {
		d.hookRuns(uid, id.ID)
	}
}

// forgetOthers forgets what was seen of containers that the runtime has removed; the lock must be held.
func (p *orderedPod) forgetOthers(podStatus *kubecontainer.PodStatus) {
	known := map[string]bool{}
	for _, status := range podStatus.ContainerStatuses {
		known[status.ID.ID], known[status.ID.String()] = true, true
	}
	for _, seen := range []map[string]bool{p.seenStarted, p.hooks} {
		maps.DeleteFunc(seen, func(id string, _ bool) bool { return !known[id] })
	}
	maps.DeleteFunc(p.exceeded, func(id string, _ time.Duration) bool { return !known[id] })
}
