// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	admissionapi "k8s.io/pod-security-admission/api"

	"k8s.io/kubernetes/pkg/features"
	"k8s.io/kubernetes/test/e2e/framework"
	"k8s.io/kubernetes/test/utils/actor"
)

var _ = SIGDescribe("Container Dependencies OOM scores", framework.WithFeatureGate(features.ContainerDependencies), func() {
	f := framework.NewDefaultFramework("container-dependencies-oom")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	ginkgo.It("should be no worse for a Sidecar than for the app that needs it", func(ctx context.Context) {
		needs := func(memory string) func(*v1.Container) {
			return func(c *v1.Container) {
				c.Resources.Requests = v1.ResourceList{v1.ResourceMemory: resource.MustParse(memory)}
			}
		}
		stage := actor.NewStage()
		pod := actorPod("scored", v1.RestartPolicyAlways, map[string]string{"proxy": sidecar},
			actor.New("proxy", needs("1Mi")), actor.New("app", needs("256Mi")))
		pod.Spec.InitContainers = []v1.Container{actor.New("mesh", actor.Native)}
		pod = createOnStage(ctx, f, stage, pod)
		plain := createOnStage(ctx, f, stage, actorPod("plain", v1.RestartPolicyAlways, nil,
			actor.New("proxy", needs("1Mi")), actor.New("app", needs("256Mi"))))
		pod = expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("app", "proxy", "mesh"), beReady()), "the pod runs")
		plain = expectPod(ctx, f, plain, actor.HaveRunning("app", "proxy"), "the pod without an order runs")

		app := askedOOMScore(ctx, pod, "app")
		gomega.Expect(app).To(gomega.And(gomega.BeNumerically(">", 2), gomega.BeNumerically("<", 999)), "score of the app")
		gomega.Expect(askedOOMScore(ctx, pod, "proxy")).To(gomega.Equal(app), "score of the Sidecar")
		gomega.Expect(askedOOMScore(ctx, pod, "mesh")).To(gomega.Equal(app), "score of the native sidecar")
		gomega.Expect(askedOOMScore(ctx, plain, "app")).To(gomega.Equal(app), "score of the app without an order")
		gomega.Expect(askedOOMScore(ctx, plain, "proxy")).To(gomega.BeNumerically(">", app), "score of the same container without an order")
	})
})

// askedOOMScore returns the OOM score that the kubelet has asked the runtime for. The process may have another one: a runtime without
// the privilege cannot lower it.
func askedOOMScore(ctx context.Context, pod *v1.Pod, container string) int64 {
	ginkgo.GinkgoHelper()
	var info struct {
		Config struct {
			Linux struct {
				Resources struct {
					OOMScoreAdj *int64 `json:"oom_score_adj"`
				} `json:"resources"`
			} `json:"linux"`
		} `json:"config"`
	}
	askRuntime(ctx, pod, container, &info)
	gomega.Expect(info.Config.Linux.Resources.OOMScoreAdj).NotTo(gomega.BeNil(), "score of container %q", container)
	return *info.Config.Linux.Resources.OOMScoreAdj
}
