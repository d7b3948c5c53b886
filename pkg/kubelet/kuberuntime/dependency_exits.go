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
	// exitWatchPause is the pause before a broken watch is restarted. Meanwhile relists detect exits.
	exitWatchPause = time.Second
	// exitEvents is the capacity of the channel of runtime events.
	exitEvents = 1000
)

// watchExits watches the runtime's events for container exits, because others may wait for them and the periodic relist
// is up to a second late. It watches while there are pods with an order, and requests relists of those pods only.
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

// streamEvents receives events until the context ends, or the runtime reports that it does not support them.
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

func (m *kubeGenericRuntimeManager) relistOnExit(
	ctx context.Context, helper OrderingHelper, events <-chan *runtimeapi.ContainerEventResponse,
) {
	defer utilruntime.HandleCrashWithContext(ctx)
	for event := range events {
		uid := kubetypes.UID(event.GetPodSandboxStatus().GetMetadata().GetUid())
		if event.ContainerEventType == runtimeapi.ContainerEventType_CONTAINER_STOPPED_EVENT && m.records.knows(uid) {
			helper.RequestPodRelist(klog.FromContext(ctx), uid)
		}
	}
}
