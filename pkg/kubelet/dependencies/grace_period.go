// SPDX-License-Identifier: Apache-2.0

package dependencies

import (
	"sync"

	"k8s.io/apimachinery/pkg/types"
)

// gracePeriods are the stops that want to hear that the grace period of their pod has been shortened: upstream's pod worker
// takes note of that, and tells nobody who is stopping the pod.
var gracePeriods = struct {
	sync.Mutex
	watchers map[types.UID]map[chan int64]bool
}{watchers: map[types.UID]map[chan int64]bool{}}

// PublishGracePeriod says that the grace period of a pod that is stopping is so many seconds from now on.
func PublishGracePeriod(uid types.UID, seconds int64) {
	gracePeriods.Lock()
	defer gracePeriods.Unlock()
	for watcher := range gracePeriods.watchers[uid] {
		select {
		case <-watcher:
			// Nobody has read the one before.
		default:
		}
		watcher <- seconds
	}
}

// WatchGracePeriod returns the newest grace period in seconds that is published for the pod, until stop is called.
func WatchGracePeriod(uid types.UID) (seconds <-chan int64, stop func()) {
	watcher := make(chan int64, 1)
	gracePeriods.Lock()
	defer gracePeriods.Unlock()
	if gracePeriods.watchers[uid] == nil {
		gracePeriods.watchers[uid] = map[chan int64]bool{}
	}
	gracePeriods.watchers[uid][watcher] = true
	return watcher, func() {
		gracePeriods.Lock()
		defer gracePeriods.Unlock()
		if delete(gracePeriods.watchers[uid], watcher); len(gracePeriods.watchers[uid]) == 0 {
			delete(gracePeriods.watchers, uid)
		}
	}
}
