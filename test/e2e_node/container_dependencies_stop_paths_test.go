// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	v1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	admissionapi "k8s.io/pod-security-admission/api"
	"k8s.io/utils/ptr"

	podutil "k8s.io/kubernetes/pkg/api/v1/pod"
	kubeapi "k8s.io/kubernetes/pkg/apis/core"
	"k8s.io/kubernetes/pkg/apis/scheduling"
	"k8s.io/kubernetes/pkg/features"
	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
	"k8s.io/kubernetes/pkg/kubelet/events"
	"k8s.io/kubernetes/pkg/kubelet/ordering"
	kubetypes "k8s.io/kubernetes/pkg/kubelet/types"
	"k8s.io/kubernetes/test/e2e/framework"
	e2epod "k8s.io/kubernetes/test/e2e/framework/pod"
	"k8s.io/kubernetes/test/utils/actor"
)

// stopPath is one of the reasons for which a pod is stopped.
type stopPath struct {
	// period is the time that all containers have together after the first one is told to stop, unless end returns a time.
	period time.Duration
	// prepare edits the pod.
	prepare func(*v1.Pod)
	// exited are the containers that are not running when the stop begins.
	exited []string
	// end causes the stop. If it returns a time, the last container must have ended by then.
	end func(context.Context, *stopScene) time.Time
	// ordered reports whether the pod needs a feature that the upstream kubelet does not have.
	ordered bool
	// failed, if set, matches the failed pod, whose status gives the reason for the stop.
	failed types.GomegaMatcher
}

// stopScene is a pod whose containers do not exit on SIGTERM.
type stopScene struct {
	f     *framework.Framework
	stage *actor.Stage
	ends  *containerEnds
	pod   *v1.Pod
	// uid is the pod UID that the runtime knows.
	uid string
}

const stopGrace = 8 * time.Second

// stoppedPod returns a pod with an app, a proxy, metrics and certs. If it is not ordered, for comparison with the upstream kubelet, all
// but the app are native sidecars.
func stoppedPod(name string, ordered bool) *v1.Pod {
	order := map[string]string{
		"proxy":   `{"type":"Sidecar","dependsOn":[{"container":"certs"}]}`,
		"metrics": `{"type":"Sidecar","dependsOn":[{"container":"certs"}],"stopTimeoutSeconds":1}`,
		"certs":   sidecar,
	}
	app := actor.New("app", actor.WithHeldStop)
	sidecars := []v1.Container{actor.New("certs", actor.WithHeldStop), actor.New("metrics", actor.WithHeldStop),
		actor.New("proxy", actor.WithHeldStop)}
	pod := actorPod(name, v1.RestartPolicyAlways, order, append([]v1.Container{app}, sidecars...)...)
	if !ordered {
		pod = actorPod(name, v1.RestartPolicyAlways, nil, app)
		for i := range sidecars {
			actor.Native(&sidecars[i])
		}
		pod.Spec.InitContainers = sidecars
	}
	pod.Spec.TerminationGracePeriodSeconds = ptr.To(int64(stopGrace / time.Second))
	return pod
}

