// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"sync"
)

// imageVolumes are the image volumes of a pod, which all starts of one sync share, as in upstream's SyncPod: the first start
// that needs them pulls their images, and the others get the result, errors included.
type imageVolumes struct {
	lock   sync.Mutex
	pulled chan struct{}
	// pulls and err may be read once pulled is closed.
	pulls imageVolumePulls
	err   error
}

// get returns the result of the one call of pull.
func (v *imageVolumes) get(ctx context.Context, pull func() (imageVolumePulls, error)) (imageVolumePulls, error) {
	v.lock.Lock()
	first := v.pulled == nil
	if first {
		v.pulled = make(chan struct{})
	}
	v.lock.Unlock()
	if first {
		defer close(v.pulled)
		v.pulls, v.err = pull()
		return v.pulls, v.err
	}
	select {
	case <-v.pulled:
		return v.pulls, v.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
