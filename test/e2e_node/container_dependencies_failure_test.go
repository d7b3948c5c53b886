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
)

var _ = SIGDescribe("Container Dependencies failure", framework.WithFeatureGate(features.ContainerDependencies), func() {
	f := framework.NewDefaultFramework("container-dependencies-failure")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	// c waits for b, which waits for a, which fails.
	chain := map[string]string{
		"c":     `{"dependsOn":[{"container":"b","condition":"Started"}]}`,
		"b":     `{"dependsOn":[{"container":"a","condition":"Succeeded"}]}`,
		"proxy": sidecar,
	}
	const (
		whyB = `"b" can never start: it waits for "a" to be Succeeded, which has exited with code 3`
		whyC = `"c" can never start: it waits for "b" to be Started, which can never start: it waits for "a" to be Succeeded, which has exited with code 3`
	)

	ginkgo.DescribeTable("should fail the pod when a container in the middle of a chain can never start",
		func(ctx context.Context, policy v1.RestartPolicy, traits ...func(*v1.Container)) {
			stage := newDependencyStage()
			pod := stage.create(ctx, f, actorPod("chain", policy, chain,
				actor("c"), actor("b"), actor("a", traits...), actor("other"), actor("proxy")))
			history := recordPod(ctx, f, pod)

			stage.waitFor(ctx, "a start", "other start")
			stage.finish("a", 3)
			pod = expectPod(ctx, f, pod, havePhase(v1.PodFailed), "the pod fails")
			gomega.Expect(pod.Status.Reason).To(gomega.Equal(events.DependencyFailed), "reason of the pod")
			gomega.Expect(pod.Status.Message).To(gomega.HavePrefix(whyC), "message of the pod")
			gomega.Expect(pod).To(gomega.And(
				haveExited("a", 3),
				haveExited("other", 143),
				haveExited("proxy", 143),
				haveWaiting("b", events.DependencyFailed, gomega.HavePrefix(whyB)),
				haveWaiting("c", events.DependencyFailed, gomega.HavePrefix(whyC)),
				haveNoRestarts(),
			), "what has run has stopped, what has not keeps its reason")
			gomega.Expect(terminalWhileRunning(history.all())).To(gomega.Succeed())
			gomega.Expect(stage.timeline()).To(gomega.And(
				happenInOrder("proxy start", "a exit", "other term", "other exit", "proxy term", "proxy exit"),
				happenOnce("a start", "other start", "proxy start", "other term", "proxy term"),
				notHappen("b start", "c start")))
			expectEvents(ctx, f, pod, "b", events.DependencyFailed, 1)
			expectEvents(ctx, f, pod, "c", events.DependencyFailed, 1)
		},
		ginkgo.Entry("under policy Never", v1.RestartPolicyNever),
		ginkgo.Entry("under policy OnFailure", v1.RestartPolicyOnFailure, neverRestarted),
	)

	ginkgo.It("should fail the pod when nothing else of it runs", func(ctx context.Context) {
		stage := newDependencyStage()
		pod := stage.create(ctx, f, actorPod("alone", v1.RestartPolicyNever,
			map[string]string{"app": `{"dependsOn":[{"container":"migrate","condition":"Succeeded"}]}`}, actor("app"), actor("migrate")))
		stage.waitFor(ctx, "migrate start")
		stage.finish("migrate", 3)
		pod = expectPod(ctx, f, pod, havePhase(v1.PodFailed), "the pod fails")
		gomega.Expect(pod.Status.Reason).To(gomega.Equal(events.DependencyFailed), "reason of the pod")
		gomega.Expect(pod.Status.Message).To(gomega.HavePrefix(`"app" can never start: it waits for "migrate" to be Succeeded, which has exited with code 3`), "message of the pod")
		gomega.Expect(pod).To(haveWaiting("app", events.DependencyFailed, gomega.HavePrefix(`"app" can never start`)), "what has not run keeps its reason")
		gomega.Expect(stage.timeline()).To(gomega.And(happenOnce("migrate start"), notHappen("app start")))
		expectEvents(ctx, f, pod, "app", events.DependencyFailed, 1)
	})

	ginkgo.It("should hold a container that can never start under policy Always", func(ctx context.Context) {
		stage := newDependencyStage()
		pod := stage.create(ctx, f, actorPod("held", v1.RestartPolicyAlways, chain,
			actor("c"), actor("b"), actor("a", neverRestarted), actor("other"), actor("proxy")))

		stage.waitFor(ctx, "a start", "other start")
		stage.finish("a", 3)
		pod = expectPod(ctx, f, pod, gomega.And(
			haveWaiting("b", events.DependencyFailed, gomega.HavePrefix(whyB)),
			haveWaiting("c", events.DependencyFailed, gomega.HavePrefix(whyC)),
		), "the containers say why they cannot start")
		for _, container := range []string{"b", "c"} {
			found := expectEvents(ctx, f, pod, container, events.DependencyFailed, 1)
			gomega.Expect(found[0].Type).To(gomega.Equal(v1.EventTypeWarning), "type of the event")
		}

		ginkgo.By("Restarting another container, which shows that the pod goes on")
		stage.finish("other", 0)
		gomega.Eventually(ctx, stage.timeline).WithTimeout(dependencyTimeout).WithPolling(dependencyPoll).Should(happenTimes(2, "other start"))
		pod = expectPod(ctx, f, pod, haveRunning("other", "proxy"), "the others run")
		gomega.Expect(pod).NotTo(havePhase(v1.PodFailed), "a pod that failed would be made again for ever")

		ginkgo.By("Deleting the pod")
		deletePod(ctx, f, pod)
		waitForPodGone(ctx, f, pod)
		gomega.Expect(stage.timeline()).To(gomega.And(happenInOrder("other term", "proxy term"), happenOnce("a start", "proxy start"), notHappen("b start", "c start")))
	})
})
