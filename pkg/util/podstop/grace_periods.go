// SPDX-License-Identifier: Apache-2.0

package podstop

import (
	"sync"

	"k8s.io/apimachinery/pkg/types"
)

// GracePeriods notifies the goroutines that stop a pod when the pod's grace period is shortened. The zero value is ready for
// use. It is safe for concurrent use.
type GracePeriods struct {
	lock     sync.Mutex
	watchers map[types.UID]map[chan int64]bool
}

// Publish notifies the watchers of the pod of its new grace period in seconds, which begins now. It never blocks.
func (g *GracePeriods) Publish(uid types.UID, seconds int64) {
	g.lock.Lock()
	defer g.lock.Unlock()
	for watcher := range g.watchers[uid] {
		select {
		case <-watcher:
			// The watcher has not received the previous period. The new one replaces it.
		default:
		}
		watcher <- seconds
	}
}

// Watch returns a channel with the latest grace period published for the pod, in seconds. The caller must call stop.
func (g *GracePeriods) Watch(uid types.UID) (seconds <-chan int64, stop func()) {
	watcher := make(chan int64, 1)
	g.lock.Lock()
	defer g.lock.Unlock()
	if g.watchers == nil {
		g.watchers = map[types.UID]map[chan int64]bool{}
	}
	if g.watchers[uid] == nil {
		g.watchers[uid] = map[chan int64]bool{}
	}
	g.watchers[uid][watcher] = true
	return watcher, func() {
		g.lock.Lock()
		defer g.lock.Unlock()
		if delete(g.watchers[uid], watcher); len(g.watchers[uid]) == 0 {
			delete(g.watchers, uid)
		}
	}
}
