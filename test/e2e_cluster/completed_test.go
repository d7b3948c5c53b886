// SPDX-License-Identifier: Apache-2.0

package e2ecluster

import (
	"context"
	"slices"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"k8s.io/kubernetes/test/utils/actor"
)

var _ = ginkgo.Describe("kubectl get pods", func() {
	c := inNamespace()

	// onTerm returns an actor that is ready at once, with that command when it gets SIGTERM.
	onTerm := func(name, command string) v1.Container {
		container := actor.Improvising(name)
		container.Command = actor.Command(`trap '` + command + `' TERM; note start; touch /tmp/up; while :; do sleep 0.1 & wait "$!"; done`)
		return container
	}
	app := actor.Improvising("app", actor.Exits(0))
	sidecars := []v1.Container{actor.Improvising("polite"), onTerm("rude", "exit 1"), onTerm("deaf", "note term")}
	deaf := sidecar()
	deaf.StopTimeoutSeconds = ptr.To[int64](1)
	says := order{"polite": sidecar(), "rude": sidecar(), "deaf": deaf}

	ginkgo.DescribeTable("should show a pod that has succeeded as Completed, however its Sidecars ended",
		func(ctx context.Context, containers []v1.Container) {
			s := actor.NewStage()
			template := templateOn(s, v1.RestartPolicyNever, containers...)
			say(&template, says)
			c.createPod(ctx, "job", template)
			c.expectPod(ctx, "job", gomega.And(gomega.HaveField("Status.Phase", v1.PodSucceeded), actor.HaveExited("app", 0),
				actor.HaveExited("polite", 143), actor.HaveExited("rude", 1), actor.HaveExited("deaf", 137)), "the pod succeeds")
			gomega.Expect(c.kubectl(ctx, "get", "pod/job", "--no-headers")).To(gomega.MatchRegexp(`^job +0/4 +Completed `), "get pods")
			gomega.Expect(c.kubectl(ctx, "describe", "pod/job")).To(gomega.And(gomega.ContainSubstring("did not stop within 1s"),
				gomega.Not(gomega.ContainSubstring("Reason:       Error"))), "describe")
		},
		ginkgo.Entry("the app first", slices.Concat([]v1.Container{app}, sidecars)),
		ginkgo.Entry("the app last", slices.Concat(sidecars, []v1.Container{app})),
	)
})
