// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"

	utilruntime "k8s.io/apimachinery/pkg/util/runtime"

	"k8s.io/kubernetes/pkg/kubelet/ordering"
)

var _ ordering.ContainerStart = (*containerStart)(nil)

// startPull is the pull of an image by the start of a container. A cancelled start leaves it behind: if it was cut off,
// that would count for the image manager's back-off, and delay the start in the pod's next sandbox.
type startPull struct {
	done chan struct{}
	// The results may be read once done is closed.
	imageRef, message string
	err               error
}

// Pull implements ContainerStart. It first waits for the pull that an earlier start of the container has left behind, so
// that a container has at most one pull of an image in the node's queue.
func (s *containerStart) Pull(ctx context.Context, image string, pull ordering.PullFunc) (imageRef, message string, err error) {
	var left *startPull
	s.records.locked(func() { left = s.pulls[image] })
	if left != nil {
		select {
		case <-left.done:
		case <-s.life.Done():
		}
	}
	p := &startPull{done: make(chan struct{})}
	refused := false
	s.records.locked(func() {
		if refused = s.isCancelled(); !refused {
			s.pulls[image] = p
		}
	})
	if refused {
		return "", "", errStartCancelled
	}
	go func() {
		defer utilruntime.HandleCrashWithContext(ctx)
		defer s.records.locked(func() {
			delete(s.pulls, image)
			close(p.done)
		})
		p.imageRef, p.message, p.err = pull(ctx)
	}()
	select {
	case <-p.done:
		return p.imageRef, p.message, p.err
	case <-s.life.Done():
		return "", "", errStartCancelled
	}
}
