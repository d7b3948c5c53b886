// SPDX-License-Identifier: Apache-2.0

package e2ecluster

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"k8s.io/kubernetes/test/utils/actor"
)

var (
	// twoUp and twoDown are what happens in a pod with the order twoSidecars.
	twoUp   = []string{"certs start", "certs up", "proxy start", "proxy up", "app start", "app up"}
	twoDown = []string{"app term", "app exit", "proxy term", "proxy exit", "certs term", "certs exit"}
)

// meshed returns a template with the order twoSidecars. The app is first in the list, to show that the list does not define the order.
func meshed(s *actor.Stage, policy v1.RestartPolicy, app ...func(*v1.Container)) v1.PodTemplateSpec {
	ginkgo.GinkgoHelper()
	template := templateOn(s, policy, actor.Improvising("app", app...), actor.Improvising("proxy"), actor.Improvising("certs"))
	// Nobody is to be killed because three nodes share a busy machine. What counts is the order.
	template.Spec.TerminationGracePeriodSeconds = ptr.To[int64](180)
	say(&template, twoSidecars)
	return template
}

// names returns the names of the pods, sorted.
func names(pods []v1.Pod) []string {
	var all []string
	for _, pod := range pods {
		all = append(all, pod.Name)
	}
	slices.Sort(all)
	return all
}

// expectLives asserts that each pod has lived in order from start to end.
func expectLives(s *actor.Stage, pods ...string) {
	ginkgo.GinkgoHelper()
	for _, pod := range pods {
		gomega.Expect(s.Timeline().Of(pod)).To(actor.HappenOnceInOrder(slices.Concat(twoUp, twoDown)...), "life of pod %q", pod)
	}
}

// expectStarted asserts that each pod has started in order, and not begun to stop.
func expectStarted(s *actor.Stage, pods ...string) {
	ginkgo.GinkgoHelper()
	for _, pod := range pods {
		gomega.Expect(s.Timeline().Of(pod)).To(gomega.And(actor.HappenOnceInOrder(twoUp...), actor.NotHappen("app term", "proxy term",
			"certs term")), "start of pod %q", pod)
	}
}

