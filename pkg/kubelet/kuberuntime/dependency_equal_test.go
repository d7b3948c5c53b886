// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	featuregatetesting "k8s.io/component-base/featuregate/testing"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	apitest "k8s.io/cri-api/pkg/apis/testing"
	"k8s.io/utils/ptr"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	"k8s.io/kubernetes/pkg/features"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	proberesults "k8s.io/kubernetes/pkg/kubelet/prober/results"
)

// Guarantee U of package dependency: a pod that does not use ordering, and every pod with the gate off, is handled as
// upstream handles it. The test runs our code and upstream's on the same random pod with the same random history.
func TestDependencyUnorderedPodsMatchUpstream(t *testing.T) {
	withoutErrorHandlers(t)
	for name, tt := range map[string]struct{ gate, ordered bool }{
		"gate on, pods without order":  {gate: true},
		"gate off, pods without order": {},
		"gate off, pods with order":    {ordered: true},
	} {
		t.Run(name, func(t *testing.T) {
			featuregatetesting.SetFeatureGateDuringTest(t, utilfeature.DefaultFeatureGate, features.ContainerDependencies, tt.gate)
			seed := uint64(time.Now().UnixNano())
			t.Logf("seed %d", seed)
			did := map[string]int{}
			// In a bubble, because upstream waits for the grace period of a container that it could not stop.
			synctest.Test(t, func(t *testing.T) {
				for i := range uint64(1500) {
					if !sameAsUpstream(t, rand.New(rand.NewPCG(seed, i)), tt.ordered, did) {
						t.Fatalf("case %d", i)
					}
				}
			})
			// The comparison is only meaningful if it covers every kind of call.
			for _, verb := range []string{"run", "halt", "create", "start", "stop", "remove"} {
				if did[verb] < 100 {
					t.Errorf("the random pods caused %d %q calls, too few to compare", did[verb], verb)
				}
			}
		})
	}
}

func sameAsUpstream(t *testing.T, random *rand.Rand, ordered bool, did map[string]int) bool {
	pod := randomPod(random)
	if ordered {
		pod.says(pod.Spec.Containers[0].Name, []string{`{"type":"Sidecar"}`, `{"before":[{"type":"Standard"}]}`, `not JSON`}[random.IntN(3)])
	}
	seeds := [2]uint64{random.Uint64(), random.Uint64()}
	// Both kubelets have the same history.
	world := func() (*testKubelet, *kubecontainer.PodStatus) {
		random := rand.New(rand.NewPCG(seeds[0], seeds[1]))
		k := newTestKubelet(t, newRecordingRuntime())
		randomHistory(random, k, pod.Pod)
		return k, k.status(t, pod.Pod)
	}
	ours, ourStatus := world()
	theirs, theirStatus := world()
	restartAll := random.IntN(8) == 0
	ctx := silence()

	same := true
	compare := func(what string, want, got any) {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-upstream +ours):\n%s", what, diff)
			same = false
		}
	}
	actions := theirs.upstreamComputePodActions(ctx, pod.Pod, theirStatus, restartAll)
	if got := ours.computePodActions(ctx, pod.Pod, ourStatus, restartAll); !reflect.DeepEqual(actions, got) {
		t.Errorf("actions: upstream %v, ours %v", actions, got)
		same = false
	}
	sandboxConfig := func(generate func(context.Context, *v1.Pod, uint32) (*runtimeapi.PodSandboxConfig, error)) string {
		config, err := generate(ctx, pod.Pod, 1)
		return fmt.Sprint(config, err)
	}
	compare("sandbox", sandboxConfig(theirs.upstreamGeneratePodSandboxConfig), sandboxConfig(ours.generatePodSandboxConfig))

	failing := []string{"", "", "create", "start", "stop", "run", "halt"}[random.IntN(7)]
	if failing == "stop" && len(actions.ContainersToKill) > 1 {
		// Upstream gives up after the first one, which depends on the order of a map.
		failing = ""
	}
	for _, k := range []*testKubelet{ours, theirs} {
		k.runtime.serve = func(_ context.Context, c criCall, _ string) error {
			if c.Verb == failing {
				return fmt.Errorf("cannot %s", c.Verb)
			}
			return nil
		}
	}
	got := ours.SyncPod(ctx, pod.Pod, ourStatus, nil, ours.backOff, restartAll)
	want := theirs.upstreamSyncPod(ctx, pod.Pod, theirStatus, nil, theirs.backOff, restartAll)
	compare("results of the sync", resultTexts(want.SyncResults), resultTexts(got.SyncResults))
	compare("error of the sync", fmt.Sprint(want.SyncError), fmt.Sprint(got.SyncError))
	compare("reads of the sync", theirs.runtime.readsSoFar(), ours.runtime.readsSoFar())
	compare("calls of the sync", callTexts(theirs.runtime.history(), nil), callTexts(ours.runtime.history(), did))

	var override *int64
	if random.IntN(3) == 0 {
		override = ptr.To(random.Int64N(3))
	}
	fromList := random.IntN(4) == 0
	running := func(k *testKubelet) kubecontainer.Pod {
		if listed, err := k.GetPod(ctx, pod.UID); err == nil && fromList {
			// A stop after a restart of the kubelet knows the pod from a list alone.
			return *listed
		}
		return kubecontainer.ConvertPodStatusToRunningPod(k.Type(), k.status(t, pod.Pod))
	}
	ourRunning, theirRunning := running(ours), running(theirs)
	killed := pod.Pod
	if random.IntN(8) == 0 {
		// The pod of an orphan is made up from its running containers.
		killed = ourRunning.ToAPIPod()
	}
	ours.runtime.forgetReads()
	theirs.runtime.forgetReads()
	compare("results of the kill",
		resultTexts(theirs.upstreamKillContainersWithSyncResult(ctx, killed, theirRunning, override)),
		resultTexts(ours.killContainersWithSyncResult(ctx, killed, ourRunning, override)))
	compare("reads of the kill", theirs.runtime.readsSoFar(), ours.runtime.readsSoFar())
	compare("calls of the kill", callTexts(theirs.runtime.history(), nil), callTexts(ours.runtime.history(), nil))
	ours.runtime.forgetReads()
	if _, ordered, err := ours.OrphanGracePeriod(ctx, pod.UID); ordered || err != nil {
		t.Errorf("the pod counts as an orphan with an order: %t, error %v", ordered, err)
		same = false
	}
	compare("reads for an orphan", map[string]int{}, ours.runtime.readsSoFar())
	return same
}

