// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"
	"slices"
	"strings"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/sets"

	"k8s.io/kubernetes/pkg/kubelet/events"
	"k8s.io/kubernetes/test/e2e/framework"
	"k8s.io/kubernetes/test/utils/actor"
)

// missionOrder is what the injectors of the mission's pod say. They know none of the others, but the mesh, which knows what it needs.
// The apps, web and worker, say nothing.
var missionOrder = map[string]string{
	"metrics":   `{"type":"Sidecar","before":[{"type":"Sidecar"}]}`,
	"certs":     sidecar,
	"policy":    sidecar,
	"mesh":      `{"type":"Sidecar","dependsOn":[{"container":"certs","optional":true},{"container":"policy","optional":true}]}`,
	"logs":      `{"type":"Sidecar","before":[{"type":"Standard","condition":"None"}]}`,
	"discovery": `{"type":"Sidecar","dependsOn":[{"type":"Standard"}]}`,
}

// missionContainers are the containers of the mission's pod.
var missionContainers = []string{"discovery", "worker", "web", "logs", "mesh", "policy", "certs", "metrics"}

// missionDependents are, for each container, those that must have exited before it is told to stop: the ones that wait for it at the
// start. No order holds between the log shipper and the agents that are not the metrics forwarder.
var missionDependents = map[string][]string{
	"web":     {"discovery"},
	"worker":  {"discovery"},
	"logs":    {"web", "worker"},
	"mesh":    {"web", "worker"},
	"certs":   {"mesh"},
	"policy":  {"mesh"},
	"metrics": {"logs", "certs", "policy"},
}

// missionPod returns the pod by which the project is measured. Each container is in the list before those that it waits for.
func missionPod(policy v1.RestartPolicy) *v1.Pod {
	agent := func(name string, traits ...func(*v1.Container)) v1.Container {
		traits = append(traits, actor.WithHeldStop, actor.Reporting)
		if policy != v1.RestartPolicyAlways {
			traits = append(traits, actor.AlwaysRestarted)
		}
		return actor.New(name, traits...)
	}
	return actorPod("mission", policy, missionOrder,
		agent("discovery", actor.WithPreStop),
		actor.New("worker", actor.WithReadiness, actor.WithHeldStop),
		actor.New("web", actor.WithReadiness, actor.WithHeldStop),
		agent("logs", actor.WithReadiness),
		agent("mesh", actor.WithReadiness),
		agent("policy", actor.WithReadiness),
		agent("certs", actor.WithReadiness),
		agent("metrics", actor.WithReadiness, actor.WithPage),
	)
}

