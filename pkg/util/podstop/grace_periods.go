// SPDX-License-Identifier: Apache-2.0

package podstop

import (
	"sync"

	"k8s.io/apimachinery/pkg/types"
)

// GracePeriods carries the news that the grace period of a pod has been shortened to whoever is stopping the pod. Its zero
// value is ready for use, and it is safe for concurrent use.
type GracePeriods struct {
	lock     sync.Mutex
	watchers map[types.UID]map[chan int64]bool
}

// Publish says that the grace period of a pod that is stopping is so many seconds from now on. It never waits for a watcher.
func (g *GracePeriods) Publish(uid types.UID, seconds int64) {
	g.lock.Lock()
	defer g.lock.Unlock()
	for watcher := range g.watchers[uid] {
		select {
		case <-watcher:
			// Nobody has read the one before.
		default:
		}
		watcher <- seconds
	}
}

// Watch returns the newest grace period in seconds that is published for the pod, until stop is called.
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
