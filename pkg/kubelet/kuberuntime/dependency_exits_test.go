// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	kubetypes "k8s.io/apimachinery/pkg/types"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/klog/v2"
)

// eventStream is a runtime that streams events.
type eventStream struct {
	*recordingRuntime
	events chan *runtimeapi.ContainerEventResponse
	// err, if set, ends the stream at once; opened counts how often it was opened.
	err    error
	opened atomic.Int64
}

func (s *eventStream) GetContainerEvents(
	ctx context.Context, to chan *runtimeapi.ContainerEventResponse, _ func(runtimeapi.RuntimeService_GetContainerEventsClient),
) error {
	s.opened.Add(1)
	for {
		if s.err != nil {
			return s.err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case event := <-s.events:
			if event == nil {
				return errors.New("the stream is broken")
			}
			to <- event
		}
	}
}

func (s *eventStream) tell(uid string, kind runtimeapi.ContainerEventType) {
	s.events <- &runtimeapi.ContainerEventResponse{ContainerEventType: kind,
		PodSandboxStatus: &runtimeapi.PodSandboxStatus{Metadata: &runtimeapi.PodSandboxMetadata{Uid: uid}}}
	synctest.Wait()
}

// relistRequests counts the relists that the runtime manager requests.
type relistRequests struct {
	*syncRequests
	relists map[kubetypes.UID]int
}

func (r *relistRequests) RequestPodRelist(_ klog.Logger, uid kubetypes.UID) { r.relists[uid]++ }

// watching starts a kubelet that counts relist requests.
func watching(t *testing.T, err error) (*testKubelet, *eventStream, *relistRequests) {
	stream := &eventStream{recordingRuntime: newRecordingRuntime(), events: make(chan *runtimeapi.ContainerEventResponse), err: err}
	k := newTestKubelet(t, stream.recordingRuntime)
	relists := &relistRequests{syncRequests: k.helper, relists: map[kubetypes.UID]int{}}
	k.runtimeService, k.runtimeHelper = stream, relists
	t.Cleanup(func() {
		k.states.removed.Store(true)
		time.Sleep(2 * prunePeriod)
		k.records.prune(k.states.ShouldPodRuntimeBeRemoved)
		time.Sleep(time.Minute)
	})
	return k, stream, relists
}

// Only the exit of a container in a pod that has an order requests a relist.
func TestDependencyExitsAreNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, stream, relists := watching(t, nil)
		k.sync(t, podOf("app").Pod)
		synctest.Wait()
		if n := stream.opened.Load(); n != 0 {
			t.Errorf("%d streams for a pod without an order", n)
		}
		pod := podOf("app").says("app", `{}`)
		pod.UID = "ordered"
		for range 3 {
			k.sync(t, pod.Pod)
			synctest.Wait()
		}
		stream.tell("ordered", runtimeapi.ContainerEventType_CONTAINER_STARTED_EVENT)
		stream.tell("other", runtimeapi.ContainerEventType_CONTAINER_STOPPED_EVENT)
		if len(relists.relists) > 0 {
			t.Errorf("relists %v, want none", relists.relists)
		}
		stream.tell("ordered", runtimeapi.ContainerEventType_CONTAINER_STOPPED_EVENT)
		if n := relists.relists["ordered"]; n != 1 {
			t.Errorf("%d relists, want 1", n)
		}
		// A restart of the runtime breaks the stream.
		stream.events <- nil
		time.Sleep(2 * exitWatchPause)
		synctest.Wait()
		stream.tell("ordered", runtimeapi.ContainerEventType_CONTAINER_STOPPED_EVENT)
		if n := relists.relists["ordered"]; n != 2 {
			t.Errorf("%d relists after the stream was broken, want 2", n)
		}
		if n := stream.opened.Load(); n != 2 {
			t.Errorf("the stream was opened %d times, want 2", n)
		}
	})
}

// The stream of a runtime without events is opened once, one that fails is opened again each second.
func TestDependencyExitsWithoutAStream(t *testing.T) {
	for name, tt := range map[string]struct {
		err      error
		min, max int64
	}{
		"no such stream":   {err: status.Error(codes.Unimplemented, "no events"), min: 1, max: 1},
		"the stream fails": {err: errors.New("cannot"), min: 50, max: 61},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k, stream, _ := watching(t, tt.err)
				pod := podOf("app").says("app", `{}`)
				k.sync(t, pod.Pod)
				time.Sleep(time.Minute)
				k.sync(t, pod.Pod)
				if n := stream.opened.Load(); n < tt.min || n > tt.max {
					t.Errorf("the stream was opened %d times in a minute, want %d to %d", n, tt.min, tt.max)
				}
			})
		})
	}
}

// The watch ends with the last pod that has an order.
func TestDependencyExitsAreWatchedForNoLongerThanNeeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, stream, _ := watching(t, nil)
		k.sync(t, podOf("app").says("app", `{}`).Pod)
		synctest.Wait()
		k.states.removed.Store(true)
		time.Sleep(2 * prunePeriod)
		k.records.prune(k.states.ShouldPodRuntimeBeRemoved)
		synctest.Wait()
		select {
		case stream.events <- &runtimeapi.ContainerEventResponse{}:
			t.Error("the stream is still watched")
		default:
		}
	})
}
