// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"
	admissionapi "k8s.io/pod-security-admission/api"

	"k8s.io/kubernetes/pkg/features"
	"k8s.io/kubernetes/pkg/kubelet/events"
	"k8s.io/kubernetes/test/e2e/framework"
	e2epod "k8s.io/kubernetes/test/e2e/framework/pod"
	"k8s.io/kubernetes/test/utils/actor"
)

var _ = SIGDescribe("Container Dependencies succeeded containers", framework.WithFeatureGate(
	features.ContainerDependencies), framework.WithSerial(), framework.WithDisruptive(), func() {
	f := framework.NewDefaultFramework("container-dependencies-succeeded")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	ginkgo.DescribeTable("should take a one-shot Sidecar that has Succeeded for Ready, also after a reboot",
		func(ctx context.Context, policy v1.RestartPolicy, reboot func(ctx context.Context, pod *v1.Pod)) {
			stage := actor.NewStage()
			pod := createOnStage(ctx, f, stage, actorPod("bootstrap", policy, map[string]string{
				"setup": `{"type":"Sidecar"}`,
				"proxy": `{"type":"Sidecar","dependsOn":[{"container":"setup","condition":"Started"}]}`,
			}, actor.New("app"), actor.New("proxy", actor.WithReadiness), actor.New("setup", restartsOnFailure, actor.WithReadiness)))

			stage.WaitFor(ctx, "setup start")
			expectPod(ctx, f, pod, actor.HaveWaiting("app", events.WaitingForDependencies, gomega.ContainSubstring(`"setup" to be Ready`)),
				"the app waits for the bootstrap")
			stage.Cue("proxy.ready")
			stage.WaitFor(ctx, "proxy ready")
			// It never becomes ready, but does its work.
			stage.Finish("setup", 0)
			pod = expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("app", "proxy"), actor.HaveExited("setup", 0), haveNoRestarts()),
				"the app starts")
			stage.WaitFor(ctx, "app start")
			gomega.Expect(stage.Timeline()).To(gomega.And(actor.HappenInOrder("setup exit", "app start"), actor.NotHappen("setup ready")))

			reboot(ctx, pod)
			// A kubelet that sees one of them exit first restarts it in the sandbox that is being stopped.
			gomega.Eventually(ctx, stage.Timeline).WithTimeout(dependencyTimeout).WithPolling(dependencyPoll).
				Should(actor.HappenAgain("app start", "proxy start"), "the others start in the new sandbox")
			expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("app", "proxy"), actor.HaveExited("setup", 0)), "the pod runs again")
			gomega.Expect(stage.Timeline()).To(actor.HappenOnce("setup start"))
		},
		ginkgo.Entry("under policy Always", v1.RestartPolicyAlways, func(ctx context.Context, pod *v1.Pod) { stopSandboxesOf(ctx, pod) }),
		ginkgo.Entry("under policy OnFailure", v1.RestartPolicyOnFailure, func(ctx context.Context, pod *v1.Pod) { stopSandboxesOf(ctx, pod) }),
		ginkgo.Entry("under policy Always, while no kubelet runs", v1.RestartPolicyAlways, func(ctx context.Context, pod *v1.Pod) {
			killKubelet(ctx, func() { stopSandboxesOf(ctx, pod) })
		}),
	)

	const why = `"app" can never start: it waits for "setup" to be Succeeded, which has exited with code 0`
	// polite exits with code 0 when it is told to stop. It reports its start only when a signal no longer gets lost.
	polite := func(c *v1.Container) {
		c.Command = actor.Command("trap 'exit 0' TERM; note start; while :; do sleep 0.1; done")
	}
	stopped := gomega.And(
		actor.HaveWaiting("app", events.DependencyFailed, gomega.HavePrefix(why)), actor.HaveExited("setup", 0), actor.HaveRunning("other"),
		gomega.WithTransform(func(pod *v1.Pod) string { return actor.StatusOf(pod, "setup").State.Terminated.Reason },
			gomega.Equal(events.StoppedByKubelet)))
	order := map[string]string{"app": `{"dependsOn":[{"container":"setup","condition":"Succeeded"}]}`}

	ginkgo.It("should not take a container for Succeeded that the kubelet has ended, and remember it", func(ctx context.Context) {
		failingHook := func(c *v1.Container) {
			c.Lifecycle = &v1.Lifecycle{PostStart: &v1.LifecycleHandler{Exec: &v1.ExecAction{Command: []string{"sh", "-c", "sleep 1; exit 1"}}}}
		}
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("polite", v1.RestartPolicyAlways, order,
			actor.New("app"), actor.New("other"), actor.New("setup", actor.NeverRestarted, polite, failingHook)))
		expectPod(ctx, f, pod, stopped, "the app can never start")

		killKubelet(ctx, func() { stage.Finish("other", 0) })
		gomega.Eventually(ctx, stage.Timeline).WithTimeout(dependencyTimeout).WithPolling(dependencyPoll).
			Should(actor.HappenTimes(2, "other start"), "the new kubelet looks at the pod")
		expectPod(ctx, f, pod, stopped, "the app can never start")
		gomega.Expect(stage.Timeline()).To(actor.NotHappen("app start"))
	})

	ginkgo.It("should show that a container has ended, when its restart fails", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("edited", v1.RestartPolicyAlways, order,
			actor.New("app"), actor.New("other"), actor.New("setup", restartsOnFailure, polite)))
		stage.WaitFor(ctx, "setup start")
		expectPod(ctx, f, pod, actor.HaveRunning("setup", "other"), "the bootstrap runs")
		e2epod.NewPodClient(f).Update(ctx, pod.Name, func(pod *v1.Pod) { pod.Spec.Containers[2].Image = "localhost:1/no-such/image:1" })
		expectPod(ctx, f, pod, stopped, "the app can never start")
		gomega.Expect(stage.Timeline()).To(actor.NotHappen("app start"))
	})
})
