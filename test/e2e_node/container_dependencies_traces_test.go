// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"
	tracingapi "k8s.io/component-base/tracing/api/v1"
	admissionapi "k8s.io/pod-security-admission/api"
	"k8s.io/utils/ptr"

	"k8s.io/kubernetes/pkg/features"
	"k8s.io/kubernetes/pkg/kubelet/ordering"
	"k8s.io/kubernetes/test/e2e/framework"
	"k8s.io/kubernetes/test/utils/actor"
)

var _ = SIGDescribe("Container Dependencies traces", framework.WithFeatureGate(
	features.ContainerDependencies), framework.WithSerial(), framework.WithDisruptive(), func() {
	f := framework.NewDefaultFramework("container-dependencies-traces")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	ginkgo.It("should have a span for each step of a pod that has an order, and none for another pod", func(ctx context.Context) {
		traces := collect()
		exportTraces(ctx, f, traces.address)
		s := actor.NewStage()
		pod := createOnStage(ctx, f, s, actorPod("traced", v1.RestartPolicyAlways, map[string]string{"proxy": sidecar},
			actor.New("app", actor.WithPreStop), actor.New("proxy", actor.WithReadiness, actor.WithPostStart)))
		other := createOnStage(ctx, f, actor.NewStage(), actorPod("unordered", v1.RestartPolicyAlways, nil, actor.New("app"), actor.New("proxy")))
		s.WaitFor(ctx, "proxy poststart")
		s.Cue("proxy.poststart")
		s.WaitFor(ctx, "proxy poststart-done")
		time.Sleep(2 * time.Second)
		s.Cue("proxy.ready")
		pod = expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("app", "proxy"), beReady()), "the pod runs")
		other = expectPod(ctx, f, other, actor.HaveRunning("app", "proxy"), "the other pod runs")
		s.WaitFor(ctx, "app start")
		deletePod(ctx, f, pod)
		deletePod(ctx, f, other)
		waitForPodGone(ctx, f, pod)
		waitForPodGone(ctx, f, other)

		steps := func() (names []string) {
			for _, span := range traces.of("k8s.pod.uid", string(pod.UID)) {
				if name, ordered := strings.CutPrefix(span.GetName(), "ordering."); ordered && name != "image" {
					names = append(names, strings.TrimSpace(name+" "+attributeOf(span, "k8s.container.name")))
				}
			}
			slices.Sort(names)
			return names
		}
		gomega.Eventually(ctx, steps).WithTimeout(dependencyTimeout).WithPolling(dependencyPoll).Should(gomega.Equal([]string{
			"postStart proxy", "preStop app", "start app", "start proxy", "stop app", "stop proxy", "stopStage", "stopStage", "wait app"}), "steps")
		gomega.Expect(traces.write(filepath.Join(framework.TestContext.ReportDir, "traces.json"))).To(gomega.Succeed())

		parents := map[string]string{}
		for _, span := range traces.of("k8s.pod.uid", string(pod.UID)) {
			parents[string(span.GetSpanId())] = span.GetName()
		}
		for _, span := range traces.of("k8s.pod.uid", string(pod.UID)) {
			name := span.GetName()
			if !strings.HasPrefix(name, "ordering.") {
				continue
			}
			want := gomega.Equal("syncPod")
			switch name {
			case ordering.PostStartSpan, ordering.ImageSpan:
				want = gomega.Equal(ordering.StartSpan)
			case ordering.PreStopSpan:
				want = gomega.Equal(ordering.StopSpan)
			case ordering.StopSpan, ordering.StageSpan:
				want = gomega.Equal("syncTerminatingPod")
			}
			if name == ordering.ImageSpan && parents[string(span.GetParentSpanId())] == "syncPod" {
				// The image of a container that waits.
				continue
			}
			gomega.Expect(parents[string(span.GetParentSpanId())]).To(want, "parent of %s of %q", name, attributeOf(span, "k8s.container.name"))
			gomega.Expect(attributeOf(span, "k8s.pod.name")).To(gomega.Equal(pod.Name))
			gomega.Expect(attributeOf(span, "k8s.namespace.name")).To(gomega.Equal(pod.Namespace))
			if name == ordering.WaitSpan {
				took := time.Duration(span.GetEndTimeUnixNano() - span.GetStartTimeUnixNano())
				gomega.Expect(took).To(gomega.BeNumerically(">=", 2*time.Second), "the wait")
			}
		}
		for _, span := range traces.of("k8s.pod.uid", string(other.UID)) {
			gomega.Expect(span.GetName()).NotTo(gomega.HavePrefix("ordering."), "spans of a pod without an order")
		}
	})
})

// exportTraces has the kubelet export all its traces until the spec ends.
func exportTraces(ctx context.Context, f *framework.Framework, address string) {
	ginkgo.GinkgoHelper()
	current, err := getCurrentKubeletConfig(ctx)
	framework.ExpectNoError(err, "read the kubelet's configuration")
	config := current.DeepCopy()
	config.Tracing = &tracingapi.TracingConfiguration{Endpoint: ptr.To(address), SamplingRatePerMillion: ptr.To[int32](1_000_000)}
	updateKubeletConfig(ctx, f, config, false)
	ginkgo.DeferCleanup(func(ctx context.Context) { updateKubeletConfig(ctx, f, current, false) })
}
