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
	"k8s.io/kubernetes/test/utils/actor"
)

var _ = SIGDescribe("Container Dependencies failure", framework.WithFeatureGate(features.ContainerDependencies), func() {
	f := framework.NewDefaultFramework("container-dependencies-failure")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	// c depends on b, which depends on a, which fails.
	chain := map[string]string{
		"c":     `{"dependsOn":[{"container":"b","condition":"Started"}]}`,
		"b":     `{"dependsOn":[{"container":"a","condition":"Succeeded"}]}`,
		"proxy": sidecar,
	}
	const (
		whyB = `"b" can never start: it waits for "a" to be Succeeded, which has exited with code 3`
		whyC = `"c" can never start: it waits for "b" to be Started, which can never start: it waits for "a" to be Succeeded, ` +
			`which has exited with code 3`
	)

	ginkgo.DescribeTable("should fail the pod when a container in the middle of a chain can never start",
		func(ctx context.Context, policy v1.RestartPolicy, traits ...func(*v1.Container)) {
			stage := actor.NewStage()
			pod := createOnStage(ctx, f, stage, actorPod("chain", policy, chain,
				actor.New("c"), actor.New("b"), actor.New("a", traits...), actor.New("other"),
				actor.New("proxy", actor.AlwaysRestarted)))
			history := recordPod(ctx, f, pod)

			stage.WaitFor(ctx, "a start", "other start")
			stage.Finish("a", 3)
			pod = expectPod(ctx, f, pod, havePhase(v1.PodFailed), "the pod fails")
			gomega.Expect(pod.Status.Reason).To(gomega.Equal(events.DependencyFailed), "reason of the pod")
			gomega.Expect(pod.Status.Message).To(gomega.HavePrefix(whyC), "message of the pod")
			gomega.Expect(pod).To(gomega.And(
				actor.HaveExited("a", 3),
				actor.HaveExited("other", 143),
				actor.HaveExited("proxy", 143),
				actor.HaveWaiting("b", events.DependencyFailed, gomega.HavePrefix(whyB)),
				actor.HaveWaiting("c", events.DependencyFailed, gomega.HavePrefix(whyC)),
				haveNoRestarts(),
			), "containers that ran have stopped, the others keep their reason")
			gomega.Expect(terminalWhileRunning(history.all())).To(gomega.Succeed())
			gomega.Expect(stage.Timeline()).To(gomega.And(
				actor.HappenInOrder("proxy start", "a exit", "other term", "other exit", "proxy term", "proxy exit"),
				actor.HappenOnce("a start", "other start", "proxy start", "other term", "proxy term"),
				actor.NotHappen("b start", "c start")))
			expectEvents(ctx, f, pod, "b", events.DependencyFailed, 1)
			expectEvents(ctx, f, pod, "c", events.DependencyFailed, 1)
		},
		ginkgo.Entry("under policy Never", v1.RestartPolicyNever),
		ginkgo.Entry("under policy OnFailure", v1.RestartPolicyOnFailure, actor.NeverRestarted),
	)

	ginkgo.It("should fail the pod when nothing else of it runs", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("alone", v1.RestartPolicyNever,
			map[string]string{"app": `{"dependsOn":[{"container":"migrate","condition":"Succeeded"}]}`}, actor.New("app"), actor.New("migrate")))
		stage.WaitFor(ctx, "migrate start")
		stage.Finish("migrate", 3)
		pod = expectPod(ctx, f, pod, havePhase(v1.PodFailed), "the pod fails")
		gomega.Expect(pod.Status.Reason).To(gomega.Equal(events.DependencyFailed), "reason of the pod")
		gomega.Expect(pod.Status.Message).To(
			gomega.HavePrefix(`"app" can never start: it waits for "migrate" to be Succeeded, which has exited with code 3`),
			"message of the pod")
		gomega.Expect(pod).To(actor.HaveWaiting("app", events.DependencyFailed, gomega.HavePrefix(`"app" can never start`)),
			"the container that never ran keeps its reason")
		gomega.Expect(stage.Timeline()).To(gomega.And(actor.HappenOnce("migrate start"), actor.NotHappen("app start")))
		expectEvents(ctx, f, pod, "app", events.DependencyFailed, 1)
	})

	ginkgo.It("should hold a container that can never start under policy Always", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("held", v1.RestartPolicyAlways, chain,
			actor.New("c"), actor.New("b"), actor.New("a", actor.NeverRestarted), actor.New("other"), actor.New("proxy")))

		stage.WaitFor(ctx, "a start", "other start")
		stage.Finish("a", 3)
		pod = expectPod(ctx, f, pod, gomega.And(
			actor.HaveWaiting("b", events.DependencyFailed, gomega.HavePrefix(whyB)),
			actor.HaveWaiting("c", events.DependencyFailed, gomega.HavePrefix(whyC)),
		), "the containers say why they cannot start")
		for _, container := range []string{"b", "c"} {
			found := expectEvents(ctx, f, pod, container, events.DependencyFailed, 1)
			gomega.Expect(found[0].Type).To(gomega.Equal(v1.EventTypeWarning), "type of the event")
		}

		ginkgo.By("Restarting another container, to show that the pod keeps running")
		stage.Finish("other", 0)
		gomega.Eventually(ctx, stage.Timeline).WithTimeout(dependencyTimeout).WithPolling(dependencyPoll).
			Should(actor.HappenTimes(2, "other start"))
		pod = expectPod(ctx, f, pod, actor.HaveRunning("other", "proxy"), "the others run")
		gomega.Expect(pod).NotTo(havePhase(v1.PodFailed), "a controller would recreate a failed pod forever")

		ginkgo.By("Deleting the pod")
		deletePod(ctx, f, pod)
		waitForPodGone(ctx, f, pod)
		gomega.Expect(stage.Timeline()).To(gomega.And(actor.HappenInOrder("other term", "proxy term"), actor.HappenOnce("a start", "proxy start"),
			actor.NotHappen("b start", "c start")))
	})

	ginkgo.It("should report a Sidecar that can never start, and otherwise ignore it", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("ignored", v1.RestartPolicyNever, map[string]string{
			"tail": `{"type":"Sidecar","dependsOn":[{"container":"first"}]}`,
			"app":  `{"dependsOn":[{"container":"tail","condition":"None"}]}`,
		}, actor.New("first", actor.WithReadiness), actor.New("app"), actor.New("tail", actor.AlwaysRestarted)))
		stage.WaitFor(ctx, "first start", "app start")
		stage.Finish("first", 3)
		expectPod(ctx, f, pod, gomega.And(
			actor.HaveExited("first", 3),
			actor.HaveRunning("app"),
			actor.HaveWaiting("tail", events.DependencyFailed,
				gomega.HavePrefix(`"tail" can never start: it waits for "first" to be Ready`)),
			havePhase(v1.PodRunning), gomega.HaveField("Status.Reason", ""),
		), "the Sidecar says why it cannot start")
		expectEvents(ctx, f, pod, "tail", events.DependencyFailed, 1)
		gomega.Expect(stage.Timeline()).To(actor.NotHappen("app term"))

		ginkgo.By("Letting the app finish its work")
		stage.Finish("app", 0)
		expectPod(ctx, f, pod, gomega.And(havePhase(v1.PodFailed), gomega.HaveField("Status.Reason", ""), actor.HaveExited("app", 0)),
			"the pod ends as its Standard containers did")
		gomega.Expect(stage.Timeline()).To(gomega.And(actor.HappenOnce("app start", "app exit"), actor.NotHappen("app term", "tail start")))
	})
})