// expectMissionStart leads the pod from its creation to Ready.
func expectMissionStart(ctx context.Context, f *framework.Framework, stage *actor.Stage, pod *v1.Pod) {
	ginkgo.GinkgoHelper()
	waits := func(container string, message ...string) {
		ginkgo.GinkgoHelper()
		matchers := []gomega.OmegaMatcher{gomega.HavePrefix("waiting for ")}
		for _, text := range message {
			matchers = append(matchers, gomega.ContainSubstring(text))
		}
		expectPod(ctx, f, pod, actor.HaveWaiting(container, events.WaitingForDependencies, gomega.And(matchers...)), "%s waits", container)
	}
	notYet := func(containers ...string) {
		ginkgo.GinkgoHelper()
		for _, c := range containers {
			gomega.Expect(stage.Timeline()).To(actor.NotHappen(c + " start"))
		}
	}

	ginkgo.By("Starting the metrics forwarder before all others")
	stage.WaitFor(ctx, "metrics start")
	for _, c := range []string{"certs", "policy", "logs"} {
		expectPod(ctx, f, pod, actor.HaveWaiting(c, events.WaitingForDependencies,
			gomega.HavePrefix(`waiting for "metrics" to be Ready (not ready`)), "%s waits for the metrics forwarder alone", c)
	}
	notYet("certs", "policy", "logs", "mesh", "web", "worker", "discovery")
	stage.Cue("metrics.ready")

	ginkgo.By("Starting the agents beside each other, and the log shipper")
	stage.WaitFor(ctx, "certs start", "policy start", "logs start")
	waits("mesh", `"certs" to be Ready`, `"policy" to be Ready`)

	ginkgo.By("Letting the certificate agent fail twice")
	expectReports(ctx, f, pod)
	for times := 1; times <= 2; times++ {
		stage.Finish("certs", 1)
		expectReports(ctx, f, pod, slices.Repeat([]string{"certs.exit=1"}, times)...)
		gomega.Eventually(ctx, stage.Timeline).WithTimeout(dependencyTimeout).WithPolling(dependencyPoll).
			Should(actor.HappenTimes(times+1, "certs start"), "the agent is started again")
	}
	expectPod(ctx, f, pod, gomega.And(haveRestarted("certs", 2), actor.HaveRunning("certs", "policy", "metrics", "logs")),
		"no other agent minds")
	waits("mesh", `"certs" to be Ready`, `"policy" to be Ready`)
	notYet("mesh", "web", "worker", "discovery")

	ginkgo.By("Starting the mesh when both agents are Ready")
	stage.Cue("certs.ready")
	expectPod(ctx, f, pod, actor.HaveWaiting("mesh", events.WaitingForDependencies,
		gomega.HavePrefix(`waiting for "policy" to be Ready (not ready`)), "the mesh waits for the policy agent alone")
	notYet("mesh", "web", "worker", "discovery")
	stage.Cue("policy.ready")
	stage.WaitFor(ctx, "mesh start")

	ginkgo.By("Starting the apps when the mesh is Ready, although the log shipper is not")
	for _, c := range []string{"web", "worker"} {
		expectPod(ctx, f, pod, actor.HaveWaiting(c, events.WaitingForDependencies,
			gomega.And(gomega.HavePrefix(`waiting for "mesh" to be Ready (not ready`), gomega.Not(gomega.ContainSubstring(`"logs"`)))),
			"%s waits for the mesh alone", c)
	}
	notYet("web", "worker", "discovery")
	stage.Cue("mesh.ready")
	stage.WaitFor(ctx, "web start", "worker start")

	ginkgo.By("Starting service discovery when both apps are Ready")
	waits("discovery", `"web" to be Ready`, `"worker" to be Ready`)
	stage.Cue("worker.ready")
	expectPod(ctx, f, pod, actor.HaveWaiting("discovery", events.WaitingForDependencies,
		gomega.HavePrefix(`waiting for "web" to be Ready (not ready`)), "service discovery waits for the other app alone")
	notYet("discovery")
	stage.Cue("web.ready")
	stage.WaitFor(ctx, "discovery start")
	gomega.Expect(stage.Timeline()).To(actor.NotHappen("logs ready"))
	stage.Cue("logs.ready")
	expectPod(ctx, f, pod, gomega.And(actor.HaveRunning(missionContainers...), havePhase(v1.PodRunning), beReady()), "the pod is Ready")

	gomega.Expect(stage.Timeline()).To(gomega.And(
		actor.HappenInOrder("metrics start", "spec metrics.ready", "metrics ready", "certs start", "certs exit", "spec certs.ready",
			"spec policy.ready", "policy ready", "mesh start", "spec mesh.ready", "mesh ready", "web start", "spec worker.ready",
			"spec web.ready", "web ready", "discovery start", "spec logs.ready"),
		actor.HappenInOrder("metrics ready", "policy start", "certs exit"),
		actor.HappenInOrder("metrics ready", "logs start", "certs exit"),
		actor.HappenInOrder("mesh ready", "worker start", "worker ready", "discovery start"),
		actor.HappenOnce("metrics start", "policy start", "logs start", "mesh start", "web start", "worker start", "discovery start"),
		actor.HappenTimes(3, "certs start")))
}

// expectAgentRestart lets the policy agent fail while the pod is Ready.
func expectAgentRestart(ctx context.Context, f *framework.Framework, stage *actor.Stage, pod *v1.Pod) {
	ginkgo.GinkgoHelper()
	ginkgo.By("Letting the policy agent fail")
	stage.Finish("policy", 1)
	expectReports(ctx, f, pod, "certs.exit=1", "certs.exit=1", "policy.exit=1")
	gomega.Eventually(ctx, stage.Timeline).WithTimeout(dependencyTimeout).WithPolling(dependencyPoll).
		Should(actor.HappenTimes(2, "policy start"), "the agent is started again")
	expectPod(ctx, f, pod, gomega.And(
		actor.HaveRunning(missionContainers...), beReady(),
		haveRestarted("policy", 1), haveRestarted("mesh", 0), haveRestarted("web", 0), haveRestarted("worker", 0), haveRestarted("discovery", 0),
	), "the restart is seen, and concerns the agent alone")
	gomega.Expect(stage.Timeline()).To(actor.NotHappen("web term", "worker term", "mesh term", "discovery term", "discovery prestop"))
}

