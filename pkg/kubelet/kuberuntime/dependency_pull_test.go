// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	v1 "k8s.io/api/core/v1"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	apitest "k8s.io/cri-api/pkg/apis/testing"

	proberesults "k8s.io/kubernetes/pkg/kubelet/prober/results"
)

// pulledImages records the pulls.
type pulledImages struct {
	*apitest.FakeImageService
	lock  sync.Mutex
	pulls []string
	// pull, if set, is called for each pull, which returns its error.
	pull func(ctx context.Context, image string) error
}

func (p *pulledImages) PullImage(
	ctx context.Context, image *runtimeapi.ImageSpec, auth *runtimeapi.AuthConfig, config *runtimeapi.PodSandboxConfig,
) (string, error) {
	p.lock.Lock()
	p.pulls = append(p.pulls, image.Image)
	pull := p.pull
	p.lock.Unlock()
	if pull != nil {
		if err := pull(ctx, image.Image); err != nil {
			return "", err
		}
	}
	return p.FakeImageService.PullImage(ctx, image, auth, config)
}

func (p *pulledImages) pulled() []string {
	p.lock.Lock()
	defer p.lock.Unlock()
	return slices.Clone(p.pulls)
}

func image(name string, policy v1.PullPolicy) func(*v1.Container) {
	return func(c *v1.Container) { c.Image, c.ImagePullPolicy = name, policy }
}

// settle syncs the pod until no further sync is requested.
func (k *testKubelet) settle(t testing.TB, pod *v1.Pod) {
	t.Helper()
	for asked := int64(-1); asked != k.helper.count.Load(); {
		asked = k.helper.count.Load()
		k.sync(t, pod)
		synctest.Wait()
	}
}

