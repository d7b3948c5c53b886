// SPDX-License-Identifier: Apache-2.0

package e2ecluster

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"k8s.io/kubernetes/pkg/kubelet/events"
	"k8s.io/kubernetes/test/utils/actor"
)

var _ = ginkgo.Describe("A switch of a node's kubelet", ginkgo.Label(kindNodes), func() {
	c := inNamespace()

	// createRunning creates an ordered pod of each controller on the node, waits until they are Ready, and returns their names.
	createRunning := func(ctx context.Context, s *actor.Stage, n node) []string {
		ginkgo.GinkgoHelper()
		template := meshed(s, "")
		n.pin(&template)
		_, err := c.client.AppsV1().Deployments(c.namespace).Create(ctx, deploymentOf("web", 1, template), metav1.CreateOptions{})
		gomega.Expect(err).NotTo(gomega.HaveOccurred(), "create the deployment")
		template.Labels = map[string]string{"app": "db"}
		selector := &metav1.LabelSelector{MatchLabels: template.Labels}
		_, err = c.client.AppsV1().StatefulSets(c.namespace).Create(ctx, &appsv1.StatefulSet{
			ObjectMeta: metav1.ObjectMeta{Name: "db"}, Spec: appsv1.StatefulSetSpec{Selector: selector, Template: template},
		}, metav1.CreateOptions{})
		gomega.Expect(err).NotTo(gomega.HaveOccurred(), "create the stateful set")
		template.Labels = map[string]string{"app": "agent"}
		selector = &metav1.LabelSelector{MatchLabels: template.Labels}
		_, err = c.client.AppsV1().DaemonSets(c.namespace).Create(ctx, &appsv1.DaemonSet{
			ObjectMeta: metav1.ObjectMeta{Name: "agent"}, Spec: appsv1.DaemonSetSpec{Selector: selector, Template: template},
		}, metav1.CreateOptions{})
		gomega.Expect(err).NotTo(gomega.HaveOccurred(), "create the daemon set")
		selecting := meshed(s, "")
		onOrderingNodes(&selecting)
		selecting.Spec.NodeSelector[v1.LabelHostname] = n.name
		c.createPod(ctx, "selects", selecting)
		for _, object := range []string{"deployment/web", "statefulset/db", "daemonset/agent"} {
			c.kubectl(ctx, "rollout", "status", object, patience)
		}
		c.kubectl(ctx, "wait", "pod/selects", "--for=condition=Ready", patience)
		return append(names(c.pods(ctx, "app in (web, db, agent)")), "selects")
	}

	ginkgo.It("should keep all containers in both directions, and refuse the way back under a Job", func(ctx context.Context) {
		n := c.orderingWorker(ctx)
		ours := n.version(ctx)
		ginkgo.DeferCleanup(func(ctx context.Context) {
			if n.version(ctx) != ours {
				n.expectExchange(ctx, "ours")
			}
		})

		ginkgo.By("Creating pods that run, wait, stop and are held, and a Job")
		running := actor.NewStage()
		pods := createRunning(ctx, running, n)
		gomega.Expect(pods).To(gomega.HaveLen(4), "pods that run")

		waiting := actor.NewStage()
		template := templateOn(waiting, "", actor.Improvising("app"), actor.Improvising("proxy", actor.NeverUp))
		say(&template, order{"proxy": sidecar()})
		n.pin(&template)
		c.createPod(ctx, "waits", template)
		c.expectPod(ctx, "waits", gomega.And(actor.HaveRunning("proxy"),
			actor.HaveWaiting("app", events.WaitingForDependencies, gomega.ContainSubstring("proxy"))), "a pod that waits")

		stopping := actor.NewStage()
		template = templateOn(stopping, "", actor.New("app", actor.WithHeldStop), actor.New("proxy"))
		template.Spec.TerminationGracePeriodSeconds = ptr.To[int64](600)
		say(&template, order{"proxy": sidecar()})
		n.pin(&template)
		c.createPod(ctx, "stops", template)
		stopping.WaitFor(ctx, "app start")
		gomega.Expect(c.client.CoreV1().Pods(c.namespace).Delete(ctx, "stops", metav1.DeleteOptions{})).To(gomega.Succeed())
		stopping.WaitFor(ctx, "app term")

		held := actor.NewStage()
		template = templateOn(held, "", actor.Improvising("app"))
		// An API server that knows the field refuses such an order there.
		sayByAnnotation(&template, order{"app": {DependsOn: []v1.ContainerDependency{after("othr")}}})
		n.pin(&template)
		c.createPod(ctx, "held", template)
		c.expectPod(ctx, "held", actor.HaveWaiting("app", events.InvalidContainerLifecycle, gomega.Not(gomega.BeEmpty())), "a pod that is held")

		working := actor.NewStage()
		template = templateOn(working, v1.RestartPolicyNever, actor.New("app"), actor.Improvising("proxy"))
		say(&template, order{"proxy": sidecar()})
		n.pin(&template)
		_, err := c.client.BatchV1().Jobs(c.namespace).Create(ctx, &batchv1.Job{
			ObjectMeta: metav1.ObjectMeta{Name: "job"}, Spec: batchv1.JobSpec{Template: template},
		}, metav1.CreateOptions{})
		gomega.Expect(err).NotTo(gomega.HaveOccurred(), "create the job")
		working.WaitFor(ctx, "app start")
		worker := names(c.pods(ctx, "batch.kubernetes.io/job-name=job"))
		gomega.Expect(worker).To(gomega.HaveLen(1), "pods of the job")
		kept := append(slices.Clone(pods), "waits", worker[0])
		before := c.identities(ctx, kept...)
		gomega.Expect(before).To(gomega.And(gomega.HaveLen(4*3+1+2), gomega.HaveEach(gomega.HaveSuffix(" 0 restarts"))), "containers")
		// expectKept asserts that these containers still run and are the same. Others may have come.
		expectKept := func(when string) {
			ginkgo.GinkgoHelper()
			now := c.identities(ctx, kept...)
			maps.DeleteFunc(now, func(name, _ string) bool { return before[name] == "" })
			gomega.Expect(now).To(gomega.Equal(before), when)
		}

		ginkgo.By("Switching back is refused, and changes nothing")
		output, err := n.exchange(ctx, "stock")
		gomega.Expect(err).To(gomega.HaveOccurred(), "the switch under a Job: %s", output)
		gomega.Expect(output).To(gomega.And(gomega.ContainSubstring("would hang"), gomega.ContainSubstring(c.namespace+"/"+worker[0]),
			gomega.ContainSubstring(`Job "job"`), gomega.ContainSubstring("Sidecars proxy"), gomega.ContainSubstring("--force")), "the refusal")
		gomega.Expect(output).NotTo(gomega.ContainSubstring(c.namespace+"/"+pods[0]), "a pod that would not hang")
		gomega.Expect(n.version(ctx)).To(gomega.Equal(ours), "the version after the refusal")
		object, err := n.read(ctx)
		gomega.Expect(err).NotTo(gomega.HaveOccurred())
		gomega.Expect(object.Labels).To(gomega.HaveKeyWithValue(orderingLabel, "true"), "the label after the refusal")
		gomega.Expect(object.Spec.Unschedulable).To(gomega.BeFalseBecause("the node was not touched"))
		gomega.Expect(stopping.Timeline().Of("stops")).To(actor.NotHappen("proxy term"))

		ginkgo.By("Switching to stock by force")
		output = n.expectExchange(ctx, "stock", "--force")
		gomega.Expect(output).To(gomega.And(gomega.ContainSubstring(c.namespace+"/waits: app would start at once"),
			gomega.ContainSubstring(c.namespace+"/selects: keeps running"), gomega.ContainSubstring(c.namespace+"/held:"),
			gomega.ContainSubstring(c.namespace+"/"+worker[0])), "what the switch says of the pods")
		expectKept("containers after the switch to stock")
		c.expectPod(ctx, "waits", actor.HaveRunning("app", "proxy"), "who waited starts at once")
		c.expectPod(ctx, "held", actor.HaveRunning("app"), "who was held starts")
		working.Finish("app", 0)
		finished := gomega.And(actor.HaveExited("app", 0), actor.HaveRunning("proxy"))
		c.expectPod(ctx, worker[0], finished, "the work is done")
		gomega.Consistently(ctx, func(ctx context.Context) (*v1.Pod, error) {
			return c.client.CoreV1().Pods(c.namespace).Get(ctx, worker[0], metav1.GetOptions{})
		}).WithTimeout(5*time.Second).WithPolling(500*time.Millisecond).Should(finished, "the Job hangs, as the refusal said")
		changed := c.identities(ctx, "waits", "held")

		ginkgo.By("Switching to ours")
		n.expectExchange(ctx, "ours")
		gomega.Expect(n.version(ctx)).To(gomega.Equal(ours), "the version")
		expectKept("containers after the switch to ours")
		gomega.Expect(c.identities(ctx, "waits", "held")).To(gomega.Equal(changed), "what had started under stock runs on")
		c.kubectl(ctx, "wait", "job/job", "--for=condition=Complete", patience)
		gomega.Expect(working.Timeline().Of(worker[0])).To(actor.HappenOnceInOrder("proxy up", "app start", "app exit", "proxy term", "proxy exit"))

		stopping.Cue("app.stopped")
		gomega.Eventually(ctx, func(ctx context.Context) []string {
			list, err := c.client.CoreV1().Pods(c.namespace).List(ctx, metav1.ListOptions{})
			gomega.Expect(err).NotTo(gomega.HaveOccurred())
			return names(list.Items)
		}).Should(gomega.Not(gomega.ContainElement("stops")), "the pod that was stopping ends")

		ginkgo.By("The pods that ran all the time stop in the order with which they started")
		c.kubectl(ctx, "delete", "deployment/web", "statefulset/db", "daemonset/agent", "pod/selects", "--wait=false")
		gomega.Eventually(ctx, func(ctx context.Context) []v1.Pod {
			return slices.DeleteFunc(c.pods(ctx, ""), func(p v1.Pod) bool { return !slices.Contains(pods, p.Name) })
		}).Should(gomega.BeEmpty(), "pods that are left")
		expectLives(running, pods...)
	})

	ginkgo.It("to ours should keep the containers of pods that were created under stock, and order the next ones", ginkgo.Label(mixedNodes),
		func(ctx context.Context) {
			s, n := actor.NewStage(), c.stockWorker(ctx)
			ginkgo.DeferCleanup(func(ctx context.Context) {
				if strings.Contains(n.version(ctx), orderingVersion) {
					n.expectExchange(ctx, "stock", "--force")
				}
			})
			template := meshed(s, "")
			n.pin(&template)
			_, err := c.client.AppsV1().Deployments(c.namespace).Create(ctx, deploymentOf("web", 2, template), metav1.CreateOptions{})
			gomega.Expect(err).NotTo(gomega.HaveOccurred(), "create the deployment")
			c.kubectl(ctx, "rollout", "status", "deployment/web", patience)
			late := actor.NewStage()
			template = templateOn(late, "", actor.New("app", actor.WithHeldStop), actor.New("proxy"))
			template.Spec.TerminationGracePeriodSeconds = ptr.To[int64](600)
			say(&template, order{"proxy": sidecar()})
			n.pin(&template)
			c.createPod(ctx, "stops", template)
			late.WaitFor(ctx, "app start", "proxy start")
			gomega.Expect(c.client.CoreV1().Pods(c.namespace).Delete(ctx, "stops", metav1.DeleteOptions{})).To(gomega.Succeed())
			late.WaitFor(ctx, "app term", "proxy term")
			old := names(c.pods(ctx, "app=web"))
			before := c.identities(ctx, old...)
			gomega.Expect(before).To(gomega.HaveLen(6), "containers")

			n.expectExchange(ctx, "ours")
			gomega.Expect(c.identities(ctx, old...)).To(gomega.Equal(before), "containers after the switch to ours")
			late.Cue("app.stopped")
			gomega.Eventually(ctx, func(ctx context.Context) []v1.Pod {
				return slices.DeleteFunc(c.pods(ctx, ""), func(p v1.Pod) bool { return p.Name != "stops" })
			}).Should(gomega.BeEmpty(), "the pod that was stopping ends")
			c.kubectl(ctx, "rollout", "restart", "deployment/web")
			c.kubectl(ctx, "rollout", "status", "deployment/web", patience)
			gomega.Eventually(ctx, func(ctx context.Context) []string { return names(c.pods(ctx, "app=web")) }).Should(gomega.And(
				gomega.HaveLen(2), gomega.Not(gomega.ContainElements(gomega.BeElementOf(old)))), "pods after the change")
			fresh := names(c.pods(ctx, "app=web"))
			expectStarted(s, fresh...)
			before = c.identities(ctx, fresh...)

			n.expectExchange(ctx, "stock")
			gomega.Expect(c.identities(ctx, fresh...)).To(gomega.Equal(before), "containers after the switch to stock")
		})
})
