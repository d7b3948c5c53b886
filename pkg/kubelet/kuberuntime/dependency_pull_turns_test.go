// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	v1 "k8s.io/api/core/v1"

	proberesults "k8s.io/kubernetes/pkg/kubelet/prober/results"
)

// A pod takes one place of the node's image pulls at a time. The images are pulled in the order of their turns; one whose
// pull has failed does not hold up the others, and is due again before those that come after it.
func TestDependencyPullsOneAtATime(t *testing.T) {
	withoutErrorHandlers(t)
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("db", "a", "b", "c", "d").with("db", ready).says("db", `{"type":"Sidecar"}`)
		for _, name := range []string{"a", "b", "c", "d"} {
			pod.with(name, image(name+":1", v1.PullIfNotPresent))
		}
		var inFlight, most, broken atomic.Int32
		broken.Store(1)
		k.images.pull = func(_ context.Context, image string) error {
			most.Store(max(most.Load(), inFlight.Add(1)))
			defer inFlight.Add(-1)
			time.Sleep(10 * time.Second)
			if image == "a:1" && broken.Add(-1) >= 0 {
				return errors.New("denied")
			}
			return nil
		}
		for range 6 {
			k.settle(t, pod.Pod)
			time.Sleep(10 * time.Second)
		}
		k.settle(t, pod.Pod)
		if diff := cmp.Diff([]string{"a:1", "b:1", "c:1", "a:1", "d:1"}, k.images.pulled()); diff != "" {
			t.Errorf("pulls (-want +got):\n%s", diff)
		}
		if n := most.Load(); n != 1 {
			t.Errorf("%d pulls at once, want 1", n)
		}
	})
}

// A container whose gate opens before its image has had its turn does not wait for the images of others.
func TestDependencyPullThatHasNotBegunWhenTheGateOpens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("db", "app", "last").with("db", ready).with("app", ready).
			with("app", image("app:1", v1.PullIfNotPresent)).with("last", image("last:1", v1.PullIfNotPresent)).
			says("app", `{"dependsOn":[{"container":"db"}]}`).says("last", `{"dependsOn":[{"container":"db"}]}`)
		k.images.pull = func(_ context.Context, image string) error {
			if image == "app:1" {
				time.Sleep(time.Hour)
			}
			return nil
		}
		k.settle(t, pod.Pod)
		k.readyNow.Set(k.id(t, "db"), proberesults.Success, nil)
		k.runtime.verbs()
		k.settle(t, pod.Pod)
		if diff := cmp.Diff([]string{"create last", "start last"}, k.runtime.verbs()); diff != "" {
			t.Errorf("calls while the image of app is pulled (-want +got):\n%s", diff)
		}
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if diff := cmp.Diff([]string{"create app", "start app"}, k.runtime.verbs()); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"app:1", "last:1"}, k.images.pulled()); diff != "" {
			t.Errorf("pulls (-want +got):\n%s", diff)
		}
	})
}

// The pull of an image that has been edited since counts for nothing.
func TestDependencyPullOfAnImageThatIsEditedAsTheGateOpens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("app", "db").with("db", ready).says("app", appWaitsForDB).with("app", image("old:1", v1.PullAlways))
		k.images.pull = func(_ context.Context, image string) error {
			if image == "old:1" {
				time.Sleep(time.Hour)
			}
			return nil
		}
		k.settle(t, pod.Pod)
		k.images.SetFakeImages([]string{"image:1", "new:1"})
		k.readyNow.Set(k.id(t, "db"), proberesults.Success, nil)
		k.runtime.verbs()
		k.settle(t, podBuilder{pod.DeepCopy()}.with("app", image("new:1", v1.PullAlways)).Pod)
		if diff := cmp.Diff([]string{"create app", "start app"}, k.runtime.verbs()); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"old:1", "new:1"}, k.images.pulled()); diff != "" {
			t.Errorf("pulls (-want +got):\n%s", diff)
		}
		time.Sleep(2 * time.Hour)
	})
}

// The images of volumes are pulled once in a sync, for all containers that it starts, also if they cannot be pulled.
func TestDependencyImageVolumesArePulledOncePerSync(t *testing.T) {
	for name, tt := range map[string]struct {
		err  error
		want []string
	}{
		"pulled": {want: []string{"create app", "create db", "create web", "start app", "start db", "start web"}},
		"denied": {err: errors.New("denied")},
	} {
		t.Run(name, func(t *testing.T) {
			withoutErrorHandlers(t)
			synctest.Test(t, func(t *testing.T) {
				k := newTestKubelet(t, newRecordingRuntime())
				pod := podOf("app", "db", "web").says("app", `{}`)
				pod.Spec.Volumes = []v1.Volume{{Name: "data", VolumeSource: v1.VolumeSource{
					Image: &v1.ImageVolumeSource{Reference: "data:1", PullPolicy: v1.PullAlways}}}}
				for i := range pod.Spec.Containers {
					pod.Spec.Containers[i].VolumeMounts = []v1.VolumeMount{{Name: "data", MountPath: "/data"}}
				}
				k.images.pull = func(context.Context, string) error {
					time.Sleep(time.Second)
					return tt.err
				}
				k.sync(t, pod.Pod)
				time.Sleep(time.Minute)
				synctest.Wait()
				if diff := cmp.Diff([]string{"data:1"}, k.images.pulled()); diff != "" {
					t.Errorf("pulls of the first sync (-want +got):\n%s", diff)
				}
				calls := sorted(k.runtime.verbs())
				if diff := cmp.Diff(sorted(append(tt.want, "run #0")), calls); diff != "" {
					t.Errorf("calls (-want +got):\n%s", diff)
				}
				if tt.err != nil {
					// A retry pulls again.
					k.sync(t, pod.Pod)
					time.Sleep(time.Minute)
					k.sync(t, pod.Pod)
					time.Sleep(time.Minute)
					if n := len(k.images.pulled()); n != 2 {
						t.Errorf("%d pulls after a retry, want 2", n)
					}
				}
			})
		})
	}
}
