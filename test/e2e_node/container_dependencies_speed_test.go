// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/uuid"
	admissionapi "k8s.io/pod-security-admission/api"

	"k8s.io/kubernetes/pkg/features"
	"k8s.io/kubernetes/pkg/kubelet/events"
	"k8s.io/kubernetes/test/e2e/framework"
	"k8s.io/kubernetes/test/utils/actor"
)

// probePeriod, in seconds, is longer than any of these specs may take: except for the first one, no regular probe can detect a change
// in time.
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

	ginkgo.It("should see that a chain of Sidecars is ready whatever the periods of their probes, and be silent meanwhile", func(
		ctx context.Context,
	) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("chain", v1.RestartPolicyAlways, map[string]string{
			"first": sidecar, "second": `{"type":"Sidecar","dependsOn":[{"container":"first"}]}`,
		}, actor.New("app"), actor.New("second", actor.WithReadiness, withProbePeriod),
			actor.New("first", actor.WithStartup, actor.WithReadiness, withProbePeriod)))
		for _, cue := range []string{"first.startup", "first.ready", "second.ready"} {
			ginkgo.By("Letting the pod wait for " + cue)
			container := cue[:len(cue)-len(".ready")]
			if cue == "first.startup" {
				container = "first"
			}
			stage.WaitFor(ctx, container+" start")
			// This is long enough for the probes to fail many times.
			gomega.Consistently(ctx, stage.Timeline).WithTimeout(3 * time.Second).WithPolling(dependencyPoll).
				Should(actor.NotHappen("app start"))
			stage.Cue(cue)
		}
		expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("app", "first", "second"), haveNoRestarts()), "the pod starts")
		stage.WaitFor(ctx, "app start")
		gomega.Expect(stage.Timeline()).To(actor.HappenInOrder("spec first.ready", "first ready", "second start", "spec second.ready",
			"second ready", "app start"))
		for _, container := range []string{"first", "second"} {
			found, err := dependencyEvents(ctx, f, pod, container, "Unhealthy")
			framework.ExpectNoError(err, "list events")
			// The first regular startup probe and the first regular readiness probe may each fail.
			gomega.Expect(numberOf(found)).To(gomega.BeNumerically("<=", 2), "events of failed probes of %q", container)
		}
	})

	ginkgo.It("should bound the extra probes of a pod, and probe another pod's containers meanwhile", func(ctx context.Context) {
		stage := actor.NewStage()
		const never, delayed = 10, 10
		sidecars, order := []v1.Container{actor.New("app")}, map[string]string{}
		for i := range never + delayed {
			name, traits := fmt.Sprintf("never-%d", i), []func(*v1.Container){withFailingReadiness, withProbePeriod}
			if i >= never {
				name, traits = fmt.Sprintf("delayed-%d", i), append(traits, withInitialDelay)
			}
			sidecars, order[name] = append(sidecars, actor.New(name, traits...)), sidecar
		}
		began := time.Now()
		createOnStage(ctx, f, stage, actorPod("greedy", v1.RestartPolicyAlways, order, sidecars...))
		for name := range order {
			stage.WaitFor(ctx, name+" start")
		}
		pod := createOnStage(ctx, f, stage, actorPod("modest", v1.RestartPolicyAlways, map[string]string{"proxy": sidecar},
			actor.New("client"), actor.New("proxy", actor.WithReadiness, withProbePeriod)))
		stage.WaitFor(ctx, "proxy start")
		stage.Cue("proxy.ready")
		expectPod(ctx, f, pod, actor.HaveRunning("client", "proxy"), "the other pod starts")
		gomega.Consistently(ctx, stage.Timeline).WithTimeout(10 * time.Second).WithPolling(dependencyPoll).
			Should(actor.NotHappen("app start"))

		// The limit of the node, and the first regular probe of each container.
		limit := int(10*time.Since(began).Seconds()) + 10 + never + delayed
		probes := 0
		for _, what := range stage.Timeline().Of("greedy").What() {
			gomega.Expect(what).NotTo(gomega.And(gomega.HavePrefix("delayed"), gomega.HaveSuffix("probed")))
			if strings.HasSuffix(what, " probed") {
				probes++
			}
		}
		gomega.Expect(probes).To(gomega.And(gomega.BeNumerically(">", 2*never), gomega.BeNumerically("<=", limit)),
			"executions of exec probes that always fail")
	})

	ginkgo.It("should pull the image of a container while it waits, once", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("pulled", v1.RestartPolicyAlways, map[string]string{"proxy": sidecar},
			actor.New("app", withImage(slowImage("2s")), withPullAlways), actor.New("proxy", actor.WithReadiness)))
		stage.WaitFor(ctx, "proxy start")
		expectEvents(ctx, f, pod, "app", "Pulling", 1)
		expectEvents(ctx, f, pod, "app", "Pulled", 1)
		gomega.Expect(stage.Timeline()).To(actor.NotHappen("app start"))
		stage.Cue("proxy.ready")
		expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("app", "proxy"), haveNoRestarts()), "the app starts")
		stage.WaitFor(ctx, "app start")
		expectEvents(ctx, f, pod, "app", "Pulling", 1)
	})

	ginkgo.It("should pull the image of a container that waits after those of what it waits for", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("in-turn", v1.RestartPolicyAlways, map[string]string{"proxy": sidecar},
			actor.New("app", withImage(slowImage("1s")), withPullAlways),
			actor.New("proxy", actor.WithReadiness, withImage(slowImage("3s")), withPullAlways)))
		stage.WaitFor(ctx, "proxy start")
		// Times of events have whole seconds, so the delay of the image must be longer.
		pulled := expectEvents(ctx, f, pod, "proxy", "Pulled", 1)
		pulling := expectEvents(ctx, f, pod, "app", "Pulling", 1)
		gomega.Expect(pulling[0].FirstTimestamp.Time).NotTo(gomega.BeTemporally("<", pulled[0].FirstTimestamp.Time), "the app's pull begins")
		gomega.Expect(stage.Timeline()).To(actor.NotHappen("app start"))
	})

	ginkgo.It("should not pull an image under the pull policy Never", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("never-pulled", v1.RestartPolicyAlways, map[string]string{"proxy": sidecar},
			actor.New("app", withImage(slowImage("1s")), func(c *v1.Container) { c.ImagePullPolicy = v1.PullNever }),
			actor.New("proxy", actor.WithReadiness)))
		stage.WaitFor(ctx, "proxy start")
		expectPod(ctx, f, pod, actor.HaveWaiting("app", events.WaitingForDependencies, gomega.ContainSubstring(`"proxy" to be Ready`)),
			"the app waits")
		for _, reason := range []string{"Pulling", "ErrImageNeverPull"} {
			expectEvents(ctx, f, pod, "app", reason, 0)
		}
		stage.Cue("proxy.ready")
		expectPod(ctx, f, pod, actor.HaveWaiting("app", "ErrImageNeverPull", gomega.Not(gomega.BeEmpty())),
			"the start fails like in any other pod")
		expectEvents(ctx, f, pod, "app", "Pulling", 0)
	})

	ginkgo.It("should say that the image of a container that waits cannot be pulled", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("absent", v1.RestartPolicyAlways, map[string]string{"proxy": sidecar},
			actor.New("app", withImage("registry.k8s.io/no-such-image:1")), actor.New("proxy", actor.WithReadiness)))
		expectPod(ctx, f, pod, gomega.And(
			actor.HaveRunning("proxy"),
			actor.HaveWaiting("app", events.WaitingForDependencies, gomega.And(
				gomega.ContainSubstring(`waiting for "proxy" to be Ready`),
				gomega.ContainSubstring("its image cannot be pulled"),
				gomega.ContainSubstring("no-such-image")))), "the status of the container shows the error of its image")
		stage.Cue("proxy.ready")
		expectPod(ctx, f, pod, actor.HaveWaiting("app", "ImagePullBackOff", gomega.ContainSubstring("no-such-image")),
			"the start fails like in any other pod")
	})

	ginkgo.It("should not let the slow end of one container hold up the start of another", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("killed", v1.RestartPolicyAlways,
			map[string]string{"app": `{"dependsOn":[{"container":"proxy"}]}`},
			actor.New("app"), actor.New("proxy", actor.WithReadiness), actor.New("slow", withLiveness, actor.WithHeldStop)))
		stage.WaitFor(ctx, "slow start", "proxy start")
		ginkgo.By("Killing a container that does not stop")
		stage.Cue("slow.dead")
		stage.WaitFor(ctx, "slow term")
		stage.Cue("proxy.ready")
		stage.WaitFor(ctx, "app start")
		gomega.Expect(stage.Timeline()).To(actor.NotHappen("slow exit"))
		ginkgo.By("Letting it stop")
		stage.Withdraw("slow.dead")
		stage.Cue("slow.stopped")
		expectPod(ctx, f, pod, actor.HaveRunning("app", "proxy", "slow"), "all run again")
		stage.WaitFor(ctx, "app start")
		gomega.Eventually(ctx, stage.Timeline).WithTimeout(dependencyTimeout).WithPolling(dependencyPoll).
			Should(actor.HappenTimes(2, "slow start"))
	})
})

// withLiveness adds a liveness probe that fails after the cue "dead".
func withLiveness(c *v1.Container) { c.LivenessProbe = actor.Probe(`[ ! -e "/stage/$NAME.dead" ]`, 1) }

// withFailingReadiness adds a readiness probe that records "probed" and fails.
func withFailingReadiness(c *v1.Container) { c.ReadinessProbe = actor.Probe("note probed; false", 1) }

// withInitialDelay makes the readiness probe begin after the spec.
func withInitialDelay(c *v1.Container) { c.ReadinessProbe.InitialDelaySeconds = probePeriod }

func withImage(image string) func(*v1.Container) {
	return func(c *v1.Container) { c.Image = image }
}

func withPullAlways(c *v1.Container) { c.ImagePullPolicy = v1.PullAlways }

// slowImage returns an unused name of the busybox image that the test node's registry serves only after the delay, such as "2s".
func slowImage(after string) string {
	return "registry.k8s.io/e2e-test-images/busybox:slow-" + after + "-" + string(uuid.NewUUID())
}
