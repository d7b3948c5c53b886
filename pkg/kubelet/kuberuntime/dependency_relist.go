// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import kubetypes "k8s.io/apimachinery/pkg/types"

// The kubelet relists a pod after each sync with results, because the next sync waits for a status that is newer than the last one, and
// otherwise for the next relist of all pods, up to a second. While a start is in flight, the next sync mostly is the one after its end,
// which asks for a relist of its own.

// leavesRelistToStarts spares the relist after the sync while a start is in flight, unless the answer of a probe may open a gate before
// the start ends.
func (s *podSync) leavesRelistToStarts() {
	if len(s.awaited) > 0 || s.result.Error() != nil || len(s.result.SyncResults) == 0 {
		return
	}
	s.records.with(s.pod.UID, func(p *podRecord) { p.startsRelist = true })
}

// SkipPostSyncRelist implements Orderer. The relist because of what has ended since the status of the sync was read may be too old for the
// next sync.
func (m *kubeGenericRuntimeManager) SkipPostSyncRelist(podUID kubetypes.UID) (skip bool) {
	m.records.ifKnown(podUID, func(p *podRecord) {
		skip = p.startsRelist && p.startsInFlight() && !p.changed.After(p.shown)
		p.startsRelist = false
	})
	return skip
}
