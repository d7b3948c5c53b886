// SPDX-License-Identifier: Apache-2.0

package e2ecluster

import (
	"context"
	"path/filepath"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	batchv1 "k8s.io/api/batch/v1"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"k8s.io/kubernetes/test/utils/actor"
)

var _ = ginkgo.Describe("Ordered pods in a cluster with both kubelets", ginkgo.Label(kindNodes, mixedNodes), func() {
	c := inNamespace()

	ginkgo.It("should be refused by the policy unless they select the label, and then never come to a stock node", func(ctx context.Context) {
		manifest := filepath.Join(filepath.Dir(filepath.Dir(*kindScript)), "docs/manifests/require-ordering-nodes.yaml")
		c.kubectl(ctx, "apply", "-f", manifest)
		ginkgo.DeferCleanup(func(ctx context.Context) { c.kubectl(ctx, "delete", "-f", manifest) })
		template := templateOn(actor.NewStage(), "", actor.Improvising("app"), actor.Improvising("proxy"), actor.Improvising("certs"))
		say(&template, twoSidecars)
		gomega.Eventually(ctx, func(ctx context.Context) error {
			_, err := c.admit(ctx, podOf("anywhere", template))
			return err
		}).Should(gomega.MatchError(gomega.ContainSubstring("add the nodeSelector "+orderingLabel)), "a pod that does not select the label")
		plain := templateOn(actor.NewStage(), "", actor.Improvising("app"))
		_, err := c.admit(ctx, podOf("plain", plain))
		gomega.Expect(err).NotTo(gomega.HaveOccurred(), "a pod without an order")

		onOrderingNodes(&template)
		_, err = c.client.AppsV1().Deployments(c.namespace).Create(ctx, deploymentOf("web", 4, template), metav1.CreateOptions{})
		gomega.Expect(err).NotTo(gomega.HaveOccurred(), "create the deployment")
		c.kubectl(ctx, "rollout", "status", "deployment/web", patience)
		ours := c.orderingWorker(ctx)
		gomega.Expect(c.pods(ctx, "app=web")).To(gomega.HaveEach(gomega.HaveField("Spec.NodeName", ours.name)), "where the pods run")

		ginkgo.By("Closing the node of ours: its pods find no other")
		c.kubectl(ctx, "cordon", ours.name)
		ginkgo.DeferCleanup(func(ctx context.Context) { c.kubectl(ctx, "uncordon", ours.name) })
		c.kubectl(ctx, "scale", "deployment/web", "--replicas=5")
		unscheduled := gomega.And(gomega.HaveField("Spec.NodeName", ""), gomega.HaveField("Status.Conditions", gomega.ContainElement(
			gomega.And(gomega.HaveField("Type", v1.PodScheduled), gomega.HaveField("Reason", v1.PodReasonUnschedulable)))))
		gomega.Eventually(ctx, func(ctx context.Context) []v1.Pod { return c.pods(ctx, "app=web") }).Should(
			gomega.ContainElement(unscheduled), "the fifth pod")
	})

	ginkgo.It("should run unordered on the stock node", func(ctx context.Context) {
		stock, s := c.stockWorker(ctx), actor.NewStage()
		template := templateOn(s, "", actor.Improvising("app"), actor.Improvising("proxy", actor.NeverUp), actor.Improvising("certs"))
		say(&template, twoSidecars)
		stock.pin(&template)
		_, err := c.client.AppsV1().Deployments(c.namespace).Create(ctx, deploymentOf("web", 1, template), metav1.CreateOptions{})
		gomega.Expect(err).NotTo(gomega.HaveOccurred(), "create the deployment")
		pod := c.onlyPod(ctx, "web")
		c.expectPod(ctx, pod.Name, actor.HaveRunning("app", "proxy", "certs"), "all run, although the proxy is never ready")
		timeline := func() actor.Timeline { return s.Timeline().Of(pod.Name) }
		gomega.Eventually(ctx, timeline).Should(actor.HaveHappened("app up", "proxy start", "certs up"))
		c.kubectl(ctx, "delete", "deployment/web")
		c.expectGone(ctx)
		expectPairs(timeline(), [2]string{"proxy term", "app exit"}, [2]string{"certs term", "app exit"}, [2]string{"certs term", "proxy exit"})
	})

	ginkgo.It("should not complete on the stock node if they are a Job's, unless their Sidecars exit by themselves", func(ctx context.Context) {
		stock, s := c.stockWorker(ctx), actor.NewStage()
		template := templateOn(s, v1.RestartPolicyNever, actor.Improvising("app", actor.Exits(0)), actor.Improvising("proxy"),
			actor.Improvising("certs"))
		say(&template, twoSidecars)
		stock.pin(&template)
		_, err := c.client.BatchV1().Jobs(c.namespace).Create(ctx, &batchv1.Job{
			ObjectMeta: metav1.ObjectMeta{Name: "job"}, Spec: batchv1.JobSpec{Template: template},
		}, metav1.CreateOptions{})
		gomega.Expect(err).NotTo(gomega.HaveOccurred(), "create the job")
		var pod *v1.Pod
		gomega.Eventually(ctx, func(ctx context.Context) []v1.Pod {
			pods := c.pods(ctx, "batch.kubernetes.io/job-name=job")
			if len(pods) > 0 {
				pod = &pods[0]
			}
			return pods
		}).Should(gomega.HaveLen(1), "pods")
		finished := gomega.And(actor.HaveExited("app", 0), actor.HaveRunning("proxy", "certs"))
		c.expectPod(ctx, pod.Name, finished, "the work is done")
		gomega.Consistently(ctx, func(ctx context.Context) (*v1.Pod, error) {
			return c.client.CoreV1().Pods(c.namespace).Get(ctx, pod.Name, metav1.GetOptions{})
		}).WithTimeout(10*time.Second).WithPolling(500*time.Millisecond).Should(finished, "the Sidecars run on")
		gomega.Expect(s.Timeline().Of(pod.Name)).To(actor.NotHappen("proxy term", "certs term"))
	})
})
