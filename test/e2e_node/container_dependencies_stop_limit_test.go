// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	admissionapi "k8s.io/pod-security-admission/api"
	"k8s.io/utils/ptr"

	"k8s.io/kubernetes/pkg/features"
	"k8s.io/kubernetes/pkg/kubelet/events"
	"k8s.io/kubernetes/test/e2e/framework"
	"k8s.io/kubernetes/test/utils/actor"
)

// Serial and Disruptive, because the specs restart the kubelet.
var _ = SIGDescribe("Container Dependencies stop limits", framework.WithFeatureGate(
	features.ContainerDependencies), framework.WithSerial(), framework.WithDisruptive(), func() {
	f := framework.NewDefaultFramework("container-dependencies-stop-limit")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	chain := map[string]string{"proxy": `{"type":"Sidecar","dependsOn":[{"container":"certs"}]}`, "certs": sidecar}
	// deaf creates a pod with a chain of containers that do not exit on SIGTERM, and waits until they run.
	deaf := func(ctx context.Context, stage *actor.Stage, name string, grace int64) *v1.Pod {
		pod := actorPod(name, v1.RestartPolicyAlways, chain,
			actor.New("app", actor.WithHeldStop), actor.New("proxy", actor.WithHeldStop), actor.New("certs", actor.WithHeldStop))
		pod.Spec.TerminationGracePeriodSeconds = &grace
		pod = createOnStage(ctx, f, stage, pod)
		expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("app", "proxy", "certs"), beReady()), "the pod runs")
		stage.WaitFor(ctx, "app start", "proxy start", "certs start")
		return pod
	}
	// told returns when a container got SIGTERM, measured from the first SIGTERM.
	told := func(stage *actor.Stage, container string) time.Duration {
		timeline := stage.Timeline()
		first, at := timeline.Index("app term"), timeline.Index(container+" term")
		gomega.Expect(timeline).To(actor.HaveHappened("app term", container+" term"))
		return timeline[at].At.Sub(timeline[first].At)
	}
	// slack is for the whole stop of a pod. No container can record when it was killed, so it is measured until the object is gone,
	// which the specs look for every 2 s.
	const slack = 6 * time.Second

	ginkgo.It("should give each container of a chain its share, and all of them the grace period", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := deaf(ctx, stage, "deaf", 12)
		began := time.Now()
		deletePod(ctx, f, pod)
		waitForPodGone(ctx, f, pod)
		gomega.Expect(time.Since(began)).To(gomega.BeNumerically("<", 12*time.Second+slack), "the whole stop")
		gomega.Expect(stage.Timeline()).To(gomega.And(actor.HappenInOrder("app term", "proxy term", "certs term"),
			actor.NotHappen("app exit", "proxy exit", "certs exit")))
		gomega.Expect(told(stage, "proxy")).To(beOnTime(8 * time.Second))
		gomega.Expect(told(stage, "certs")).To(beOnTime(10 * time.Second))
		for _, container := range []string{"app", "proxy", "certs"} {
			expectEvents(ctx, f, pod, container, events.ExceededStopLimit, 1)
		}
	})

	ginkgo.DescribeTable("should keep the order whatever ends the pod", func(
		ctx context.Context, prepare func(*v1.Pod), end func(context.Context, *v1.Pod),
	) {
		stage := actor.NewStage()
		pod := actorPod("ended", v1.RestartPolicyAlways, chain, actor.New("app", actor.WithHeldStop), actor.New("proxy", actor.WithHeldStop),
			actor.New("certs"))
		prepare(pod)
		pod = createOnStage(ctx, f, stage, pod)
		stage.WaitFor(ctx, "app start", "proxy start", "certs start")
		end(ctx, pod)
		for _, container := range []string{"app", "proxy"} {
			stage.WaitFor(ctx, container+" term")
			gomega.Consistently(ctx, stage.Timeline).WithTimeout(time.Second).WithPolling(dependencyPoll).Should(actor.NotHappen("certs term"))
			stage.Cue(container + ".stopped")
		}
		stage.WaitFor(ctx, "certs exit")
		gomega.Expect(stage.Timeline()).To(gomega.And(
			actor.HappenInOrder("app term", "spec app.stopped", "app exit", "proxy term", "spec proxy.stopped", "proxy exit", "certs term",
				"certs exit"),
			actor.HappenOnce("app term", "proxy term", "certs term")))
	},
		ginkgo.Entry("its active deadline",
			func(pod *v1.Pod) { pod.Spec.ActiveDeadlineSeconds = ptr.To[int64](8) },
			func(context.Context, *v1.Pod) {}),
		ginkgo.Entry("an eviction by way of the API server",
			func(*v1.Pod) {},
			func(ctx context.Context, pod *v1.Pod) {
				err := f.ClientSet.CoreV1().Pods(pod.Namespace).EvictV1(ctx, &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Name: pod.Name}})
				framework.ExpectNoError(err, "evict pod %q", pod.Name)
			}),
	)

	ginkgo.It("should follow a grace period that is shortened", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := deaf(ctx, stage, "shortened", 600)
		deletePod(ctx, f, pod)
		stage.WaitFor(ctx, "app term")
		ginkgo.By("Deleting the pod again, with a shorter grace period")
		began := time.Now()
		err := f.ClientSet.CoreV1().Pods(pod.Namespace).Delete(ctx, pod.Name, metav1.DeleteOptions{GracePeriodSeconds: ptr.To[int64](9)})
		framework.ExpectNoError(err, "delete pod %q", pod.Name)
		waitForPodGone(ctx, f, pod)
		gomega.Expect(time.Since(began)).To(gomega.BeNumerically("<", 9*time.Second+slack), "the rest of the stop")
		gomega.Expect(stage.Timeline()).To(actor.HappenInOrder("app term", "proxy term", "certs term"))
	})

	ginkgo.It("should give each container its signal when the grace period is shortened to nothing", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := deaf(ctx, stage, "forced", 600)
		deletePod(ctx, f, pod)
		stage.WaitFor(ctx, "app term")
		ginkgo.By("Deleting the pod again, without time to stop")
		err := f.ClientSet.CoreV1().Pods(pod.Namespace).Delete(ctx, pod.Name, metav1.DeleteOptions{GracePeriodSeconds: ptr.To[int64](1)})
		framework.ExpectNoError(err, "delete pod %q", pod.Name)
		waitForPodGone(ctx, f, pod)
		gomega.Expect(stage.Timeline()).To(gomega.And(
			actor.HappenOnce("app term", "proxy term", "certs term"), actor.NotHappen("app exit", "proxy exit", "certs exit")))
		gomega.Expect(told(stage, "certs")-told(stage, "proxy")).To(gomega.BeNumerically("~", 0, recordDelay), "all are told at the same time")
		for _, container := range []string{"proxy", "certs"} {
			expectEvents(ctx, f, pod, container, events.ExceededStopLimit, 0)
		}
	})

	ginkgo.It("should not begin the grace period anew when the kubelet restarts", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := deaf(ctx, stage, "restarted", 20)
		began := time.Now()
		deletePod(ctx, f, pod)
		stage.WaitFor(ctx, "app term")
		// This is long enough to distinguish the old grace period from a new one.
		gomega.Consistently(ctx, stage.Timeline).WithTimeout(8 * time.Second).WithPolling(dependencyPoll).Should(actor.NotHappen("proxy term"))
		killKubelet(ctx, func() {})
		waitForPodGone(ctx, f, pod)
		gomega.Expect(time.Since(began)).To(gomega.BeNumerically("<", 20*time.Second+slack), "the whole stop")
		gomega.Expect(stage.Timeline()).To(actor.HappenInOrder("app term", "proxy term", "certs term"))
	})

	ginkgo.It("should keep the order of a pod whose object is gone", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := actorPod("orphan", v1.RestartPolicyAlways, chain, actor.New("app", actor.WithPreStop, actor.WithHeldStop),
			actor.New("proxy", actor.WithHeldStop), actor.New("certs"))
		pod = createOnStage(ctx, f, stage, pod)
		expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("app", "proxy", "certs"), beReady()), "the pod runs")
		stage.WaitFor(ctx, "app start", "proxy start", "certs start")
		killKubelet(ctx, func() {
			err := f.ClientSet.CoreV1().Pods(pod.Namespace).Delete(ctx, pod.Name, metav1.DeleteOptions{GracePeriodSeconds: ptr.To[int64](0)})
			framework.ExpectNoError(err, "delete pod %q by force", pod.Name)
		})
		stage.WaitFor(ctx, "app term")
		// Wait for several rounds of the kubelet's housekeeping, which removes the cgroups of orphaned pods.
		gomega.Consistently(ctx, stage.Timeline).WithTimeout(6 * time.Second).WithPolling(dependencyPoll).
			Should(actor.NotHappen("proxy term", "certs term"))
		stage.Cue("app.stopped")
		stage.WaitFor(ctx, "proxy term")
		stage.Cue("proxy.stopped")
		stage.WaitFor(ctx, "certs exit")
		gomega.Expect(stage.Timeline()).To(gomega.And(
			actor.HappenInOrder("app prestop-done", "app term", "spec app.stopped", "app exit", "proxy term", "spec proxy.stopped", "proxy exit",
				"certs term", "certs exit"),
			actor.HappenOnce("app prestop", "app term", "proxy term", "certs term")))
	})
})