var _ = ginkgo.Describe("On a node of kind, an ordered", ginkgo.Label(kindNodes), func() {
	c := inNamespace()

	ginkgo.It("Deployment with a mesh should be rolled out and rolled on", func(ctx context.Context) {
		s := actor.NewStage()
		template := meshed(s, "")
		onOrderingNodes(&template)
		_, err := c.client.AppsV1().Deployments(c.namespace).Create(ctx, deploymentOf("web", 3, template), metav1.CreateOptions{})
		gomega.Expect(err).NotTo(gomega.HaveOccurred(), "create the deployment")
		c.kubectl(ctx, "rollout", "status", "deployment/web", patience)
		old := names(c.pods(ctx, "app=web"))
		gomega.Expect(old).To(gomega.HaveLen(3), "pods")
		c.kubectl(ctx, "rollout", "restart", "deployment/web")
		c.kubectl(ctx, "rollout", "status", "deployment/web", patience)
		gomega.Eventually(ctx, func(ctx context.Context) []string { return names(c.pods(ctx, "app=web")) }).Should(gomega.And(
			gomega.HaveLen(3), gomega.Not(gomega.ContainElements(gomega.BeElementOf(old)))), "pods after the change")
		expectLives(s, old...)
		expectStarted(s, names(c.pods(ctx, "app=web"))...)
	})

	ginkgo.It("Job should complete", func(ctx context.Context) {
		s := actor.NewStage()
		template := meshed(s, v1.RestartPolicyNever, actor.Exits(0))
		onOrderingNodes(&template)
		_, err := c.client.BatchV1().Jobs(c.namespace).Create(ctx, &batchv1.Job{
			ObjectMeta: metav1.ObjectMeta{Name: "job"},
			Spec:       batchv1.JobSpec{Completions: ptr.To[int32](3), Parallelism: ptr.To[int32](2), Template: template},
		}, metav1.CreateOptions{})
		gomega.Expect(err).NotTo(gomega.HaveOccurred(), "create the job")
		c.kubectl(ctx, "wait", "job/job", "--for=condition=Complete", patience)
		pods := names(c.pods(ctx, "batch.kubernetes.io/job-name=job"))
		gomega.Expect(pods).To(gomega.HaveLen(3), "pods")
		for _, pod := range pods {
			gomega.Expect(s.Timeline().Of(pod)).To(actor.HappenOnceInOrder(completedLife...), "life of pod %q", pod)
		}
	})

	ginkgo.It("CronJob should complete at its time", func(ctx context.Context) {
		s := actor.NewStage()
		template := meshed(s, v1.RestartPolicyNever, actor.Exits(0))
		onOrderingNodes(&template)
		_, err := c.client.BatchV1().CronJobs(c.namespace).Create(ctx, &batchv1.CronJob{
			ObjectMeta: metav1.ObjectMeta{Name: "every-minute"},
			Spec: batchv1.CronJobSpec{
				Schedule: "* * * * *", ConcurrencyPolicy: batchv1.ForbidConcurrent,
				JobTemplate: batchv1.JobTemplateSpec{Spec: batchv1.JobSpec{Template: template}},
			},
		}, metav1.CreateOptions{})
		gomega.Expect(err).NotTo(gomega.HaveOccurred(), "create the cron job")
		var jobs []batchv1.Job
		gomega.Eventually(ctx, func(ctx context.Context) ([]batchv1.Job, error) {
			list, err := c.client.BatchV1().Jobs(c.namespace).List(ctx, metav1.ListOptions{})
			if err == nil {
				jobs = list.Items
			}
			return jobs, err
		}).WithTimeout(2*time.Minute).Should(gomega.ContainElement(haveCondition(batchv1.JobComplete, batchv1.JobReasonCompletionsReached)),
			"the job of the first minute")
		pods := names(c.pods(ctx, "batch.kubernetes.io/job-name="+jobs[0].Name))
		gomega.Expect(pods).To(gomega.HaveLen(1), "pods")
		gomega.Expect(s.Timeline().Of(pods[0])).To(actor.HappenOnceInOrder(completedLife...))
	})

	ginkgo.It("DaemonSet should run on each node with our kubelet and on no other, and be rolled on", func(ctx context.Context) {
		s := actor.NewStage()
		template := meshed(s, "")
		template.Labels = map[string]string{"app": "agent"}
		onOrderingNodes(&template)
		_, err := c.client.AppsV1().DaemonSets(c.namespace).Create(ctx, &appsv1.DaemonSet{
			ObjectMeta: metav1.ObjectMeta{Name: "agent"},
			Spec:       appsv1.DaemonSetSpec{Selector: &metav1.LabelSelector{MatchLabels: template.Labels}, Template: template},
		}, metav1.CreateOptions{})
		gomega.Expect(err).NotTo(gomega.HaveOccurred(), "create the daemon set")
		c.kubectl(ctx, "rollout", "status", "daemonset/agent", patience)
		var nodes []string
		for _, n := range c.workers(ctx, true) {
			nodes = append(nodes, n.name)
		}
		old := c.pods(ctx, "app=agent")
		gomega.Expect(old).To(gomega.HaveLen(len(nodes)), "pods")
		gomega.Expect(old).To(gomega.HaveEach(gomega.HaveField("Spec.NodeName", gomega.BeElementOf(nodes))), "where they run")
		c.kubectl(ctx, "rollout", "restart", "daemonset/agent")
		c.kubectl(ctx, "rollout", "status", "daemonset/agent", patience)
		expectLives(s, names(old)...)
		expectStarted(s, names(c.pods(ctx, "app=agent"))...)
	})

	ginkgo.It("StatefulSet with volumes should start and stop its pods one by one, each in order, and find its data again",
		func(ctx context.Context) {
			const replicas = 2
			s, n := actor.NewStage(), c.orderingWorker(ctx)
			data := c.makeVolumes(ctx, n, replicas)
			template := meshed(s, "", func(app *v1.Container) {
				app.Command = actor.Command(`echo "$POD" >> /data/starts; improvise`)
				app.VolumeMounts = append(app.VolumeMounts, v1.VolumeMount{Name: "data", MountPath: "/data"})
			})
			template.Labels = map[string]string{"app": "db"}
			onOrderingNodes(&template)
			_, err := c.client.AppsV1().StatefulSets(c.namespace).Create(ctx, &appsv1.StatefulSet{
				ObjectMeta: metav1.ObjectMeta{Name: "db"},
				Spec: appsv1.StatefulSetSpec{
					Replicas: ptr.To[int32](replicas), Selector: &metav1.LabelSelector{MatchLabels: template.Labels}, Template: template,
					VolumeClaimTemplates: []v1.PersistentVolumeClaim{{
						ObjectMeta: metav1.ObjectMeta{Name: "data"},
						Spec: v1.PersistentVolumeClaimSpec{
							StorageClassName: ptr.To(c.namespace), AccessModes: []v1.PersistentVolumeAccessMode{v1.ReadWriteOnce},
							Resources: v1.VolumeResourceRequirements{Requests: v1.ResourceList{v1.ResourceStorage: resource.MustParse("1Mi")}},
						},
					}},
				},
			}, metav1.CreateOptions{})
			gomega.Expect(err).NotTo(gomega.HaveOccurred(), "create the stateful set")
			c.kubectl(ctx, "rollout", "status", "statefulset/db", patience)
			expectStarted(s, "db-0", "db-1")
			gomega.Expect(s.Timeline().Of("db-0")[len(twoUp)-1].At).To(gomega.BeTemporally("<=", s.Timeline().Of("db-1")[0].At),
				"db-1 starts when db-0 is up:\n%s", s.Timeline())

			c.kubectl(ctx, "scale", "statefulset/db", "--replicas=0")
			c.expectGone(ctx)
			expectLives(s, "db-0", "db-1")
			ends := s.Timeline().Of("db-1")
			gomega.Expect(ends[len(ends)-1].At).To(gomega.BeTemporally("<=", s.Timeline().Of("db-0").Since("app term")[0].At),
				"db-0 stops when db-1 has stopped:\n%s", s.Timeline())

			c.kubectl(ctx, "scale", "statefulset/db", "--replicas=2")
			c.kubectl(ctx, "rollout", "status", "statefulset/db", patience)
			var found []string
			for _, dir := range data {
				content, err := os.ReadFile(filepath.Join(dir, "starts"))
				gomega.Expect(err).NotTo(gomega.HaveOccurred(), "read a volume")
				found = append(found, string(content))
			}
			gomega.Expect(found).To(gomega.ConsistOf("db-0\ndb-0\n", "db-1\ndb-1\n"), "what is in the volumes")
		})
})

