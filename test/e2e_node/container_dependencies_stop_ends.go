// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"
	"sync"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"k8s.io/kubernetes/test/e2e/framework"
)

// containerEnds records when the node's containers exit, according to the runtime's events: the kubelet removes the containers of a
// pod soon after they have exited.
type containerEnds struct {
	lock sync.Mutex
	// ends has the times by pod UID and container name.
	ends map[string]map[string]time.Time
}

// watchContainerEnds watches until the spec ends, even across restarts of the runtime.
func watchContainerEnds(ctx context.Context) *containerEnds {
	ginkgo.GinkgoHelper()
	runtime, _, err := getCRIClient(ctx)
	framework.ExpectNoError(err, "connect to the container runtime")
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ends := &containerEnds{ends: map[string]map[string]time.Time{}}
	events, connected := make(chan *runtimeapi.ContainerEventResponse, 1000), make(chan struct{}, 1)
	var group sync.WaitGroup
	group.Go(func() {
		for ctx.Err() == nil {
			_ = runtime.GetContainerEvents(ctx, events, func(runtimeapi.RuntimeService_GetContainerEventsClient) {
				select {
				case connected <- struct{}{}:
				default:
				}
			})
			select {
			case <-ctx.Done():
			case <-time.After(50 * time.Millisecond):
			}
		}
	})
	group.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case event := <-events:
				ends.note(event)
			}
		}
	})
	ginkgo.DeferCleanup(func() {
		cancel()
		group.Wait()
	})
	gomega.Eventually(ctx, connected).WithTimeout(dependencyTimeout).Should(gomega.Receive(), "the runtime's events")
	return ends
}

func (e *containerEnds) note(event *runtimeapi.ContainerEventResponse) {
	e.lock.Lock()
	defer e.lock.Unlock()
	uid := event.GetPodSandboxStatus().GetMetadata().GetUid()
	for _, status := range event.GetContainersStatuses() {
		if status.GetState() != runtimeapi.ContainerState_CONTAINER_EXITED {
			continue
		}
		if e.ends[uid] == nil {
			e.ends[uid] = map[string]time.Time{}
		}
		e.ends[uid][status.GetMetadata().GetName()] = time.Unix(0, status.GetFinishedAt())
	}
}

// of returns the times at which the containers of a pod exited, by name.
func (e *containerEnds) of(uid string) map[string]time.Time {
	e.lock.Lock()
	defer e.lock.Unlock()
	ends := map[string]time.Time{}
	for name, at := range e.ends[uid] {
		ends[name] = at
	}
	return ends
}