// These specs allow for a busy node. hack/stops.sh measures how exact the times are on an idle node, with this kubelet and with the
// upstream one.
//
// Serial and Disruptive, because the specs restart the kubelet and the container runtime, and evict pods.
var _ = SIGDescribe("Container Dependencies stop paths", framework.WithFeatureGate(
	features.ContainerDependencies), framework.WithSerial(), framework.WithDisruptive(), func() {
	f := framework.NewDefaultFramework("container-dependencies-stop-paths")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	deletePodIn := func(seconds *int64) func(context.Context, *stopScene) time.Time {
		return func(ctx context.Context, s *stopScene) time.Time {
			err := f.ClientSet.CoreV1().Pods(s.pod.Namespace).Delete(ctx, s.pod.Name, metav1.DeleteOptions{GracePeriodSeconds: seconds})
			framework.ExpectNoError(err, "delete pod %q", s.pod.Name)
			return time.Time{}
		}
	}
	// A restarted kubelet whose node is under memory pressure does not admit a pod without requests again. It does not admit one with
	// large requests either, because the threshold for hard eviction reduces the node's allocatable resources.
	requests := func(pod *v1.Pod) {
		pod.Spec.Containers[0].Resources.Requests = v1.ResourceList{
			v1.ResourceCPU: resource.MustParse("100m"), v1.ResourceMemory: resource.MustParse("1Mi"),
		}
	}
	neverRestarts := func(pod *v1.Pod) {
		pod.Spec.RestartPolicy = v1.RestartPolicyNever
		for i := range pod.Spec.Containers[1:] {
			// Without one of its own, a Sidecar under policy Never is invalid.
			actor.NeverRestarted(&pod.Spec.Containers[1+i])
		}
	}
	evictFor := func(change func(*kubeletconfig.KubeletConfiguration)) func(context.Context, *stopScene) time.Time {
		return func(ctx context.Context, _ *stopScene) time.Time {
			changeKubeletConfig(ctx, f, change)
			return time.Time{}
		}
	}

	underPressure := func(config *kubeletconfig.KubeletConfiguration) {
		config.EvictionHard = map[string]string{"memory.available": "99.9%"}
		config.EvictionMinimumReclaim = nil
	}

	ginkgo.DescribeTable("should keep to the order and to the period", func(ctx context.Context, path stopPath) {
		ours := hasContainerDependencies(ctx, f)
		if path.ordered && !ours {
			ginkgo.Skip("the pod needs a feature that this kubelet does not have")
		}
		s := &stopScene{f: f, stage: actor.NewStage(), ends: watchContainerEnds(ctx)}
		pod := stoppedPod("stopped", ours)
		if path.prepare != nil {
			path.prepare(pod)
		}
		s.pod = createOnStage(ctx, f, s.stage, pod)
		s.uid = string(s.pod.UID)
		names := s.started(ctx, path.exited)
		deadline := path.end(ctx, s)
		s.expectStop(ctx, specName(), path.period, deadline, names)
		if path.failed != nil {
			expectPod(ctx, f, s.pod, path.failed, "the status of the pod at the end")
		}
	},
		ginkgo.Entry("deletion", stopPath{period: stopGrace, end: deletePodIn(nil)}),
		ginkgo.Entry("deletion in 5 s", stopPath{period: 5 * time.Second, end: deletePodIn(ptr.To[int64](5))}),
		ginkgo.Entry("deletion by force", stopPath{period: time.Second, end: deletePodIn(ptr.To[int64](0))}),
		ginkgo.Entry("deletion, shortened to 8 s", stopPath{
			prepare: func(pod *v1.Pod) { pod.Spec.TerminationGracePeriodSeconds = ptr.To[int64](40) },
			end: func(ctx context.Context, s *stopScene) time.Time {
				deletePodIn(nil)(ctx, s)
				s.stage.WaitFor(ctx, "app term")
				deletePodIn(ptr.To[int64](8))(ctx, s)
				return time.Now().Add(8 * time.Second)
			},
		}),
		ginkgo.Entry("eviction by way of the API server", stopPath{period: stopGrace, end: func(ctx context.Context, s *stopScene) time.Time {
			err := f.ClientSet.CoreV1().Pods(s.pod.Namespace).EvictV1(ctx, &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Name: s.pod.Name}})
			framework.ExpectNoError(err, "evict pod %q", s.pod.Name)
			return time.Time{}
		}}),
		ginkgo.Entry("active deadline", stopPath{
			period:  stopGrace,
			failed:  haveFailed("DeadlineExceeded", false),
			prepare: func(pod *v1.Pod) { pod.Spec.ActiveDeadlineSeconds = ptr.To[int64](6) },
			end:     func(context.Context, *stopScene) time.Time { return time.Time{} },
		}),
		ginkgo.Entry("completion", stopPath{period: stopGrace, prepare: neverRestarts, exited: []string{"app"},
			end: func(_ context.Context, s *stopScene) time.Time {
				s.stage.Finish("app", 0)
				return time.Time{}
			}}),
		ginkgo.Entry("failed dependency", stopPath{
			period: stopGrace, ordered: true, failed: haveFailed(events.DependencyFailed, false), exited: []string{"app", "job"},
			prepare: func(pod *v1.Pod) {
				neverRestarts(pod)
				pod.Spec.Containers = append(pod.Spec.Containers, actor.New("job"))
				setOrderOf(pod, "app", `{"dependsOn":[{"container":"job","condition":"Succeeded"}]}`)
			},
			end: func(_ context.Context, s *stopScene) time.Time {
				s.stage.Finish("job", 3)
				return time.Time{}
			}}),
		ginkgo.Entry("soft eviction", stopPath{
			period: stopGrace, failed: haveFailed("Evicted", true), prepare: requests,
			end: evictFor(func(config *kubeletconfig.KubeletConfiguration) {
				// Without thresholds for hard eviction the kubelet uses its defaults, and the node's disk may be fuller than they allow.
				config.EvictionHard = map[string]string{"memory.available": "1Mi"}
				config.EvictionSoft = map[string]string{"memory.available": "99.9%"}
				config.EvictionSoftGracePeriod = map[string]string{"memory.available": "1s"}
				config.EvictionMaxPodGracePeriod = int32(stopGrace / time.Second)
				config.EvictionMinimumReclaim = nil
			}),
		}),
		ginkgo.Entry("hard eviction", stopPath{
			period: time.Second, failed: haveFailed("Evicted", true), prepare: requests, end: evictFor(underPressure),
		}),
		ginkgo.Entry("not admitted again after a restart of the kubelet", stopPath{period: stopGrace, end: evictFor(underPressure)}),
		ginkgo.Entry("preemption", stopPath{
			period:  stopGrace,
			failed:  haveFailed("Preempting", true),
			prepare: requests,
			end: func(ctx context.Context, _ *stopScene) time.Time {
				critical := getTestPod(true, "critical",
					v1.ResourceRequirements{Requests: getNodeCPUAndMemoryCapacity(ctx, f)}, getNodeName(ctx, f))
				client := e2epod.PodClientNS(f, kubeapi.NamespaceSystem)
				client.Create(ctx, critical)
				ginkgo.DeferCleanup(func(ctx context.Context) {
					client.DeleteSync(ctx, critical.Name, metav1.DeleteOptions{}, f.Timeouts.PodDelete)
				})
				return time.Time{}
			},
		}),
		ginkgo.Entry("restart of the kubelet in the stop", stopPath{end: func(ctx context.Context, s *stopScene) time.Time {
			deletePodIn(ptr.To[int64](20))(ctx, s)
			s.stage.WaitFor(ctx, "app term")
			pod, err := f.ClientSet.CoreV1().Pods(s.pod.Namespace).Get(ctx, s.pod.Name, metav1.GetOptions{})
			framework.ExpectNoError(err, "read pod %q", s.pod.Name)
			killKubelet(ctx, func() {})
			return pod.DeletionTimestamp.Time
		}}),
		ginkgo.Entry("restart of the runtime in the stop", stopPath{
			period: 16 * time.Second,
			end: func(ctx context.Context, s *stopScene) time.Time {
				deletePodIn(ptr.To[int64](16))(ctx, s)
				s.stage.WaitFor(ctx, "app term")
				restartContainerd(ctx)
				return time.Time{}
			},
		}),
		ginkgo.Entry("a pod whose object is gone", stopPath{period: stopGrace, end: func(ctx context.Context, s *stopScene) time.Time {
			killKubelet(ctx, func() { deletePodIn(ptr.To[int64](0))(ctx, s) })
			return time.Time{}
		}}),
	)

	ginkgo.It("should keep to the order and to the period: removal of a static pod", func(ctx context.Context) {
		ours := hasContainerDependencies(ctx, f)
		s := &stopScene{f: f, stage: actor.NewStage(), ends: watchContainerEnds(ctx)}
		s.pod = stoppedPod("static", ours)
		mirror, remove := createStaticOnStage(ctx, f, s.stage, s.pod)
		names := s.started(ctx, nil)
		mirror = expectPod(ctx, f, mirror, gomega.HaveField("Annotations", gomega.HaveKey(kubetypes.ConfigHashAnnotationKey)), "the mirror pod")
		s.uid = mirror.Annotations[kubetypes.ConfigHashAnnotationKey]
		remove()
		s.expectStop(ctx, specName(), stopGrace, time.Time{}, names)
	})

	ginkgo.It("should keep to the order and to the period: shutdown of the node", func(ctx context.Context) {
		ours := hasContainerDependencies(ctx, f)
		machine := newLogind()
		changeKubeletConfig(ctx, f, func(config *kubeletconfig.KubeletConfiguration) {
			config.ShutdownGracePeriodByPodPriority = []kubeletconfig.ShutdownGracePeriodByPodPriority{
				{Priority: 0, ShutdownGracePeriodSeconds: 8},
				{Priority: scheduling.SystemCriticalPriority, ShutdownGracePeriodSeconds: 6},
			}
		})
		scene := func(name, namespace, class string) *stopScene {
			s := &stopScene{f: f, stage: actor.NewStage(), ends: watchContainerEnds(ctx)}
			pod := stoppedPod(name, ours)
			pod.Spec.TerminationGracePeriodSeconds = ptr.To[int64](600)
			pod.Spec.PriorityClassName = class
			s.stage.Join(&pod.Spec)
			client := e2epod.PodClientNS(f, namespace)
			s.pod = client.Create(ctx, inForm(pod))
			s.uid = string(s.pod.UID)
			ginkgo.DeferCleanup(func(ctx context.Context) {
				client.DeleteSync(ctx, pod.Name, metav1.DeleteOptions{}, f.Timeouts.PodDelete)
			})
			return s
		}
		ordinary := scene("ordinary", f.Namespace.Name, "")
		critical := scene("stop-critical", kubeapi.NamespaceSystem, scheduling.SystemNodeCritical)
		names := ordinary.started(ctx, nil)
		critical.started(ctx, nil)
		machine.shutdown(ctx, true)
		ginkgo.DeferCleanup(func(ctx context.Context) { machine.shutdown(ctx, false) })
		ordinary.expectStop(ctx, specName()+", ordinary pod", 8*time.Second, time.Time{}, names)
		critical.expectStop(ctx, specName()+", critical pod", 6*time.Second, time.Time{}, names)
		machine.expectWaited(ctx, slices.MaxFunc(slices.Collect(maps.Values(critical.ends.of(critical.uid))), time.Time.Compare))
		for _, s := range []*stopScene{ordinary, critical} {
			expectPod(ctx, f, s.pod, haveFailed("Terminated", true), "the status of the pod at the end")
		}
		last := ordinary.stage.Timeline()
		gomega.Expect(critical.stage.Timeline()[critical.stage.Timeline().Index("app term")].At).To(
			gomega.BeTemporally(">", last[last.Index("app term")].At.Add(stopGrace-time.Second)), "the turn of the critical pod")
	})
})

