// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"
	admissionapi "k8s.io/pod-security-admission/api"

	"k8s.io/kubernetes/pkg/features"
	"k8s.io/kubernetes/test/e2e/framework"
	"k8s.io/kubernetes/test/utils/actor"
)

var _ = SIGDescribe("Container Dependencies retries", framework.WithFeatureGate(features.ContainerDependencies), func() {
	f := framework.NewDefaultFramework("container-dependencies-retries")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	ginkgo.It("should retry a failed postStart hook as soon as in a pod without an order", func(ctx context.Context) {
		failsOnce := func(c *v1.Container) {
			c.Lifecycle = &v1.Lifecycle{PostStart: &v1.LifecycleHandler{Exec: &v1.ExecAction{Command: actor.Command(
				`until [ -e /tmp/started ]; do sleep 0.1; done; [ -e "/stage/$POD.failed" ] || { touch "/stage/$POD.failed"; note failed; exit 1; }`,
			)}}}
		}
		stage := actor.NewStage()
		pods := map[string]*v1.Pod{
			"ordered":   actorPod("ordered", v1.RestartPolicyAlways, map[string]string{"app": `{}`}, actor.New("app", failsOnce)),
			"unordered": actorPod("unordered", v1.RestartPolicyAlways, nil, actor.New("app", failsOnce)),
		}
		pause := map[string]time.Duration{}
		for name, pod := range pods {
			pod = createOnStage(ctx, f, stage, pod)
			gomega.Eventually(ctx, func() actor.Timeline { return stage.Timeline().Of(pod.Name) }).WithTimeout(dependencyTimeout).
				WithPolling(dependencyPoll).Should(actor.HappenTimes(2, "app start"))
			timeline := stage.Timeline().Of(pod.Name)
			failed := timeline.Index("app failed")
			again := failed + timeline[failed:].Index("app start")
			pause[name] = timeline[again].At.Sub(timeline[failed].At)
			framework.Logf("pod %q: started again after %s", name, pause[name])
			expectPod(ctx, f, pod, actor.HaveRunning("app"), "the second start succeeds")
		}
		gomega.Expect(pause["ordered"]).To(gomega.BeNumerically("<", pause["unordered"]+5*time.Second), "pause before the second start")
	})
})
