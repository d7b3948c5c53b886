// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"k8s.io/kubernetes/pkg/kubelet/ordering"
)

// The plans are those of the sandboxes that the runtime has.
func TestDependencyPinnedPlansOfLists(t *testing.T) {
	sandbox := func(id, uid, plan string) *runtimeapi.PodSandbox {
		s := &runtimeapi.PodSandbox{Id: id, Metadata: &runtimeapi.PodSandboxMetadata{Uid: uid}, Annotations: map[string]string{"other": "x"}}
		if plan != "" {
			s.Annotations[ordering.PinnedPlanAnnotation] = plan
		}
		return s
	}
	type list = []*runtimeapi.PodSandbox
	a, b, c := sandbox("a", "1", "A"), sandbox("b", "2", "B"), sandbox("c", "1", "C")
	bare := &runtimeapi.PodSandbox{Id: "e", Annotations: c.Annotations}
	for name, tt := range map[string]struct {
		listed list
		all    bool
		// took is how long the listing took; another one ended two hours ago.
		took time.Duration
		want []string
	}{
		"nothing changes":                     {listed: list{a, b}, all: true, want: []string{"a=A", "b=B"}},
		"a sandbox is gone":                   {listed: list{a}, all: true, want: []string{"a=A"}},
		"all are gone":                        {all: true},
		"a list of some forgets none":         {listed: list{c}, want: []string{"a=A", "b=B", "c=C"}},
		"a list that began before another":    {listed: list{a}, all: true, took: 3 * time.Hour, want: []string{"a=A", "b=B"}},
		"ordinary sandboxes take no space":    {listed: list{a, sandbox("d", "3", "")}, all: true, want: []string{"a=A"}},
		"sandboxes without metadata are none": {listed: list{bare}, want: []string{"a=A", "b=B"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var p pinnedPlans
				p.list(list{a, b}, true, time.Now())
				time.Sleep(2 * time.Hour)
				p.list(tt.listed, tt.all, time.Now().Add(-tt.took))
				var got []string
				for _, id := range slices.Sorted(maps.Keys(p.plans)) {
					got = append(got, id+"="+p.of(id))
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("plans (-want +got):\n%s", diff)
				}
				if p.has("3") || p.of("d") != "" {
					t.Error("an ordinary pod has a plan")
				}
			})
		})
	}
}

// A kubelet knows the plan of a sandbox from the lists that it makes anyway, also of a pod whose object is gone.
func TestDependencyOrphanStopsWithoutStatusOfItsSandbox(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		runtime := newRecordingRuntime()
		pod := podOf("app", "db").says("app", appAfterDB).grace(20)
		newTestKubelet(t, runtime).up(t, pod)
		k := newTestKubelet(t, runtime)
		if _, err := k.GetPods(silence(), true); err != nil {
			t.Fatal(err)
		}
		runtime.verbs()
		runtime.forgetReads()
		seconds, ordered, err := k.OrphanGracePeriod(silence(), pod.UID)
		if seconds != 20 || !ordered || err != nil {
			t.Errorf("grace period %d, ordered %t, error %v", seconds, ordered, err)
		}
		listed, err := k.GetPod(silence(), pod.UID)
		if err != nil {
			t.Fatal(err)
		}
		if err := k.KillPod(silence(), listed.ToAPIPod(), *listed, &seconds); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff([]string{"stop app", "stop db", "halt #0"}, runtime.verbs()); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
		for what := range runtime.readsSoFar() {
			if strings.HasPrefix(what, "status of sandbox") {
				t.Errorf("it read the %s", what)
			}
		}
	})
}

// Nothing of an ordered sandbox is left once the runtime has removed it.
func TestDependencyPinnedPlanEndsWithTheSandbox(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("app", "db").says("app", appAfterDB)
		k.up(t, pod)
		if _, ordered, err := k.OrphanGracePeriod(silence(), pod.UID); !ordered || err != nil {
			t.Errorf("ordered %t, error %v", ordered, err)
		}
		k.runtime.FakeRuntimeService.Lock()
		clear(k.runtime.Sandboxes)
		k.runtime.FakeRuntimeService.Unlock()
		time.Sleep(time.Second)
		for _, all := range []bool{false, true} {
			if _, err := k.GetPods(silence(), all); err != nil {
				t.Fatal(err)
			}
			if k.pinned.has(pod.UID) == all {
				t.Errorf("after a list (of all: %t) the plan is known: %t", all, !all)
			}
		}
	})
}

// The kubelet knows the plan of a new sandbox before a container runs in it.
func TestDependencyPlanOfANewSandbox(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("app", "db").says("app", appAfterDB)
		k.runtime.serve = func(_ context.Context, c criCall, _ string) error {
			if c.Verb == "create" && !ordering.HasPlan(pod.UID) {
				t.Errorf("%s: the pod has no plan", c)
			}
			return nil
		}
		k.sync(t, pod.Pod)
		synctest.Wait()
	})
}

// The kubelet keeps the volumes of a pod while its containers may run, also before it knows of the pod's object.
func TestDependencyRunsInASandboxWithAPlan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		runtime := newRecordingRuntime()
		pod := podOf("app", "db").says("app", appAfterDB)
		newTestKubelet(t, runtime).up(t, pod)
		k := newTestKubelet(t, runtime)
		list := func() {
			t.Helper()
			if _, err := k.GetPods(silence(), true); err != nil {
				t.Fatal(err)
			}
		}
		expect := func(when string, want bool) {
			t.Helper()
			if got := ordering.Runs(pod.UID); got != want {
				t.Errorf("%s: it may run: %t, want %t", when, got, want)
			}
			if ordering.Runs("ordinary") {
				t.Errorf("%s: an ordinary pod may run", when)
			}
			if !ordering.HasPlan(pod.UID) || ordering.HasPlan("ordinary") {
				t.Errorf("%s: it has a plan: %t, an ordinary pod has one: %t", when, ordering.HasPlan(pod.UID), ordering.HasPlan("ordinary"))
			}
		}
		list()
		expect("at first", true)
		stopFails := true
		runtime.serve = func(_ context.Context, c criCall, _ string) error {
			if c.String() == "stop app" && stopFails {
				return errors.New("it does not stop")
			}
			return nil
		}
		listed, err := k.GetPod(silence(), pod.UID)
		if err != nil {
			t.Fatal(err)
		}
		running := *listed
		k.killContainersWithSyncResult(silence(), pod.Pod, running, nil)
		expect("after a stop that failed", true)
		stopFails = false
		k.killContainersWithSyncResult(silence(), pod.Pod, running, nil)
		expect("after its containers have stopped", false)
		list()
		expect("before its sandbox has stopped", false)
		time.Sleep(time.Minute)
		list()
		expect("after its sandbox has been ready for long", true)
		if err := k.KillPod(silence(), pod.Pod, running, nil); err != nil {
			t.Error(err)
		}
		list()
		time.Sleep(time.Minute)
		expect("after its sandbox has stopped", false)
	})
}
