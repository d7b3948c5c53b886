// SPDX-License-Identifier: Apache-2.0

package pleg

import (
	"context"
	"sync"

	"github.com/go-logr/logr"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/klog/v2"

	"k8s.io/kubernetes/pkg/kubelet/metrics"
)

// syncRequestFields adds the requests for syncs to the PLEG.
//
//upstream:extend GenericPLEG body=11567766b8acbaf2
type syncRequestFields struct {
	// podsToSync are the pods whose next relist must cause a sync: map: podUID -> empty.
	podsToSync sync.Map
}

// SyncRequester is what the generic PLEG does for pods that have an order, in addition to upstream's PodLifecycleEventGenerator.
type SyncRequester interface {
	// RequestSync makes the next relist that can inspect the pod send an event that causes a sync, whatever has changed.
	//
	// RequestReinspect does not, although upstream means it to (https://github.com/kubernetes/kubernetes/pull/137363): PodSync is
	// sent only if the relist finds no change at all, and the kubelet does not sync for two kinds of change, a dead container that is
	// removed and a container that is created.
	RequestSync(podUID types.UID)
}

var _ SyncRequester = (*GenericPLEG)(nil)

// RequestSync implements SyncRequester.
func (g *GenericPLEG) RequestSync(podUID types.UID) { g.podsToSync.Store(podUID, empty) }

// reconcilePodRecord sends the event that has been requested.
//
//upstream:wrap (*GenericPLEG).reconcilePodRecord body=435aab341497b8f5
func (g *GenericPLEG) reconcilePodRecord(ctx context.Context, pid types.UID) {
	_, requested := g.podsToSync.LoadAndDelete(pid)
	if !requested {
		g.upstreamReconcilePodRecord(ctx, pid)
		return
	}
	events, syncs := g.sends(pid)
	// Nobody else sends.
	room := cap(g.eventChannel) - len(g.eventChannel)
	g.podsToReinspect.Store(pid, empty)
	g.upstreamReconcilePodRecord(ctx, pid)
	if _, failed := g.podsToReinspect.Load(pid); failed || syncs && room < events {
		// It could not be inspected, or events may have been discarded: the next relist is to try again.
		g.podsToSync.Store(pid, empty)
		return
	}
	if syncs {
		return
	}
	select {
	case g.eventChannel <- &PodLifecycleEvent{ID: pid, Type: PodSync}:
	default:
		metrics.PLEGDiscardEvents.Inc()
		klog.FromContext(ctx).Error(nil, "The event channel is full, the next relist requests the sync again", "podUID", pid)
		g.podsToSync.Store(pid, empty)
	}
}

// sends returns how many events upstream sends when it inspects the pod, and whether one of them causes a sync.
func (g *GenericPLEG) sends(pid types.UID) (events int, syncs bool) {
	before, now := g.podRecords.getOld(pid), g.podRecords.getCurrent(pid)
	changed := false
	for _, c := range getContainersFromPods(before, now) {
		for _, event := range computeEvents(logr.Discard(), before, now, &c.ID) {
			changed = true
			if event.Type != ContainerChanged {
				events++
				syncs = syncs || event.Type != ContainerRemoved
			}
		}
	}
	if !changed {
		// PodSync.
		return 1, true
	}
	return events, syncs
}