// The images of waiting containers are pulled while they wait, in the order of the graph, each once.
func TestDependencyPullsWhileWaiting(t *testing.T) {
	for name, tt := range map[string]struct {
		app, db, last func(*v1.Container)
		// waiting are the pulls before the gate opens, started all pulls until the end.
		waiting, started []string
	}{
		"an image that is absent": {
			app: image("app:1", v1.PullIfNotPresent), db: image("db:1", v1.PullIfNotPresent), last: image("last:1", v1.PullIfNotPresent),
			waiting: []string{"db:1", "app:1", "last:1"}, started: []string{"db:1", "app:1", "last:1"},
		},
		"an image that is present": {
			app: image("image:1", v1.PullIfNotPresent), db: image("db:1", v1.PullIfNotPresent), last: image("last:1", v1.PullIfNotPresent),
			waiting: []string{"db:1", "last:1"}, started: []string{"db:1", "last:1"},
		},
		"always means once for each start": {
			app: image("app:1", v1.PullAlways), db: image("db:1", v1.PullAlways), last: image("image:1", v1.PullIfNotPresent),
			waiting: []string{"db:1", "app:1"}, started: []string{"db:1", "app:1"},
		},
		"never means never": {
			app: image("app:1", v1.PullNever), db: image("db:1", v1.PullIfNotPresent), last: image("image:1", v1.PullIfNotPresent),
			waiting: []string{"db:1"}, started: []string{"db:1"},
		},
		"an image of two containers, one with pull policy Always": {
			app: image("image:1", v1.PullIfNotPresent), db: image("db:1", v1.PullIfNotPresent), last: image("image:1", v1.PullAlways),
			waiting: []string{"db:1", "image:1"}, started: []string{"db:1", "image:1"},
		},
		"an image of two containers": {
			app: image("app:1", v1.PullIfNotPresent), db: image("db:1", v1.PullIfNotPresent), last: image("app:1", v1.PullIfNotPresent),
			waiting: []string{"db:1", "app:1"}, started: []string{"db:1", "app:1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			withoutErrorHandlers(t)
			synctest.Test(t, func(t *testing.T) {
				k := newTestKubelet(t, newRecordingRuntime())
				pod := podOf("app", "db", "last").with("db", ready).with("app", ready).
					says("app", appWaitsForDB).says("last", `{"dependsOn":[{"container":"app"}]}`).
					with("app", tt.app).with("db", tt.db).with("last", tt.last)
				k.settle(t, pod.Pod)
				if diff := cmp.Diff(tt.waiting, k.images.pulled()); diff != "" {
					t.Errorf("while it waits (-want +got):\n%s", diff)
				}
				k.readyNow.Set(k.id(t, "db"), proberesults.Success, nil)
				k.settle(t, pod.Pod)
				if tt.started[len(tt.started)-1] != "db:1" || len(k.runtime.records()) > 1 {
					k.readyNow.Set(k.id(t, "app"), proberesults.Success, nil)
					k.settle(t, pod.Pod)
				}
				if diff := cmp.Diff(tt.started, k.images.pulled()); diff != "" {
					t.Errorf("until all are started (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// The end of a pull asks for a sync only if that has something to do: to show an error, or to pull the next image.
func TestDependencyPullAsksForASync(t *testing.T) {
	for name, tt := range map[string]struct {
		// app is the image of the app, and next that of a container that waits for it, if there is one.
		app, next string
		fails     error
		want      int64
	}{
		"the only image":            {app: "app:1"},
		"another image comes next":  {app: "app:1", next: "next:1", want: 1},
		"an error is to be shown":   {app: "app:1", fails: errors.New("denied"), want: 1},
		"an image that is present":  {app: "image:1"},
		"present, but another next": {app: "image:1", next: "next:1", want: 1},
	} {
		t.Run(name, func(t *testing.T) {
			withoutErrorHandlers(t)
			synctest.Test(t, func(t *testing.T) {
				k := newTestKubelet(t, newRecordingRuntime())
				names := []string{"app", "db"}
				if tt.next != "" {
					names = append(names, "next")
				}
				pod := podOf(names...).with("db", ready).says("app", appWaitsForDB).
					with("db", image("image:1", v1.PullIfNotPresent)).with("app", image(tt.app, v1.PullIfNotPresent))
				if tt.next != "" {
					pod = pod.with("app", ready).says("next", `{"dependsOn":[{"container":"app"}]}`).
						with("next", image(tt.next, v1.PullIfNotPresent))
				}
				k.images.pull = func(context.Context, string) error {
					time.Sleep(time.Second)
					return tt.fails
				}
				k.sync(t, pod.Pod)
				time.Sleep(5 * time.Second)
				started := k.helper.count.Load()
				// The turn of the app's image comes when the start of db has ended.
				k.sync(t, pod.Pod)
				time.Sleep(5 * time.Second)
				if got := k.helper.count.Load() - started; got != tt.want {
					t.Errorf("%d syncs were requested for the image of the app, want %d", got, tt.want)
				}
				if err := k.stop(t, pod.Pod, nil); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Hour)
			})
		})
	}
}

// A container whose gate opens while its image is being pulled starts once the pull is done; nothing is pulled twice.
func TestDependencyPullInFlightWhenTheGateOpens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("app", "db").with("db", ready).says("app", appWaitsForDB).with("app", image("app:1", v1.PullAlways))
		k.images.pull = func(context.Context, string) error {
			time.Sleep(time.Minute)
			return nil
		}
		k.settle(t, pod.Pod)
		k.readyNow.Set(k.id(t, "db"), proberesults.Success, nil)
		k.settle(t, pod.Pod)
		k.runtime.verbs()
		time.Sleep(time.Minute)
		synctest.Wait()
		if diff := cmp.Diff([]string{"create app", "start app"}, k.runtime.verbs()); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"app:1"}, k.images.pulled()); diff != "" {
			t.Errorf("pulls (-want +got):\n%s", diff)
		}
	})
}

// A failed pull is retried with growing pauses, its error is shown on the waiting container, and it ends with the wait.
func TestDependencyPullFails(t *testing.T) {
	withoutErrorHandlers(t)
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("app", "db").with("db", ready).says("app", appWaitsForDB).with("app", image("app:1", v1.PullIfNotPresent))
		k.images.pull = func(context.Context, string) error { return errors.New("denied") }
		message := func() string {
			return k.PodOrder(silence(), pod.Pod, k.status(t, pod.Pod)).Decisions.Containers["app"].Message
		}
		for range 60 {
			k.settle(t, pod.Pod)
			time.Sleep(10 * time.Second)
		}
		if n := len(k.images.pulled()); n < 4 || n > 7 {
			t.Errorf("%d pulls in 10 minutes", n)
		}
		if got := message(); !strings.Contains(got, "cannot be pulled: ErrImagePull") || !strings.Contains(got, "denied") {
			t.Errorf("the waiting container's message is %q", got)
		}
		k.images.lock.Lock()
		k.images.pull = nil
		k.images.lock.Unlock()
		time.Sleep(maxPullPause)
		k.settle(t, pod.Pod)
		if got := message(); strings.Contains(got, "cannot be pulled") {
			t.Errorf("the image is present, but the waiting container's message is %q", got)
		}
		before := len(k.images.pulled())
		k.readyNow.Set(k.id(t, "db"), proberesults.Success, nil)
		k.settle(t, pod.Pod)
		if diff := cmp.Diff(before, len(k.images.pulled())); diff != "" {
			t.Errorf("pulls (-want +got):\n%s", diff)
		}
	})
}

// A pull ends when the container's image is edited.
func TestDependencyPullOfAnEditedImage(t *testing.T) {
	withoutErrorHandlers(t)
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("app", "db").with("db", ready).says("app", appWaitsForDB).with("app", image("typo:1", v1.PullIfNotPresent))
		k.images.pull = func(_ context.Context, image string) error {
			if image == "typo:1" {
				return errors.New("there is no such image")
			}
			return nil
		}
		k.settle(t, pod.Pod)
		edited := podBuilder{pod.DeepCopy()}.with("app", image("right:1", v1.PullIfNotPresent))
		k.settle(t, edited.Pod)
		time.Sleep(time.Hour)
		if diff := cmp.Diff([]string{"typo:1", "right:1"}, k.images.pulled()); diff != "" {
			t.Errorf("pulls (-want +got):\n%s", diff)
		}
	})
}

// Pulls end with their pod.
func TestDependencyPullsEndWithThePod(t *testing.T) {
	withoutErrorHandlers(t)
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("app", "db").with("db", ready).says("app", appWaitsForDB).with("app", image("app:1", v1.PullIfNotPresent))
		k.images.pull = func(context.Context, string) error { return errors.New("denied") }
		k.settle(t, pod.Pod)
		if err := k.stop(t, pod.Pod, nil); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if n := len(k.images.pulled()); n != 1 {
			t.Errorf("%d pulls, want the one before the stop", n)
		}
	})
}