// makeVolumes makes volumes on the node, with the namespace's name as their storage class, and returns their directories.
func (c *cluster) makeVolumes(ctx context.Context, n node, count int) []string {
	ginkgo.GinkgoHelper()
	volumes := c.client.CoreV1().PersistentVolumes()
	var dirs []string
	for i := range count {
		dir := ginkgo.GinkgoT().TempDir()
		dirs = append(dirs, dir)
		name := fmt.Sprintf("%s-%d", c.namespace, i)
		_, err := volumes.Create(ctx, &v1.PersistentVolume{
			ObjectMeta: metav1.ObjectMeta{Name: name},
			Spec: v1.PersistentVolumeSpec{
				StorageClassName: c.namespace, AccessModes: []v1.PersistentVolumeAccessMode{v1.ReadWriteOnce},
				PersistentVolumeReclaimPolicy: v1.PersistentVolumeReclaimRetain,
				Capacity:                      v1.ResourceList{v1.ResourceStorage: resource.MustParse("1Mi")},
				PersistentVolumeSource:        v1.PersistentVolumeSource{Local: &v1.LocalVolumeSource{Path: dir}},
				NodeAffinity: &v1.VolumeNodeAffinity{Required: &v1.NodeSelector{NodeSelectorTerms: []v1.NodeSelectorTerm{{
					MatchExpressions: []v1.NodeSelectorRequirement{{
						Key: v1.LabelHostname, Operator: v1.NodeSelectorOpIn, Values: []string{n.name},
					}},
				}}}},
			},
		}, metav1.CreateOptions{})
		gomega.Expect(err).NotTo(gomega.HaveOccurred(), "create a volume")
		ginkgo.DeferCleanup(func(ctx context.Context) error { return volumes.Delete(ctx, name, metav1.DeleteOptions{}) })
	}
	return dirs
}