// started waits until all containers have started, and returns the names of those that still run when the stop begins.
func (s *stopScene) started(ctx context.Context, exited []string) []string {
	ginkgo.GinkgoHelper()
	var names []string
	for _, containers := range [][]v1.Container{s.pod.Spec.InitContainers, s.pod.Spec.Containers} {
		for i := range containers {
			name := containers[i].Name
			if !slices.Contains(exited, name) {
				names = append(names, name)
			}
			if !slices.Contains(exited, "job") || name != "app" {
				s.stage.WaitFor(ctx, name+" start")
			}
		}
	}
	return names
}

// expectStop waits until the containers have ended, reports the times, and compares them with the intended ones.
func (s *stopScene) expectStop(ctx context.Context, path string, period time.Duration, deadline time.Time, names []string) {
	ginkgo.GinkgoHelper()
	gomega.Eventually(ctx, func() []string {
		ends := s.ends.of(s.uid)
		return slices.DeleteFunc(slices.Clone(names), func(name string) bool { _, ended := ends[name]; return ended })
	}).WithTimeout(3*time.Minute).WithPolling(dependencyPoll).Should(gomega.BeEmpty(), "containers that have not ended")
	stop := observeStop(path, s.stage.Timeline(), s.ends.of(s.uid))
	if stop.period = period; !deadline.IsZero() {
		stop.period = deadline.Sub(stop.began)
	}
	graph, err := ordering.ForPod(s.pod)
	framework.ExpectNoError(err, "read the order of the pod")
	if graph == nil {
		// The upstream kubelet promises no times.
		stop.report(ctx)
		return
	}
	stop.intended = intendedStop(graph, stop.period, names)
	stop.report(ctx)
	stop.expectOnTime()
}

