// SPDX-License-Identifier: Apache-2.0

package e2ecluster

import (
	"context"
	"errors"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"k8s.io/kubernetes/pkg/kubelet/events"
	"k8s.io/kubernetes/test/utils/actor"
)

var _ = ginkgo.Describe("An order that cannot be followed", func() {
	c := inNamespace()

	// Three problems in one pod: an unknown container, a cycle, and a stop timeout longer than the grace period.
	wrong := order{
		"app":   {DependsOn: []v1.ContainerDependency{after("othr"), after("proxy")}},
		"proxy": {DependsOn: []v1.ContainerDependency{after("app")}},
		"certs": {StopTimeoutSeconds: ptr.To[int64](21)},
	}
	named := gomega.And(gomega.ContainSubstring("othr"), gomega.ContainSubstring("app -> proxy -> app"),
		gomega.ContainSubstring("stopTimeoutSeconds"))
	template := func(s *actor.Stage) v1.PodTemplateSpec {
		template := templateOn(s, "", actor.Improvising("app"), actor.Improvising("proxy"), actor.Improvising("certs"))
		say(&template, wrong)
		return template
	}

	ginkgo.It("should be refused with all its problems in one answer, also in a template", ginkgo.Label(fieldOnly), func(ctx context.Context) {
		s := actor.NewStage()
		_, err := c.client.CoreV1().Pods(c.namespace).Create(ctx, podOf("wrong", template(s)), metav1.CreateOptions{})
		gomega.Expect(err).To(gomega.Satisfy(apierrors.IsInvalid), "the answer to a pod")
		gomega.Expect(err.Error()).To(named, "the answer to a pod")
		var refused *apierrors.StatusError
		gomega.Expect(errors.As(err, &refused)).To(gomega.BeTrueBecause("the API server refused it"))
		gomega.Expect(refused.Status().Code).To(gomega.Equal(int32(422)), "the answer's code")
		gomega.Expect(refused.Status().Details.Causes).To(gomega.HaveLen(3),
			"one cause per problem, each with its field: %v", refused.Status().Details.Causes)

		_, err = c.client.AppsV1().ReplicaSets(c.namespace).Create(ctx, replicaSetOf("wrong", template(s)), metav1.CreateOptions{})
		gomega.Expect(err).To(gomega.Satisfy(apierrors.IsInvalid), "the answer to a ReplicaSet")
		gomega.Expect(err.Error()).To(named, "the answer to a ReplicaSet")
	})

	ginkgo.It("should hold the one pod of a ReplicaSet, which makes no others", ginkgo.Label(annotationOnly), func(ctx context.Context) {
		s := actor.NewStage()
		_, err := c.client.AppsV1().ReplicaSets(c.namespace).Create(ctx, replicaSetOf("wrong", template(s)), metav1.CreateOptions{})
		gomega.Expect(err).NotTo(gomega.HaveOccurred(), "create the ReplicaSet")
		gomega.Eventually(ctx, func(ctx context.Context) []v1.Pod { return c.pods(ctx, "app=wrong") }).Should(gomega.HaveLen(1), "pods")
		first := c.pods(ctx, "app=wrong")[0]

		pointsThere := gomega.ContainSubstring("see the message of the pod's status")
		held := gomega.And(gomega.HaveField("Status.Phase", v1.PodPending),
			gomega.HaveField("Status.Reason", events.InvalidContainerLifecycle), gomega.HaveField("Status.Message", named),
			actor.HaveWaiting("app", events.InvalidContainerLifecycle, pointsThere),
			actor.HaveWaiting("proxy", events.InvalidContainerLifecycle, pointsThere),
			actor.HaveWaiting("certs", events.InvalidContainerLifecycle, pointsThere))
		c.expectPod(ctx, first.Name, held, "the pod is held")
		gomega.Eventually(ctx, func(ctx context.Context) ([]string, error) {
			return c.messages(ctx, &first, events.InvalidContainerLifecycle)
		}).Should(gomega.ConsistOf(named), "the event")
		gomega.Consistently(ctx, func(ctx context.Context) []v1.Pod { return c.pods(ctx, "app=wrong") }).
			WithTimeout(15*time.Second).WithPolling(500*time.Millisecond).
			Should(gomega.And(gomega.HaveLen(1), gomega.HaveEach(gomega.HaveField("UID", first.UID))), "pods")
		c.expectPod(ctx, first.Name, held, "the pod is still held")
		gomega.Expect(s.Timeline().Of(first.Name)).To(gomega.BeEmpty(), "nothing has run")
	})
})