func resultTexts(results []*kubecontainer.SyncResult) []string {
	var texts []string
	for _, r := range results {
		texts = append(texts, fmt.Sprintf("%s %v %v %s", r.Action, r.Target, r.Error, r.Message))
	}
	sortTogether(texts, func(text string) bool { return strings.HasPrefix(text, string(kubecontainer.KillContainer)) })
	return texts
}

// callTexts returns the calls as text, and counts those of each kind.
func callTexts(calls []criCall, did map[string]int) []string {
	var texts []string
	for _, c := range calls {
		texts = append(texts, fmt.Sprintf("%s %d", c, c.Timeout))
		if did != nil {
			did[c.Verb]++
		}
	}
	sortTogether(texts, func(text string) bool {
		return strings.HasPrefix(text, "stop") || strings.HasPrefix(text, "preStop") || strings.HasPrefix(text, "remove")
	})
	return texts
}

// sortTogether sorts each run of neighbors that upstream does concurrently, or in the order of a map.
func sortTogether(texts []string, together func(string) bool) {
	for begin := 0; begin < len(texts); {
		end := begin + 1
		for end < len(texts) && together(texts[begin]) && together(texts[end]) {
			end++
		}
		slices.Sort(texts[begin:end])
		begin = end
	}
}

// randomPod returns a pod without an order.
func randomPod(random *rand.Rand) podBuilder {
	pick := func(percent int) bool { return random.IntN(100) < percent }
	var names []string
	for i := range 1 + random.IntN(3) {
		names = append(names, fmt.Sprintf("c%d", i))
	}
	pod := podOf(names...).policy([]v1.RestartPolicy{v1.RestartPolicyAlways, v1.RestartPolicyOnFailure, v1.RestartPolicyNever}[random.IntN(3)])
	pod.Annotations = map[string]string{"example.com/other": "value"}
	for i := range random.IntN(3) {
		c := v1.Container{Name: fmt.Sprintf("i%d", i), Image: "image:1", ImagePullPolicy: v1.PullIfNotPresent}
		if pick(50) {
			restarts(v1.ContainerRestartPolicyAlways)(&c)
		}
		pod.Spec.InitContainers = append(pod.Spec.InitContainers, c)
	}
	if pick(15) {
		pod.Spec.EphemeralContainers = append(pod.Spec.EphemeralContainers, v1.EphemeralContainer{
			EphemeralContainerCommon: v1.EphemeralContainerCommon{Name: "debug", Image: "image:1", ImagePullPolicy: v1.PullIfNotPresent}})
	}
	for _, containers := range [][]v1.Container{pod.Spec.Containers, pod.Spec.InitContainers} {
		for i := range containers {
			c := &containers[i]
			for _, option := range []func(*v1.Container){ready, startup, postStart, preStop} {
				if pick(20) {
					option(c)
				}
			}
			if c.RestartPolicy == nil && pick(30) {
				restarts([]v1.ContainerRestartPolicy{v1.ContainerRestartPolicyAlways, v1.ContainerRestartPolicyOnFailure,
					v1.ContainerRestartPolicyNever}[random.IntN(3)])(c)
				if pick(50) {
					c.RestartPolicyRules = []v1.ContainerRestartRule{{
						Action: []v1.ContainerRestartRuleAction{v1.ContainerRestartRuleActionRestart,
							v1.ContainerRestartRuleActionRestartAllContainers}[random.IntN(2)],
						ExitCodes: &v1.ContainerRestartRuleOnExitCodes{Operator: v1.ContainerRestartRuleOnExitCodesOpIn, Values: []int32{42}},
					}}
				}
			}
		}
	}
	if pick(15) {
		pod.DeletionTimestamp = &metav1.Time{Time: time.Unix(1000, 0)}
		pod.DeletionGracePeriodSeconds = ptr.To(random.Int64N(5))
	}
	return pod
}

