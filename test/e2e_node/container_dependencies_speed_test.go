// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/uuid"
	admissionapi "k8s.io/pod-security-admission/api"

	"k8s.io/kubernetes/pkg/features"
	"k8s.io/kubernetes/pkg/kubelet/events"
	"k8s.io/kubernetes/test/e2e/framework"
)

// probePeriod is longer than any of these specs may take: what is seen in time was not seen by a regular probe, but for the
// first one.
const probePeriod = 5 * 60

func withProbePeriod(c *v1.Container) {
	for _, probe := range []*v1.Probe{c.StartupProbe, c.ReadinessProbe, c.LivenessProbe} {
		if probe != nil {
			probe.PeriodSeconds = probePeriod
		}
	}
}

var _ = SIGDescribe("Container Dependencies speed", framework.WithFeatureGate(features.ContainerDependencies), func() {
	f := framework.NewDefaultFramework("container-dependencies-speed")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	ginkgo.It("should see that a chain of Sidecars is ready whatever the periods of their probes, and be silent meanwhile", func(ctx context.Context) {
		stage := newDependencyStage()
		pod := stage.create(ctx, f, actorPod("chain", v1.RestartPolicyAlways, map[string]string{
			"first": sidecar, "second": `{"type":"Sidecar","dependsOn":[{"container":"first"}]}`,
		}, actor("app"), actor("second", withReadiness, withProbePeriod), actor("first", withStartup, withReadiness, withProbePeriod)))
		for _, cue := range []string{"first.startup", "first.ready", "second.ready"} {
			ginkgo.By("Letting the pod wait for " + cue)
			container := cue[:len(cue)-len(".ready")]
			if cue == "first.startup" {
				container = "first"
			}
			stage.waitFor(ctx, container+" start")
			// Long enough for the probes to fail many times.
			gomega.Consistently(ctx, stage.timeline).WithTimeout(3 * time.Second).WithPolling(dependencyPoll).Should(notHappen("app start"))
			stage.cue(cue)
		}
		expectPod(ctx, f, pod, gomega.And(haveRunning("app", "first", "second"), haveNoRestarts()), "the pod starts")
		stage.waitFor(ctx, "app start")
		gomega.Expect(stage.timeline()).To(happenInOrder("spec first.ready", "first ready", "second start", "spec second.ready", "second ready", "app start"))
		for _, container := range []string{"first", "second"} {
			found, err := dependencyEvents(ctx, f, pod, container, "Unhealthy")
			framework.ExpectNoError(err, "list events")
			total := 0
			for _, event := range found {
				total += max(1, int(event.Count))
			}
			// One of the first regular startup probe, one of the first regular readiness probe.
			gomega.Expect(total).To(gomega.BeNumerically("<=", 2), "events of failed probes of %q", container)
		}
	})

	ginkgo.It("should pull the image of a container while it waits, once", func(ctx context.Context) {
		stage := newDependencyStage()
		pod := stage.create(ctx, f, actorPod("pulled", v1.RestartPolicyAlways, map[string]string{"proxy": sidecar},
			actor("app", withImage(slowImage("2s")), withPullAlways), actor("proxy", withReadiness)))
		stage.waitFor(ctx, "proxy start")
		expectEvents(ctx, f, pod, "app", "Pulling", 1)
		expectEvents(ctx, f, pod, "app", "Pulled", 1)
		gomega.Expect(stage.timeline()).To(notHappen("app start"))
		stage.cue("proxy.ready")
		expectPod(ctx, f, pod, gomega.And(haveRunning("app", "proxy"), haveNoRestarts()), "the app starts")
		stage.waitFor(ctx, "app start")
		expectEvents(ctx, f, pod, "app", "Pulling", 1)
	})

	ginkgo.It("should say that the image of a container that waits cannot be pulled", func(ctx context.Context) {
		stage := newDependencyStage()
		pod := stage.create(ctx, f, actorPod("absent", v1.RestartPolicyAlways, map[string]string{"proxy": sidecar},
			actor("app", withImage("registry.k8s.io/no-such-image:1")), actor("proxy", withReadiness)))
		expectPod(ctx, f, pod, gomega.And(
			haveRunning("proxy"),
			haveWaiting("app", events.WaitingForDependencies, gomega.And(
				gomega.ContainSubstring(`waiting for "proxy" to be Ready`),
				gomega.ContainSubstring("its image cannot be pulled"),
				gomega.ContainSubstring("no-such-image")))), "the error is shown on the container whose image it is")
		stage.cue("proxy.ready")
		expectPod(ctx, f, pod, haveWaiting("app", "ImagePullBackOff", gomega.ContainSubstring("no-such-image")), "the start fails as any other")
	})

	ginkgo.It("should not let the slow end of one container hold up the start of another", func(ctx context.Context) {
		stage := newDependencyStage()
		pod := stage.create(ctx, f, actorPod("killed", v1.RestartPolicyAlways, map[string]string{"app": `{"dependsOn":[{"container":"proxy"}]}`},
			actor("app"), actor("proxy", withReadiness), actor("slow", withLiveness, withHeldStop)))
		stage.waitFor(ctx, "slow start", "proxy start")
		ginkgo.By("Killing a container that does not stop")
		stage.cue("slow.dead")
		stage.waitFor(ctx, "slow term")
		stage.cue("proxy.ready")
		stage.waitFor(ctx, "app start")
		gomega.Expect(stage.timeline()).To(notHappen("slow exit"))
		ginkgo.By("Letting it stop")
		stage.withdraw("slow.dead")
		stage.cue("slow.stopped")
		expectPod(ctx, f, pod, haveRunning("app", "proxy", "slow"), "all run again")
		stage.waitFor(ctx, "app start")
		gomega.Eventually(ctx, stage.timeline).WithTimeout(dependencyTimeout).WithPolling(dependencyPoll).Should(happenTimes(2, "slow start"))
	})
})

// withLiveness gives a liveness probe that fails from the cue "dead" on.
func withLiveness(c *v1.Container) { c.LivenessProbe = scriptProbe(`[ ! -e "/stage/$NAME.dead" ]`, 1) }

func withImage(image string) func(*v1.Container) {
	return func(c *v1.Container) { c.Image = image }
}

func withPullAlways(c *v1.Container) { c.ImagePullPolicy = v1.PullAlways }

// slowImage is busybox under a name that no container has used; the test node's registry takes so long to give it.
func slowImage(after string) string {
	return "registry.k8s.io/e2e-test-images/busybox:slow-" + after + "-" + string(uuid.NewUUID())
}
