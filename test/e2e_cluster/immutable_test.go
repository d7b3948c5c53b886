// SPDX-License-Identifier: Apache-2.0

package e2ecluster

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"k8s.io/kubernetes/test/utils/actor"
)

// changes are JSON patches of the order of the first container, which has only dependsOn.
var changes = map[string]string{
	"type":               `{"op":"add","path":"/spec/containers/0/lifecycle/type","value":"Sidecar"}`,
	"dependsOn":          `{"op":"replace","path":"/spec/containers/0/lifecycle/dependsOn/0/condition","value":"Started"}`,
	"no dependsOn":       `{"op":"remove","path":"/spec/containers/0/lifecycle/dependsOn"}`,
	"before":             `{"op":"add","path":"/spec/containers/0/lifecycle/before","value":[{"container":"certs"}]}`,
	"preStopTiming":      `{"op":"add","path":"/spec/containers/0/lifecycle/preStopTiming","value":"AtTermination"}`,
	"stopTimeoutSeconds": `{"op":"add","path":"/spec/containers/0/lifecycle/stopTimeoutSeconds","value":5}`,
	"no lifecycle":       `{"op":"remove","path":"/spec/containers/0/lifecycle"}`,
}

// lifecycles returns the lifecycles of a pod's containers as JSON.
func lifecycles(pod *v1.Pod) string {
	ginkgo.GinkgoHelper()
	var found []*v1.Lifecycle
	for _, c := range pod.Spec.Containers {
		found = append(found, c.Lifecycle)
	}
	text, err := json.Marshal(found)
	gomega.Expect(err).NotTo(gomega.HaveOccurred())
	return string(text)
}

var _ = ginkgo.Describe("The order of a live pod", ginkgo.Label(fieldOnly), func() {
	c := inNamespace()

	ginkgo.It("should not be changed by any request", func(ctx context.Context) {
		s := actor.NewStage()
		template := templateOn(s, "", actor.Improvising("app"), actor.Improvising("proxy"), actor.Improvising("certs"))
		say(&template, order{"app": {DependsOn: []v1.ContainerDependency{after("proxy")}}})
		pod := c.createPod(ctx, "live", template)
		before := lifecycles(pod)
		gomega.Expect(before).To(gomega.ContainSubstring("proxy"), "the order is stored")
		pods := c.client.CoreV1().Pods(c.namespace)

		for name, change := range changes {
			_, err := pods.Patch(ctx, "live", types.JSONPatchType, []byte("["+change+"]"), metav1.PatchOptions{})
			gomega.Expect(err).To(gomega.Satisfy(apierrors.IsInvalid), "a patch of %s", name)
			gomega.Expect(err.Error()).To(gomega.ContainSubstring("pod updates may not change fields other than"), "a patch of %s", name)
			// These subresources ignore all other parts of a request.
			for _, subresource := range []string{"ephemeralcontainers", "resize", "status"} {
				got, err := pods.Patch(ctx, "live", types.JSONPatchType, []byte("["+change+"]"), metav1.PatchOptions{}, subresource)
				if err != nil {
					gomega.Expect(err).To(gomega.Satisfy(apierrors.IsInvalid), "a patch of %s through %s", name, subresource)
					continue
				}
				gomega.Expect(lifecycles(got)).To(gomega.Equal(before), "the answer to a patch of %s through %s", name, subresource)
			}
		}

		current, err := pods.Get(ctx, "live", metav1.GetOptions{})
		gomega.Expect(err).NotTo(gomega.HaveOccurred())
		current.Spec.Containers[0].Lifecycle.DependsOn[0].Container = "certs"
		_, err = pods.Update(ctx, current, metav1.UpdateOptions{})
		gomega.Expect(err).To(gomega.Satisfy(apierrors.IsInvalid), "an update")

		current, err = pods.Get(ctx, "live", metav1.GetOptions{})
		gomega.Expect(err).NotTo(gomega.HaveOccurred())
		gomega.Expect(lifecycles(current)).To(gomega.Equal(before), "the order at the end")
	})

	ginkgo.It("should not be had by ephemeral and init containers", func(ctx context.Context) {
		s := actor.NewStage()
		c.createPod(ctx, "live", templateOn(s, "", actor.Improvising("app")))
		pods := c.client.CoreV1().Pods(c.namespace)
		patch := fmt.Sprintf(`{"spec":{"ephemeralContainers":[{"name":"debug","image":%q,"lifecycle":{"type":"Sidecar"}}]}}`, actor.Image)
		_, err := pods.Patch(ctx, "live", types.StrategicMergePatchType, []byte(patch), metav1.PatchOptions{}, "ephemeralcontainers")
		gomega.Expect(err).To(gomega.Satisfy(apierrors.IsInvalid), "an ephemeral container with an order")

		template := templateOn(s, "", actor.Improvising("app"))
		setup := actor.Improvising("setup", actor.Exits(0))
		setup.ReadinessProbe = nil
		setup.Lifecycle = &v1.Lifecycle{Before: []v1.ContainerDependency{after("app")}}
		template.Spec.InitContainers = []v1.Container{setup}
		_, err = pods.Create(ctx, podOf("init", template), metav1.CreateOptions{})
		gomega.Expect(err).To(gomega.Satisfy(apierrors.IsInvalid), "an init container with an order")
		gomega.Expect(err.Error()).To(gomega.ContainSubstring("initContainers[0].lifecycle"), "an init container with an order")
	})

	ginkgo.It("should be had by native sidecars, as far as their list leaves it open", func(ctx context.Context) {
		s := actor.NewStage()
		template := func(said v1.Lifecycle) v1.PodTemplateSpec {
			template := templateOn(s, "", actor.Improvising("app"))
			mesh := actor.Improvising("mesh")
			mesh.RestartPolicy = ptr.To(v1.ContainerRestartPolicyAlways)
			template.Spec.InitContainers = []v1.Container{mesh}
			sayByField(&template, order{"mesh": said})
			return template
		}
		create := func(name string, said v1.Lifecycle) (*v1.Pod, error) {
			return c.client.CoreV1().Pods(c.namespace).Create(ctx, podOf(name, template(said)),
				metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		}
		said := v1.Lifecycle{
			Type: ptr.To(v1.LifecycleTypeSidecar), PreStopTiming: ptr.To(v1.PreStopTimingInTurn), StopTimeoutSeconds: ptr.To[int64](5),
			Before: []v1.ContainerDependency{{Type: v1.LifecycleTypeStandard}, after("absent")},
		}
		pod, err := create("valid", said)
		gomega.Expect(err).NotTo(gomega.HaveOccurred(), "a native sidecar with an order")
		for i := range said.Before {
			said.Before[i].Condition = v1.ContainerDependencyReady
		}
		gomega.Expect(pod.Spec.InitContainers[0].Lifecycle).To(gomega.Equal(&said), "what is stored, with defaults")
		gomega.Expect(c.warnings.take()).To(gomega.BeEmpty(), "warnings")

		_, err = create("invalid", v1.Lifecycle{
			Type: ptr.To(v1.LifecycleTypeStandard), DependsOn: []v1.ContainerDependency{after("app")},
		})
		gomega.Expect(err).To(gomega.Satisfy(apierrors.IsInvalid), "a native sidecar that waits for a container, and is Standard")
		gomega.Expect(err.Error()).To(gomega.And(gomega.ContainSubstring("spec.initContainers[0].lifecycle.type"),
			gomega.ContainSubstring("spec.initContainers[0].lifecycle.dependsOn")))
	})
})
