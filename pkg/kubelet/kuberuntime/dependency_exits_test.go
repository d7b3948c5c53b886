// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"errors"
	"io"
	"sync"
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
	// off means that the runtime ends the stream at once without an error.
	off bool
}

func (s *eventStream) GetContainerEvents(
	ctx context.Context, to chan *runtimeapi.ContainerEventResponse, _ func(runtimeapi.RuntimeService_GetContainerEventsClient),
) error {
	s.opened.Add(1)
	for {
		if s.err != nil {
			return s.err
		}
		if s.off {
			return nil
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
	lock    sync.Mutex
	relists map[kubetypes.UID]int
}

func (r *relistRequests) RequestRelist(_ klog.Logger, uid kubetypes.UID) {
	r.lock.Lock()
	defer r.lock.Unlock()
	r.relists[uid]++
}

func (r *relistRequests) count(uid kubetypes.UID) int {
	r.lock.Lock()
	defer r.lock.Unlock()
	return r.relists[uid]
}

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
		time.Sleep(exitRelistPause)
		k.states.terminating.Store(true)
		stream.tell("ordered", runtimeapi.ContainerEventType_CONTAINER_STOPPED_EVENT)
		if n := relists.count("ordered"); n != 1 {
			t.Errorf("%d relists while the pod is being stopped, want none", n-1)
		}
		k.states.terminating.Store(false)
		// A restart of the runtime breaks the stream.
		stream.events <- nil
		time.Sleep(2 * minExitWatchPause)
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

// The stream of a runtime without events is not opened for ever. One that fails is opened again with growing pauses.
func TestDependencyExitsWithoutAStream(t *testing.T) {
	for name, tt := range map[string]struct {
		err      error
		off      bool
		min, max int64
	}{
		"no such stream":                        {err: status.Error(codes.Unimplemented, "no events"), min: 1, max: 1},
		"the stream ends at once":               {off: true, min: maxEmptyStreams, max: maxEmptyStreams},
		"the stream ends at once, over the CRI": {err: io.EOF, min: maxEmptyStreams, max: maxEmptyStreams},
		"the stream fails":                      {err: errors.New("cannot"), min: 15, max: 22},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k, stream, _ := watching(t, tt.err)
				stream.off = tt.off
				pod := podOf("app").says("app", `{}`)
				k.sync(t, pod.Pod)
				time.Sleep(time.Hour)
				k.sync(t, pod.Pod)
				if n := stream.opened.Load(); n < tt.min || n > tt.max {
					t.Errorf("the stream was opened %d times in an hour, want %d to %d", n, tt.min, tt.max)
				}
			})
		})
	}
}

// A stream that has lived is opened again at once, however often it breaks.
func TestDependencyExitsStreamThatLives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, stream, _ := watching(t, nil)
		k.sync(t, podOf("app").says("app", `{}`).Pod)
		for i := range int64(20) {
			time.Sleep(exitWatchLife + minExitWatchPause)
			synctest.Wait()
			if n := stream.opened.Load(); n != i+1 {
				t.Fatalf("the stream was opened %d times, want %d", n, i+1)
			}
			stream.events <- nil
		}
	})
}

// Many exits cost few relists, and the last one is always followed by one.
func TestDependencyExitsAreMerged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, stream, relists := watching(t, nil)
		k.sync(t, podOf("app").says("app", `{}`).Pod)
		synctest.Wait()
		const seconds = 3
		for range seconds * 1000 {
			stream.tell("uid", runtimeapi.ContainerEventType_CONTAINER_STOPPED_EVENT)
			time.Sleep(time.Millisecond)
		}
		time.Sleep(exitRelistPause / 2)
		before := relists.count("uid")
		if limit := int(seconds*time.Second/exitRelistPause) + 1; before < limit/2 || before > limit {
			t.Errorf("%d relists, want at most %d", before, limit)
		}
		stream.tell("uid", runtimeapi.ContainerEventType_CONTAINER_STOPPED_EVENT)
		time.Sleep(exitRelistPause)
		synctest.Wait()
		if n := relists.count("uid"); n != before+1 {
			t.Errorf("%d relists after the last exit, want 1", n-before)
		}
	})
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