// randomHistory fills the runtime with a random history of the pod: sandboxes, container records in any state, and
// probe results.
func randomHistory(random *rand.Rand, k *testKubelet, pod *v1.Pod) {
	ctx := silence()
	clock := int64(1)
	tick := func() int64 { clock++; return clock }
	results := []proberesults.Result{proberesults.Success, proberesults.Failure, proberesults.Unknown}
	sandboxes := random.IntN(3)
	for attempt := range sandboxes {
		config, err := k.generatePodSandboxConfig(ctx, pod, uint32(attempt))
		if err != nil {
			panic(err)
		}
		state := runtimeapi.PodSandboxState_SANDBOX_NOTREADY
		if attempt == sandboxes-1 && random.IntN(4) > 0 || random.IntN(10) == 0 {
			state = runtimeapi.PodSandboxState_SANDBOX_READY
		}
		id := apitest.BuildSandboxName(config.Metadata)
		k.runtime.Sandboxes[id] = &apitest.FakePodSandbox{PodSandboxStatus: runtimeapi.PodSandboxStatus{
			Id: id, Metadata: config.Metadata, State: state, CreatedAt: tick(), Labels: config.Labels, Annotations: config.Annotations,
			Network: &runtimeapi.PodSandboxNetworkStatus{Ip: []string{"10.0.0.1", "10.0.0.1", "10.0.0.1", ""}[random.IntN(4)]},
		}}
		for _, containers := range [][]v1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
			for i := range containers {
				for restart := range random.IntN(3) {
					c := k.randomRecord(random, pod, &containers[i], id, attempt*10+restart, tick)
					k.runtime.Containers[c.Id] = c
					kubeID := kubecontainer.ContainerID{Type: k.Type(), ID: c.Id}
					if random.IntN(3) > 0 {
						k.started.Set(kubeID, results[random.IntN(3)], nil)
					}
					if random.IntN(3) > 0 {
						k.livenessManager.Set(kubeID, results[random.IntN(3)], nil)
					}
				}
			}
		}
	}
}

func (k *testKubelet) randomRecord(
	random *rand.Rand, pod *v1.Pod, container *v1.Container, sandbox string, restart int, tick func() int64,
) *apitest.FakeContainer {
	changed := *container
	if random.IntN(10) == 0 {
		changed.Image = "image:0"
	}
	config, _, err := k.generateContainerConfig(silence(), &changed, pod, restart, "", changed.Image, nil, nil, nil)
	if err != nil {
		panic(err)
	}
	c := &apitest.FakeContainer{SandboxID: sandbox, ContainerStatus: runtimeapi.ContainerStatus{
		Id: apitest.BuildContainerName(config.Metadata, sandbox), Metadata: config.Metadata, Image: config.Image,
		ImageRef: config.Image.Image, Labels: config.Labels, Annotations: config.Annotations, CreatedAt: tick(),
		State: []runtimeapi.ContainerState{runtimeapi.ContainerState_CONTAINER_CREATED, runtimeapi.ContainerState_CONTAINER_UNKNOWN,
			runtimeapi.ContainerState_CONTAINER_RUNNING, runtimeapi.ContainerState_CONTAINER_RUNNING, runtimeapi.ContainerState_CONTAINER_RUNNING,
			runtimeapi.ContainerState_CONTAINER_EXITED, runtimeapi.ContainerState_CONTAINER_EXITED,
			runtimeapi.ContainerState_CONTAINER_EXITED}[random.IntN(8)],
	}}
	if c.State != runtimeapi.ContainerState_CONTAINER_CREATED {
		c.StartedAt = tick()
	}
	if c.State == runtimeapi.ContainerState_CONTAINER_EXITED {
		c.FinishedAt, c.ExitCode = tick(), []int32{0, 1, 42}[random.IntN(3)]
	}
	return c
}

// Pinning must not change the pod: the annotations of its sandbox are the pod's own map.
func TestDependencyPinningLeavesThePodAlone(t *testing.T) {
	pod := podOf("app").says("app", `{}`)
	before := pod.DeepCopy()
	pinned := pinnedAnnotations(pod.Pod)
	if diff := cmp.Diff(before, pod.Pod); diff != "" {
		t.Errorf("the pod has changed (-before +after):\n%s", diff)
	}
	added := 0
	for key := range pinned {
		if _, own := pod.Annotations[key]; !own {
			added++
			if !strings.HasPrefix(key, dependency.AnnotationPrefix) {
				t.Errorf("annotation %q is not ours", key)
			}
		}
	}
	if added != 1 {
		t.Errorf("%d annotations added, want 1: %v", added, pinned)
	}
}
