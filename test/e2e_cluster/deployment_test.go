// SPDX-License-Identifier: Apache-2.0

package e2ecluster

import (
	"context"
	"strings"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	appsv1 "k8s.io/api/apps/v1"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"k8s.io/kubernetes/pkg/kubelet/events"
	"k8s.io/kubernetes/test/utils/actor"
)

func deploymentOf(name string, replicas int32, template v1.PodTemplateSpec) *appsv1.Deployment {
	labels := map[string]string{"app": name}
	template.Labels = labels
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec:       appsv1.DeploymentSpec{Replicas: &replicas, Selector: &metav1.LabelSelector{MatchLabels: labels}, Template: template},
	}
}

var _ = ginkgo.Describe("Deployments", func() {
	c := inNamespace()

	ginkgo.It("should be rolled out and rolled on, each pod up and down in order", func(ctx context.Context) {
		s := actor.NewStage()
		template := templateOn(s, "", actor.Improvising("app"), actor.Improvising("proxy"), actor.Improvising("certs"))
		say(&template, twoSidecars)
		deployments := c.client.AppsV1().Deployments(c.namespace)
		_, err := deployments.Create(ctx, deploymentOf("web", 1, template), metav1.CreateOptions{})
		gomega.Expect(err).NotTo(gomega.HaveOccurred(), "create the deployment")
		c.kubectl(ctx, "rollout", "status", "deployment/web", "--timeout=1m")
		pods := c.pods(ctx, "app=web")
		gomega.Expect(pods).To(gomega.HaveLen(1), "pods")
		old := pods[0]

		up := []string{"certs start", "certs up", "proxy start", "proxy up", "app start"}
		gomega.Expect(s.Timeline().Of(old.Name)).To(actor.HappenOnceInOrder(up...))
		for i, name := range []string{"certs", "proxy"} {
			next := []string{"proxy", "app"}[i]
			gomega.Expect(actor.StatusOf(&old, name).State.Running.StartedAt.Time).NotTo(
				gomega.BeTemporally(">", actor.StatusOf(&old, next).State.Running.StartedAt.Time), "start of %q and of %q in the status", name, next)
		}

		_, err = deployments.Patch(ctx, "web", types.StrategicMergePatchType,
			[]byte(`{"spec":{"template":{"metadata":{"annotations":{"version":"2"}}}}}`), metav1.PatchOptions{})
		gomega.Expect(err).NotTo(gomega.HaveOccurred(), "change the template")
		c.kubectl(ctx, "rollout", "status", "deployment/web", "--timeout=1m")
		gomega.Eventually(ctx, func(ctx context.Context) []v1.Pod { return c.pods(ctx, "app=web") }).Should(gomega.And(
			gomega.HaveLen(1), gomega.HaveEach(gomega.HaveField("Name", gomega.Not(gomega.Equal(old.Name))))), "pods after the change")

		gomega.Expect(s.Timeline().Of(old.Name)).To(actor.HappenOnceInOrder(append(up, "app term", "app exit", "proxy term", "proxy exit",
			"certs term", "certs exit")...))
		gomega.Expect(s.Timeline().Of(c.pods(ctx, "app=web")[0].Name)).To(actor.HappenOnceInOrder(up...))
		stages, err := c.messages(ctx, &old, events.StoppingStage)
		gomega.Expect(err).NotTo(gomega.HaveOccurred(), "read the events")
		gomega.Expect(strings.Join(stages, "\n")).To(gomega.And(
			gomega.ContainSubstring("app"), gomega.ContainSubstring("proxy"), gomega.ContainSubstring("certs")), "events of the stop")
		gomega.Expect(stages).To(gomega.HaveLen(3), "stages of the stop")
	})

	ginkgo.It("should keep their pods' order when they are scaled down", func(ctx context.Context) {
		s := actor.NewStage()
		template := templateOn(s, "", actor.Improvising("app"), actor.Improvising("proxy"), actor.Improvising("certs"))
		say(&template, twoSidecars)
		deployments := c.client.AppsV1().Deployments(c.namespace)
		_, err := deployments.Create(ctx, deploymentOf("web", 2, template), metav1.CreateOptions{})
		gomega.Expect(err).NotTo(gomega.HaveOccurred(), "create the deployment")
		c.kubectl(ctx, "rollout", "status", "deployment/web", "--timeout=1m")
		pods := c.pods(ctx, "app=web")
		gomega.Expect(pods).To(gomega.HaveLen(2), "pods")
		c.kubectl(ctx, "scale", "deployment/web", "--replicas=0")
		gomega.Eventually(ctx, func(ctx context.Context) []v1.Pod { return c.pods(ctx, "app=web") }).Should(gomega.BeEmpty(), "pods")
		for _, pod := range pods {
			gomega.Expect(s.Timeline().Of(pod.Name)).To(actor.HappenOnceInOrder("app term", "app exit", "proxy term", "proxy exit", "certs term",
				"certs exit"))
		}
	})
})

// replicaSetOf returns a ReplicaSet with the template that a Deployment of that name would have.
func replicaSetOf(name string, template v1.PodTemplateSpec) *appsv1.ReplicaSet {
	d := deploymentOf(name, 1, template)
	return &appsv1.ReplicaSet{
		ObjectMeta: d.ObjectMeta,
		Spec:       appsv1.ReplicaSetSpec{Replicas: ptr.To[int32](1), Selector: d.Spec.Selector, Template: d.Spec.Template},
	}
}