// haveFailed matches a failed pod with that reason, and with the condition DisruptionTarget if and only if disrupted is set.
func haveFailed(reason string, disrupted bool) types.GomegaMatcher {
	return gomega.And(havePhase(v1.PodFailed), gomega.HaveField("Status.Reason", reason), gomega.WithTransform(func(pod *v1.Pod) bool {
		_, condition := podutil.GetPodCondition(&pod.Status, v1.DisruptionTarget)
		return condition != nil && condition.Status == v1.ConditionTrue
	}, gomega.Equal(disrupted)))
}

// specName returns the name of the stop path that the current spec tests.
func specName() string {
	// Cut off the labels that the framework adds.
	text, _, _ := strings.Cut(ginkgo.CurrentSpecReport().LeafNodeText, " [")
	if _, path, found := strings.Cut(text, ": "); found {
		return path
	}
	return text
}

// changeKubeletConfig restarts the kubelet with a changed configuration. When the spec ends, it restarts it with the previous one.
func changeKubeletConfig(ctx context.Context, f *framework.Framework, change func(*kubeletconfig.KubeletConfiguration)) {
	ginkgo.GinkgoHelper()
	before, err := getCurrentKubeletConfig(ctx)
	framework.ExpectNoError(err, "read the kubelet's configuration")
	after := before.DeepCopy()
	change(after)
	ginkgo.DeferCleanup(func(ctx context.Context) { updateKubeletConfig(ctx, f, before, true) })
	updateKubeletConfig(ctx, f, after, true)
}

// hasContainerDependencies reports whether the node runs our kubelet rather than the upstream one, which is tested for comparison.
func hasContainerDependencies(ctx context.Context, f *framework.Framework) bool {
	ginkgo.GinkgoHelper()
	node, err := f.ClientSet.CoreV1().Nodes().Get(ctx, framework.TestContext.NodeName, metav1.GetOptions{})
	framework.ExpectNoError(err, "read the node")
	return strings.Contains(node.Status.NodeInfo.KubeletVersion, "+ordering.")
}
