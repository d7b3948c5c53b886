// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	kubetypes "k8s.io/apimachinery/pkg/types"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/klog/v2"
)

const (
	// exitWatchPause is the pause before a broken watch is begun anew. Meanwhile exits are noticed by the relist.
	exitWatchPause = time.Second
	// exitEvents is how many events of the runtime may wait to be looked at.
	exitEvents = 1000
)

// watchExits lets the kubelet hear from the runtime of the ends of containers, where its periodic relist is up to a second
// late: others may wait for them. It watches while there are pods with an order, and asks for a relist of those pods alone.
// Upstream does the same for all pods under the gate EventedPLEG.
func (m *kubeGenericRuntimeManager) watchExits(ctx context.Context) {
	helper := m.helper()
	if helper == (noHelp{}) {
		return
	}
	r := &m.records
	r.lock.Lock()
	defer r.lock.Unlock()
	if r.stopWatching != nil {
		return
	}
	ctx, r.stopWatching = context.WithCancel(context.WithoutCancel(ctx))
	events := make(chan *runtimeapi.ContainerEventResponse, exitEvents)
	go m.streamEvents(ctx, events)
	go m.relistOnExit(ctx, helper, events)
}

// streamEvents until the context ends, or the runtime says that it has no such stream.
func (m *kubeGenericRuntimeManager) streamEvents(ctx context.Context, events chan *runtimeapi.ContainerEventResponse) {
	defer utilruntime.HandleCrashWithContext(ctx)
	defer close(events)
	for ctx.Err() == nil {
		err := m.runtimeService.GetContainerEvents(ctx, events, nil)
		if status.Code(err) == codes.Unimplemented {
			klog.FromContext(ctx).V(2).Info("The container runtime has no stream of events: exits of containers are noticed by relists", "err", err)
			return
		}
		klog.FromContext(ctx).V(4).Info("The stream of the container runtime's events has ended", "err", err)
		select {
		case <-ctx.Done():
		case <-time.After(exitWatchPause):
		}
	}
}

func (m *kubeGenericRuntimeManager) relistOnExit(ctx context.Context, helper OrderingHelper, events <-chan *runtimeapi.ContainerEventResponse) {
	defer utilruntime.HandleCrashWithContext(ctx)
	for event := range events {
		uid := kubetypes.UID(event.GetPodSandboxStatus().GetMetadata().GetUid())
		if event.ContainerEventType == runtimeapi.ContainerEventType_CONTAINER_STOPPED_EVENT && m.records.knows(uid) {
			helper.RequestPodRelist(klog.FromContext(ctx), uid)
		}
	}
}
