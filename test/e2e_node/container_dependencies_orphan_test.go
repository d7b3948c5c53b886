// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	admissionapi "k8s.io/pod-security-admission/api"
	"k8s.io/utils/ptr"

	"k8s.io/kubernetes/pkg/features"
	"k8s.io/kubernetes/test/e2e/framework"
	e2epod "k8s.io/kubernetes/test/e2e/framework/pod"
	"k8s.io/kubernetes/test/utils/actor"
)

// keep is an actor that has files in three volumes. When it gets SIGTERM, it records "intact" if it can still read and write them,
// and "lost" otherwise.
const keep = `
trap 'if intact; then note intact; else note lost; fi; note exit; exit 143' TERM
intact() {
	[ "$(cat /disk/file)" = kept ] && echo more > /disk/more &&
	[ "$(cat /memory/file)" = kept ] && echo more > /memory/more &&
	[ -s /projected/labels ]
}
echo kept > /disk/file
echo kept > /memory/file
note start
while :; do sleep 0.1 & wait "$!"; done
`

// Serial and Disruptive, because the specs restart the kubelet.
var _ = SIGDescribe("Container Dependencies of an orphan", framework.WithFeatureGate(
	features.ContainerDependencies), framework.WithSerial(), framework.WithDisruptive(), func() {
	f := framework.NewDefaultFramework("container-dependencies-orphan")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	// orphaned deletes the pod's object while no kubelet runs.
	orphaned := func(ctx context.Context, pod *v1.Pod) {
		ginkgo.GinkgoHelper()
		killKubelet(ctx, func() {
			err := f.ClientSet.CoreV1().Pods(pod.Namespace).Delete(ctx, pod.Name, metav1.DeleteOptions{GracePeriodSeconds: ptr.To[int64](0)})
			framework.ExpectNoError(err, "delete pod %q by force", pod.Name)
		})
	}

	ginkgo.It("should leave it its volumes until it has stopped", func(ctx context.Context) {
		stage := actor.NewStage()
		keeper := actor.New("keeper", func(c *v1.Container) {
			c.Command = actor.Command(keep)
			c.VolumeMounts = append(c.VolumeMounts, v1.VolumeMount{Name: "disk", MountPath: "/disk"},
				v1.VolumeMount{Name: "memory", MountPath: "/memory"}, v1.VolumeMount{Name: "projected", MountPath: "/projected"})
		})
		pod := actorPod("keeps", v1.RestartPolicyAlways, map[string]string{"keeper": sidecar}, actor.New("app", actor.WithHeldStop), keeper)
		pod.Labels = map[string]string{"keeps": "yes"}
		stage.Join(&pod.Spec)
		pod.Spec.Volumes = append(pod.Spec.Volumes,
			v1.Volume{Name: "disk", VolumeSource: v1.VolumeSource{EmptyDir: &v1.EmptyDirVolumeSource{}}},
			v1.Volume{Name: "memory", VolumeSource: v1.VolumeSource{EmptyDir: &v1.EmptyDirVolumeSource{Medium: v1.StorageMediumMemory}}},
			v1.Volume{Name: "projected", VolumeSource: v1.VolumeSource{Projected: &v1.ProjectedVolumeSource{Sources: []v1.VolumeProjection{{
				DownwardAPI: &v1.DownwardAPIProjection{Items: []v1.DownwardAPIVolumeFile{{
					Path: "labels", FieldRef: &v1.ObjectFieldSelector{FieldPath: "metadata.labels"}}}},
			}}}}})
		pod = e2epod.NewPodClient(f).Create(ctx, inForm(pod))
		stage.WaitFor(ctx, "app start", "keeper start")
		orphaned(ctx, pod)
		stage.WaitFor(ctx, "app term")
		// Wait for many rounds of the kubelet's volume manager and several of its housekeeping.
		gomega.Consistently(ctx, stage.Timeline).WithTimeout(8 * time.Second).WithPolling(dependencyPoll).Should(actor.NotHappen("keeper exit"))
		stage.Cue("app.stopped")
		stage.WaitFor(ctx, "keeper exit")
		gomega.Expect(stage.Timeline()).To(gomega.And(
			actor.HappenInOrder("app exit", "keeper intact", "keeper exit"), actor.NotHappen("keeper lost")))
		expectNoPodDir(ctx, pod)
	})

	ginkgo.It("should give it its grace period once, however often the kubelet restarts", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := actorPod("twice", v1.RestartPolicyAlways, map[string]string{"certs": sidecar},
			actor.New("app", actor.WithHeldStop), actor.New("certs", actor.WithHeldStop))
		pod = createOnStage(ctx, f, stage, pod)
		stage.WaitFor(ctx, "app start", "certs start")
		orphaned(ctx, pod)
		stage.WaitFor(ctx, "app term")
		// This is long enough to distinguish the old grace period from a new one.
		gomega.Consistently(ctx, stage.Timeline).WithTimeout(12 * time.Second).WithPolling(dependencyPoll).Should(actor.NotHappen("certs term"))
		killKubelet(ctx, func() {})
		stage.WaitFor(ctx, "certs term")
		timeline := stage.Timeline()
		gomega.Expect(timeline[timeline.Index("certs term")].At.Sub(timeline[timeline.Index("app term")].At)).To(
			gomega.BeNumerically("~", 28*time.Second, 4*time.Second), "when the last container is told to stop")
		expectNoPodDir(ctx, pod)
	})
})
