// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	v1 "k8s.io/api/core/v1"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
)

// The relist after a sync is skipped only if the next sync follows the end of a start.
func TestDependencySkipPostSyncRelist(t *testing.T) {
	const slow = time.Minute
	sidecars := podOf("proxy", "certs", "app").says("proxy", `{"type":"Sidecar"}`).says("certs", `{"type":"Sidecar"}`)
	exits := func(stream *eventStream) { stream.tell("uid", runtimeapi.ContainerEventType_CONTAINER_STOPPED_EVENT) }
	for name, tt := range map[string]struct {
		pod podBuilder
		// slow are the containers that take long to create.
		slow []string
		// syncs is how many syncs there are, one if it is 0. The status for the last one is read, then before happens, and within happens
		// between the sync and its relist.
		syncs          int
		before, within func(*eventStream)
		want           bool
	}{
		"a start is in flight":                    {pod: sidecars, slow: []string{"proxy", "certs"}, want: true},
		"no start is in flight any more":          {pod: sidecars},
		"one of two starts has ended":             {pod: sidecars, slow: []string{"proxy"}},
		"one start is left":                       {pod: sidecars, slow: []string{"proxy"}, syncs: 2, want: true},
		"all have started":                        {pod: podOf("app").says("app", `{}`), syncs: 2},
		"a container has exited after the sync":   {pod: sidecars, slow: []string{"proxy"}, syncs: 2, within: exits},
		"a container has exited after its status": {pod: sidecars, slow: []string{"proxy"}, syncs: 2, before: exits},
		"the answer of a probe is awaited":        {pod: podBuilder{sidecars.DeepCopy()}.with("certs", ready), slow: []string{"proxy"}, syncs: 2},
		"a native sidecar's probe is awaited": {
			pod:  podBuilder{sidecars.DeepCopy()}.native("mesh").says("mesh", `{"type":"Sidecar"}`).with("mesh", ready),
			slow: []string{"proxy", "certs"}, syncs: 2},
		"an init container is all that has been started": {
			pod: podBuilder{sidecars.DeepCopy()}.native("init").with("init", func(c *v1.Container) { c.RestartPolicy = nil })},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k, stream, _ := watching(t, nil)
				k.runtime.serve = func(_ context.Context, c criCall, _ string) error {
					for _, name := range tt.slow {
						if c.String() == "create "+name {
							time.Sleep(slow)
						}
					}
					return nil
				}
				var status *kubecontainer.PodStatus
				for i := range max(tt.syncs, 1) {
					time.Sleep(time.Second)
					status = k.status(t, tt.pod.Pod)
					time.Sleep(time.Millisecond)
					if tt.before != nil && i == tt.syncs-1 {
						tt.before(stream)
					}
					k.syncWith(tt.pod.Pod, status)
					// The kubelet asks after the sync, and later than what takes no time.
					synctest.Wait()
				}
				if tt.within != nil {
					tt.within(stream)
				}
				if got := k.SkipPostSyncRelist("uid"); got != tt.want {
					t.Errorf("skipped: %v, want %v", got, tt.want)
				}
				if k.SkipPostSyncRelist("uid") {
					t.Error("another request is skipped, which is not that of the sync")
				}
				time.Sleep(2 * slow)
			})
		})
	}
}

// What a pull lets begin when it ends, which requests a sync, must not wait: the relist of that may be older than the end of the sync.
func TestDependencyRelistAfterRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, _, _ := watching(t, nil)
		pod := podOf("proxy", "app").says("proxy", `{"type":"Sidecar"}`)
		k.runtime.serve = func(_ context.Context, c criCall, _ string) error {
			if c.String() == "create proxy" {
				time.Sleep(time.Minute)
			}
			return nil
		}
		k.sync(t, pod.Pod)
		k.requestPodSync(silence(), pod.UID)
		if k.SkipPostSyncRelist(pod.UID) {
			t.Error("skipped, although a sync has been requested meanwhile")
		}
		time.Sleep(2 * time.Minute)
	})
}

// A pod without an order has upstream's relists.
func TestDependencyRelistOfOtherPods(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		k.sync(t, podOf("app").Pod)
		if k.SkipPostSyncRelist("uid") {
			t.Error("skipped")
		}
	})
}
