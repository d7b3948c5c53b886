// SPDX-License-Identifier: Apache-2.0

package pleg

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"k8s.io/apimachinery/pkg/types"

	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	containertest "k8s.io/kubernetes/pkg/kubelet/container/testing"
	"k8s.io/kubernetes/test/utils/ktesting"
)

// A pod whose container is in back-off asks for a sync that is to show it and to start the container again. If the relist that serves
// the request also finds that the container's last instance but one is gone, upstream sends nothing that leads to one.
func TestDependencySyncRequest(t *testing.T) {
	const uid = types.UID("uid")
	exited, running, created := kubecontainer.ContainerStateExited, kubecontainer.ContainerStateRunning, kubecontainer.ContainerStateCreated
	for name, tc := range map[string]struct {
		before, now map[string]kubecontainer.State
		request     bool
		want        []PodLifeCycleEventType
	}{
		"nothing has changed": {
			before:  map[string]kubecontainer.State{"a": exited},
			now:     map[string]kubecontainer.State{"a": exited},
			request: true,
			want:    []PodLifeCycleEventType{PodSync},
		},
		"a dead container has been removed": {
			before:  map[string]kubecontainer.State{"a": exited, "b": exited},
			now:     map[string]kubecontainer.State{"b": exited},
			request: true,
			want:    []PodLifeCycleEventType{ContainerRemoved, PodSync},
		},
		"a dead container has been removed, and nobody asks": {
			before: map[string]kubecontainer.State{"a": exited, "b": exited},
			now:    map[string]kubecontainer.State{"b": exited},
			want:   []PodLifeCycleEventType{ContainerRemoved},
		},
		"a container has been created": {
			before:  map[string]kubecontainer.State{"a": exited},
			now:     map[string]kubecontainer.State{"a": exited, "b": created},
			request: true,
			want:    []PodLifeCycleEventType{PodSync},
		},
		"a container has been created, and nobody asks": {
			before: map[string]kubecontainer.State{"a": exited},
			now:    map[string]kubecontainer.State{"a": exited, "b": created},
		},
		"a container has started": {
			before:  map[string]kubecontainer.State{"a": exited},
			now:     map[string]kubecontainer.State{"a": exited, "b": running},
			request: true,
			want:    []PodLifeCycleEventType{ContainerStarted},
		},
		"a container runs, and a dead one has been removed": {
			before:  map[string]kubecontainer.State{"a": exited, "b": created},
			now:     map[string]kubecontainer.State{"b": running},
			request: true,
			want:    []PodLifeCycleEventType{ContainerRemoved, ContainerStarted},
		},
		"a container that ran is gone": {
			before:  map[string]kubecontainer.State{"a": running},
			now:     map[string]kubecontainer.State{},
			request: true,
			want:    []PodLifeCycleEventType{ContainerDied, ContainerRemoved},
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := ktesting.Init(t)
			test := newTestGenericPLEG()
			test.relist(ctx, uid, tc.before)
			getEventsFromChannel(test.pleg.Watch())

			if tc.request {
				test.pleg.RequestSync(uid)
			}
			test.relist(ctx, uid, tc.now)
			sent := map[PodLifeCycleEventType]int{}
			for _, event := range getEventsFromChannel(test.pleg.Watch()) {
				sent[event.Type]++
			}
			want := map[PodLifeCycleEventType]int{}
			for _, kind := range tc.want {
				want[kind]++
			}
			if diff := cmp.Diff(want, sent); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}

			test.relist(ctx, uid, tc.now)
			if again := getEventsFromChannel(test.pleg.Watch()); len(again) > 0 {
				t.Errorf("another relist sends %v: a request is served once", again[0].Type)
			}
		})
	}
}

// relist lets the runtime have a pod with these containers, by ID, and relists all.
func (p *TestGenericPLEG) relist(ctx context.Context, uid types.UID, states map[string]kubecontainer.State) {
	pod := &kubecontainer.Pod{ID: uid}
	for id, state := range states {
		pod.Containers = append(pod.Containers, createTestContainer(id, state))
	}
	p.runtime.AllPodList = []*containertest.FakePod{{Pod: pod}}
	p.pleg.Relist(ctx)
}

func allExited(ids []string) map[string]kubecontainer.State {
	states := map[string]kubecontainer.State{}
	for _, id := range ids {
		states[id] = kubecontainer.ContainerStateExited
	}
	return states
}

// uninspectable is a runtime that lists its pods, but fails to inspect them while err is set.
type uninspectable struct {
	*containertest.FakeRuntime
	err error
}

func (u *uninspectable) GetPodStatus(ctx context.Context, pod *kubecontainer.Pod) (*kubecontainer.PodStatus, error) {
	if u.err != nil {
		return nil, u.err
	}
	return u.FakeRuntime.GetPodStatus(ctx, pod)
}

// A pod that cannot be inspected is inspected at the next relist, and synced then.
func TestDependencySyncRequestOutlivesFailure(t *testing.T) {
	const uid = types.UID("uid")
	ctx := ktesting.Init(t)
	test := newTestGenericPLEG()
	runtime := &uninspectable{FakeRuntime: test.runtime}
	test.pleg.runtime = runtime
	relist := func(ids ...string) (sent []PodLifeCycleEventType) {
		test.relist(ctx, uid, allExited(ids))
		for _, event := range getEventsFromChannel(test.pleg.Watch()) {
			sent = append(sent, event.Type)
		}
		return sent
	}
	relist("a", "b")
	test.pleg.RequestSync(uid)
	runtime.err = errors.New("no answer")
	if sent := relist("b"); len(sent) > 0 {
		t.Errorf("a relist that fails sends %v", sent)
	}
	runtime.err = nil
	if diff := cmp.Diff([]PodLifeCycleEventType{ContainerRemoved, PodSync}, relist("b")); diff != "" {
		t.Errorf("events of the next one (-want +got):\n%s", diff)
	}
}

// A kubelet that does not keep up with its events syncs later.
func TestDependencySyncRequestOutlivesFullChannel(t *testing.T) {
	const uid = types.UID("uid")
	for name, now := range map[string][]string{
		"nothing has changed":               {"a", "b"},
		"a dead container has been removed": {"b"},
		"a container has exited":            {"a", "b", "c"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := ktesting.Init(t)
			test := newTestGenericPLEGWithChannelSize(2)
			test.relist(ctx, uid, allExited([]string{"a", "b"}))
			test.pleg.RequestSync(uid)
			test.relist(ctx, uid, allExited(now))
			if sent := getEventsFromChannel(test.pleg.Watch()); len(sent) != 2 || sent[0].Type != ContainerDied || sent[1].Type != ContainerDied {
				t.Fatalf("the channel of two holds %v", sent)
			}
			test.relist(ctx, uid, allExited(now))
			if sent := getEventsFromChannel(test.pleg.Watch()); len(sent) != 1 || sent[0].Type != PodSync {
				t.Errorf("the next relist sends %v, want the event of the sync", sent)
			}
			test.relist(ctx, uid, allExited(now))
			if sent := getEventsFromChannel(test.pleg.Watch()); len(sent) != 0 {
				t.Errorf("the one after it sends %v", sent)
			}
		})
	}
}
