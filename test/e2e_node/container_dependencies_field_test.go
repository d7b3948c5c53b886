// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	admissionapi "k8s.io/pod-security-admission/api"
	"k8s.io/utils/ptr"

	"k8s.io/kubernetes/pkg/features"
	"k8s.io/kubernetes/pkg/kubelet/events"
	"k8s.io/kubernetes/test/e2e/framework"
	"k8s.io/kubernetes/test/utils/actor"
)

// The other specs use one form, annotations or fields; see inForm.
var _ = SIGDescribe("Container Dependencies by field", framework.WithFeatureGate(features.ContainerDependencies), func() {
	f := framework.NewDefaultFramework("container-dependencies-field")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	// saying adds what a container says by field.
	saying := func(said v1.Lifecycle) func(*v1.Container) {
		return func(c *v1.Container) {
			if c.Lifecycle == nil {
				c.Lifecycle = &v1.Lifecycle{}
			}
			c.Lifecycle.Type, c.Lifecycle.DependsOn, c.Lifecycle.StopTimeoutSeconds = said.Type, said.DependsOn, said.StopTimeoutSeconds
		}
	}

	ginkgo.It("should make one order of fields and annotations, also where both say the same", func(ctx context.Context) {
		needAnnotations("the spec mixes both forms")
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("both", v1.RestartPolicyAlways, map[string]string{
			"certs": sidecar,
			"app":   `{"dependsOn":[{"container":"proxy"},{"container":"cache","condition":"Started"}]}`,
		}, actor.New("app", saying(v1.Lifecycle{DependsOn: []v1.ContainerDependency{
			{Container: "cache", Condition: v1.ContainerDependencyStarted}, {Container: "proxy"},
		}})), actor.New("proxy", actor.WithReadiness, saying(v1.Lifecycle{
			Type: ptr.To(v1.LifecycleTypeSidecar), DependsOn: []v1.ContainerDependency{{Container: "certs"}},
		})), actor.New("certs", actor.WithReadiness), actor.New("cache", actor.WithMark)))

		stage.WaitFor(ctx, "certs start")
		expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("certs"),
			actor.HaveWaiting("proxy", events.WaitingForDependencies, gomega.ContainSubstring(`waiting for "certs" to be Ready`)),
			actor.HaveWaiting("app", events.WaitingForDependencies, gomega.ContainSubstring(`"cache" to be Started`))),
			"who says so by field waits, and who says so in both ways")
		stage.Cue("certs.ready")
		stage.WaitFor(ctx, "proxy start")
		stage.Cue("proxy.ready")
		expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("app", "proxy", "certs", "cache"), beReady(), haveNoRestarts()), "all start")
		stage.WaitFor(ctx, "app start")
		gomega.Expect(stage.Timeline()).To(actor.HappenInOrder("certs ready", "proxy start", "proxy ready", "cache start", "app start"))
	})

	ginkgo.It("should refuse a pod whose field and annotation differ", func(ctx context.Context) {
		pod := actorPod("differing", v1.RestartPolicyAlways, map[string]string{"app": `{"stopTimeoutSeconds":6}`},
			actor.New("app", saying(v1.Lifecycle{StopTimeoutSeconds: ptr.To[int64](5)})))
		_, err := f.ClientSet.CoreV1().Pods(f.Namespace.Name).Create(ctx, pod, metav1.CreateOptions{})
		gomega.Expect(err).To(gomega.MatchError(gomega.And(gomega.ContainSubstring(`{\"stopTimeoutSeconds\":5}`),
			gomega.ContainSubstring(`{"stopTimeoutSeconds":6}`), gomega.ContainSubstring("let both say the same"))))
	})
})
