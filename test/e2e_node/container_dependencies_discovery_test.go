// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"
	"fmt"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"
	admissionapi "k8s.io/pod-security-admission/api"

	"k8s.io/kubernetes/pkg/features"
	"k8s.io/kubernetes/test/e2e/framework"
	"k8s.io/kubernetes/test/utils/actor"
)

var _ = SIGDescribe("Container Dependencies mission's clients", framework.WithFeatureGate(features.ContainerDependencies), func() {
	f := framework.NewDefaultFramework("container-dependencies-discovery")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	ginkgo.It("should see no request fail from a pod's registration to its deregistration", func(ctx context.Context) {
		const pods = 10
		answered := 0
		for i := range pods {
			ginkgo.By(fmt.Sprintf("Starting and stopping pod %d of %d", i+1, pods))
			stage := actor.NewStage()
			clients := callRegistered(ctx, stage)
			pod := actorPod(fmt.Sprintf("served-%d", i), v1.RestartPolicyAlways, missionOrder,
				actor.Discovery("discovery"), actor.Improvising("worker"), actor.Improvising("web", actor.Serving), actor.Improvising("logs"),
				actor.Improvising("mesh"), actor.Improvising("policy"), actor.Improvising("certs"), actor.Improvising("metrics"))
			pod = createOnStage(ctx, f, stage, pod)
			stage.WaitFor(ctx, "discovery register")
			clients.expectAnswers(ctx)

			deletePod(ctx, f, pod)
			stage.WaitFor(ctx, "discovery deregister")
			answered += clients.untilDone(ctx)
			stage.Cue("discovery.drained")
			waitForPodGone(ctx, f, pod)
			gomega.Expect(stage.Timeline()).To(gomega.And(
				actor.HappenInOrder("metrics up", "certs start", "certs up", "mesh start", "mesh up", "web start", "web up", "discovery register",
					"discovery deregister", "spec discovery.drained", "discovery drained", "discovery exit", "web term", "web exit", "mesh term",
					"mesh exit", "certs term", "certs exit", "metrics term"),
				actor.HappenInOrder("worker up", "discovery register"),
				actor.HappenOnce("discovery register", "discovery deregister", "web start", "web term")))
		}
		ginkgo.AddReportEntry(fmt.Sprintf("%d starts and stops", pods), fmt.Sprintf("%d requests answered, 0 failed", answered))
	})
})
