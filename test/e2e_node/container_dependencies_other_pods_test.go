// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	admissionapi "k8s.io/pod-security-admission/api"

	"k8s.io/kubernetes/pkg/features"
	"k8s.io/kubernetes/pkg/kubelet/events"
	"k8s.io/kubernetes/test/e2e/framework"
	"k8s.io/kubernetes/test/utils/actor"
)

var _ = SIGDescribe("Container Dependencies of other pods", framework.WithFeatureGate(features.ContainerDependencies), func() {
	f := framework.NewDefaultFramework("container-dependencies-other-pods")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	ginkgo.It("should give what has waited its volumes and environment as in any other pod", func(ctx context.Context) {
		const shared = "/shared"
		shares := func(c *v1.Container) {
			c.VolumeMounts = append(c.VolumeMounts, v1.VolumeMount{Name: "shared", MountPath: shared})
		}
		// It is there only when the other container has run: the kubelet must not look before.
		sees := func(c *v1.Container) {
			c.VolumeMounts = append(c.VolumeMounts, v1.VolumeMount{Name: "shared", MountPath: "/certificate", SubPath: "certificate"},
				v1.VolumeMount{Name: "about", MountPath: "/about"})
			c.Env = append(c.Env, v1.EnvVar{Name: "IP", ValueFrom: &v1.EnvVarSource{FieldRef: &v1.ObjectFieldSelector{FieldPath: "status.podIP"}}})
			c.Command = actor.Command(`[ "$(cat /certificate/file)" = valid ] && note certificate; [ -n "$IP" ] && note address; ` +
				`grep -q 'kind="seen"' /about/labels && note label; perform`)
		}
		stage := actor.NewStage()
		pod := actorPod("equipped", v1.RestartPolicyAlways, map[string]string{"app": `{"dependsOn":[{"container":"setup","condition":"Succeeded"}]}`},
			actor.New("app", sees), actor.New("setup", restartsOnFailure, shares, func(c *v1.Container) {
				c.Command = actor.Command(`note start; await done; mkdir ` + shared + `/certificate; echo valid > ` + shared + `/certificate/file; exit 0`)
			}))
		pod.Labels = map[string]string{"kind": "seen"}
		pod.Spec.Volumes = []v1.Volume{
			{Name: "shared", VolumeSource: v1.VolumeSource{EmptyDir: &v1.EmptyDirVolumeSource{}}},
			{Name: "about", VolumeSource: v1.VolumeSource{DownwardAPI: &v1.DownwardAPIVolumeSource{Items: []v1.DownwardAPIVolumeFile{{
				Path: "labels", FieldRef: &v1.ObjectFieldSelector{FieldPath: "metadata.labels"},
			}}}}},
		}
		pod = createOnStage(ctx, f, stage, pod)
		stage.WaitFor(ctx, "setup start")
		stage.Cue("setup.done")
		stage.WaitFor(ctx, "app start")
		expectPod(ctx, f, pod, gomega.And(beReady(), haveNoRestarts()), "the pod runs")
		gomega.Expect(stage.Timeline()).To(actor.HappenOnce("app certificate", "app address", "app label"))
	})

	ginkgo.It("should start a static pod in order, and its successor when its manifest has changed", func(ctx context.Context) {
		stage := actor.NewStage()
		write := func(generation string) (mirror *v1.Pod, remove func()) {
			ginkgo.GinkgoHelper()
			pod := actorPod("static-order", v1.RestartPolicyAlways, map[string]string{"proxy": sidecar},
				actor.New("app"), actor.New("proxy", actor.WithReadiness))
			pod.Labels = map[string]string{"generation": generation}
			return createStaticOnStage(ctx, f, stage, pod)
		}
		mirror, _ := write("first")
		starts := func(generation string) {
			ginkgo.GinkgoHelper()
			gomega.Eventually(ctx, func(ctx context.Context) (*v1.Pod, error) {
				return f.ClientSet.CoreV1().Pods(mirror.Namespace).Get(ctx, mirror.Name, metav1.GetOptions{})
			}).WithTimeout(dependencyTimeout).WithPolling(dependencyPoll).Should(gomega.And(
				gomega.HaveField("Labels", gomega.HaveKeyWithValue("generation", generation)),
				actor.HaveRunning("proxy"), actor.HaveWaiting("app", events.WaitingForDependencies,
					gomega.ContainSubstring(`"proxy" to be Ready`))), "the mirror pod shows that the app waits")
			stage.Cue("proxy.ready")
			expectPod(ctx, f, mirror, gomega.And(actor.HaveRunning("app", "proxy"), beReady()), "the static pod runs")
		}
		starts("first")
		stage.WaitFor(ctx, "app start")
		stage.Withdraw("proxy.ready")
		_, remove := write("second")
		starts("second")
		gomega.Eventually(ctx, stage.Timeline).WithTimeout(dependencyTimeout).WithPolling(dependencyPoll).
			Should(actor.HappenTimes(2, "proxy start", "app start"))
		remove()
		waitForPodGone(ctx, f, mirror)
		gomega.Expect(stage.Timeline()).To(actor.HappenExactly("proxy start", "spec proxy.ready", "app start", "app term", "app exit", "proxy term",
			"proxy exit", "proxy start", "spec proxy.ready", "app start", "app term", "app exit", "proxy term", "proxy exit"))
	})
})