// expectMissionStop leads the pod, which is being deleted, to its end.
func expectMissionStop(ctx context.Context, f *framework.Framework, stage *actor.Stage, pod *v1.Pod) {
	ginkgo.GinkgoHelper()
	stopMission(ctx, stage, []string{"discovery"}, []string{"web", "worker"}, []string{"mesh", "logs"}, []string{"certs", "policy"},
		[]string{"metrics"})
	waitForPodGone(ctx, f, pod)
	gomega.Expect(stage.Timeline()).To(gomega.And(
		actor.HappenInOrder("discovery prestop", "discovery term", "spec discovery.stopped", "discovery exit", "web term"),
		actor.HappenOnce("discovery prestop", "discovery term", "web term", "worker term", "mesh term", "logs term", "certs term", "policy term",
			"metrics term")))
}

// expectMissionCompletion leads the pod, a Job's, to its end by letting the apps succeed.
func expectMissionCompletion(ctx context.Context, f *framework.Framework, stage *actor.Stage, pod *v1.Pod) {
	ginkgo.GinkgoHelper()
	history := recordPod(ctx, f, pod)
	ginkgo.By("Letting the apps succeed")
	stage.Finish("worker", 0)
	expectPod(ctx, f, pod, actor.HaveExited("worker", 0), "one app has succeeded")
	gomega.Expect(stage.Timeline()).To(actor.NotHappen("discovery prestop", "discovery term", "mesh term"))
	stage.Finish("web", 0)
	stopMission(ctx, stage, []string{"discovery"}, []string{"mesh", "logs"}, []string{"certs", "policy"}, []string{"metrics"})
	expectPod(ctx, f, pod, gomega.And(havePhase(v1.PodSucceeded), haveRestarted("web", 0), haveRestarted("worker", 0)), "the pod succeeds")
	for _, c := range []string{"discovery", "mesh", "logs", "certs", "policy", "metrics"} {
		expectPod(ctx, f, pod, haveEndedFor(c, 143, "Completed"), "%s was told to stop and did", c)
	}
	gomega.Expect(terminalWhileRunning(history.all())).To(gomega.Succeed())
	gomega.Expect(stage.Timeline()).To(gomega.And(
		actor.HappenInOrder("spec web.done", "discovery prestop", "discovery term"),
		actor.HappenOnce("discovery prestop", "web start", "worker start")))
}

// stopMission lets each group of containers exit when all of it have been told to stop, and expects that no later group has been told
// before, and none before its dependents had exited.
func stopMission(ctx context.Context, stage *actor.Stage, groups ...[]string) {
	ginkgo.GinkgoHelper()
	cued := sets.New[string]()
	for i, group := range groups {
		ginkgo.By("Stopping " + strings.Join(group, " and "))
		for _, c := range group {
			stage.WaitFor(ctx, c+" term")
			for _, dependent := range missionDependents[c] {
				if cued.Has(dependent) {
					gomega.Expect(stage.Timeline().Since("spec " + dependent + ".stopped")).To(actor.HappenInOrder(dependent+" exit", c+" term"))
				}
			}
		}
		for _, later := range slices.Concat(groups[i+1:]...) {
			gomega.Expect(stage.Timeline()).To(actor.NotHappen(later + " term"))
		}
		for _, c := range group {
			stage.Cue(c + ".stopped")
			cued.Insert(c)
		}
	}
}

// expectReports waits until the page of the metrics forwarder has these reports.
func expectReports(ctx context.Context, f *framework.Framework, pod *v1.Pod, reports ...string) {
	ginkgo.GinkgoHelper()
	address := expectPod(ctx, f, pod, gomega.HaveField("Status.PodIP", gomega.Not(gomega.BeEmpty())), "the pod has an address").Status.PodIP
	want := gomega.BeEmpty()
	if len(reports) > 0 {
		want = gomega.Equal(reports)
	}
	gomega.Eventually(ctx, func(ctx context.Context) ([]string, error) { return actor.Reported(ctx, address) }).
		WithTimeout(dependencyTimeout).WithPolling(dependencyPoll).Should(want, "reports on the metrics forwarder's page")
}

// haveRestarted matches a pod in which the container has been restarted that many times.
func haveRestarted(container string, times int32) gomega.OmegaMatcher {
	return gomega.WithTransform(func(pod *v1.Pod) int32 { return actor.StatusOf(pod, container).RestartCount }, gomega.Equal(times))
}
