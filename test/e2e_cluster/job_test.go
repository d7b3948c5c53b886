// SPDX-License-Identifier: Apache-2.0

package e2ecluster

import (
	"context"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	batchv1 "k8s.io/api/batch/v1"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"k8s.io/kubernetes/test/utils/actor"
)

// twoSidecars is the order of these pods: certs, then proxy, then app.
var twoSidecars = order{"certs": sidecar(), "proxy": sidecar(after("certs"))}

// completedLife has all events of such a pod whose app exits by itself.
var completedLife = []string{
	"certs start", "certs up", "proxy start", "proxy up", "app start", "app exit", "proxy term", "proxy exit", "certs term", "certs exit",
}

// failFor returns a policy that fails the job if the container exits with the code; nil means any container.
func failFor(container *string, code int32) *batchv1.PodFailurePolicy {
	return &batchv1.PodFailurePolicy{Rules: []batchv1.PodFailurePolicyRule{{
		Action: batchv1.PodFailurePolicyActionFailJob,
		OnExitCodes: &batchv1.PodFailurePolicyOnExitCodesRequirement{
			ContainerName: container, Operator: batchv1.PodFailurePolicyOnExitCodesOpIn, Values: []int32{code},
		},
	}}}
}

func haveCondition(kind batchv1.JobConditionType, reason string) types.GomegaMatcher {
	return gomega.HaveField("Status.Conditions", gomega.ContainElement(gomega.And(
		gomega.HaveField("Type", kind), gomega.HaveField("Status", v1.ConditionTrue), gomega.HaveField("Reason", reason))))
}

var _ = ginkgo.Describe("Jobs", func() {
	c := inNamespace()

	// run creates a job and waits until it matches end.
	run := func(ctx context.Context, s *actor.Stage, spec batchv1.JobSpec, policy v1.RestartPolicy, code int,
		end types.GomegaMatcher) *batchv1.Job {
		ginkgo.GinkgoHelper()
		// The app is first in the list, to show that the list does not define the order.
		spec.Template = templateOn(s, policy,
			actor.Improvising("app", actor.Exits(code)), actor.Improvising("proxy"), actor.Improvising("certs"))
		say(&spec.Template, twoSidecars)
		jobs := c.client.BatchV1().Jobs(c.namespace)
		_, err := jobs.Create(ctx, &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Name: "job"}, Spec: spec}, metav1.CreateOptions{})
		gomega.Expect(err).NotTo(gomega.HaveOccurred(), "create the job")
		var last *batchv1.Job
		gomega.Eventually(ctx, func(ctx context.Context) (*batchv1.Job, error) {
			last, err = jobs.Get(ctx, "job", metav1.GetOptions{})
			return last, err
		}).Should(end, "the end of the job")
		return last
	}

	// expectPods asserts what must hold for all pods of the job, whatever the app's exit code.
	expectPods := func(ctx context.Context, s *actor.Stage, count int, code int32, phase v1.PodPhase) {
		ginkgo.GinkgoHelper()
		pods := c.pods(ctx, "batch.kubernetes.io/job-name=job")
		gomega.Expect(pods).To(gomega.HaveLen(count), "pods of the job")
		for _, pod := range pods {
			gomega.Expect(pod.Status.Phase).To(gomega.Equal(phase), "phase of pod %q", pod.Name)
			gomega.Expect(actor.ExitCode(&pod, "app")).To(gomega.Equal(code), "exit code of the app of pod %q", pod.Name)
			for _, container := range pod.Spec.Containers[1:] {
				gomega.Expect(actor.ExitCode(&pod, container.Name)).To(gomega.Equal(int32(143)), "exit code of %q of pod %q", container.Name, pod.Name)
				gomega.Expect(container.RestartPolicy).To(gomega.HaveValue(gomega.Equal(v1.ContainerRestartPolicyAlways)),
					"restart policy of the Sidecar %q of pod %q", container.Name, pod.Name)
				gomega.Expect(actor.StatusOf(&pod, container.Name).RestartCount).To(gomega.BeZero(), "restarts of %q of pod %q", container.Name,
					pod.Name)
			}
			gomega.Expect(pod.Spec.Containers[0].RestartPolicy).To(gomega.BeNil(), "the app's restart policy is the pod's")
			gomega.Expect(s.Timeline().Of(pod.Name)).To(actor.HappenOnceInOrder(completedLife...))
		}
	}

	ginkgo.DescribeTable("should complete although their Sidecars do not exit by themselves",
		func(ctx context.Context, spec batchv1.JobSpec, policy v1.RestartPolicy) {
			s := actor.NewStage()
			job := run(ctx, s, spec, policy, 0, haveCondition(batchv1.JobComplete, batchv1.JobReasonCompletionsReached))
			gomega.Expect(job.Status.Succeeded).To(gomega.Equal(*spec.Completions), "pods that have succeeded")
			gomega.Expect(job.Status.Failed).To(gomega.BeZero(), "pods that have failed")
			if ptr.Deref(spec.CompletionMode, "") == batchv1.IndexedCompletion {
				gomega.Expect(job.Status.CompletedIndexes).To(gomega.Equal("0-2"), "completed indexes")
			}
			expectPods(ctx, s, int(*spec.Completions), 0, v1.PodSucceeded)
		},
		ginkgo.Entry("NonIndexed, policy OnFailure",
			batchv1.JobSpec{Completions: ptr.To[int32](2), Parallelism: ptr.To[int32](2)}, v1.RestartPolicyOnFailure),
		ginkgo.Entry("Indexed, policy Never", batchv1.JobSpec{
			Completions: ptr.To[int32](3), Parallelism: ptr.To[int32](3), CompletionMode: ptr.To(batchv1.IndexedCompletion),
		}, v1.RestartPolicyNever),
		ginkgo.Entry("with a pod failure policy for the exit code that the Sidecars have", batchv1.JobSpec{
			Completions: ptr.To[int32](1), BackoffLimit: ptr.To[int32](0), PodFailurePolicy: failFor(nil, 143),
		}, v1.RestartPolicyNever),
	)

	ginkgo.It("should fail for the exit code of the app, and not for that of a Sidecar", func(ctx context.Context) {
		s := actor.NewStage()
		spec := batchv1.JobSpec{BackoffLimit: ptr.To[int32](3), PodFailurePolicy: failFor(ptr.To("app"), 3)}
		job := run(ctx, s, spec, v1.RestartPolicyNever, 3, haveCondition(batchv1.JobFailed, batchv1.JobReasonPodFailurePolicy))
		gomega.Expect(job.Status.Failed).To(gomega.Equal(int32(1)), "pods that have failed")
		gomega.Expect(job.Status.Conditions).To(gomega.ContainElement(gomega.HaveField("Message",
			gomega.And(gomega.ContainSubstring("Container app"), gomega.ContainSubstring("exit code 3")))), "the reason given")
		expectPods(ctx, s, 1, 3, v1.PodFailed)
	})

	ginkgo.It("should be retried up to the backoff limit when the app fails", func(ctx context.Context) {
		s := actor.NewStage()
		spec := batchv1.JobSpec{BackoffLimit: ptr.To[int32](0)}
		run(ctx, s, spec, v1.RestartPolicyNever, 4, haveCondition(batchv1.JobFailed, batchv1.JobReasonBackoffLimitExceeded))
		expectPods(ctx, s, 1, 4, v1.PodFailed)
	})
})
