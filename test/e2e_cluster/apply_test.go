// SPDX-License-Identifier: Apache-2.0

package e2ecluster

import (
	"context"
	"fmt"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	appsv1 "k8s.io/api/apps/v1"
	v1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"k8s.io/kubernetes/test/utils/actor"
)

var deploymentResource = appsv1.SchemeGroupVersion.WithResource("deployments")

var _ = ginkgo.Describe("Server-side apply", ginkgo.Label(fieldOnly), func() {
	c := inNamespace()

	ginkgo.It("should let injectors own an entry of dependsOn each", func(ctx context.Context) {
		s := actor.NewStage()
		deployments := c.client.AppsV1().Deployments(c.namespace)
		template := templateOn(s, "", actor.Improvising("app"), actor.Improvising("proxy"), actor.Improvising("certs"))
		_, err := deployments.Create(ctx, deploymentOf("web", 0, template), metav1.CreateOptions{})
		gomega.Expect(err).NotTo(gomega.HaveOccurred(), "create the deployment")

		apply := func(manager, entry string) error {
			patch := fmt.Sprintf(`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"},
				"spec":{"template":{"spec":{"containers":[{"name":"app","lifecycle":{"dependsOn":[%s]}}]}}}}`, entry)
			_, err := deployments.Patch(ctx, "web", types.ApplyPatchType, []byte(patch), metav1.PatchOptions{FieldManager: manager})
			return err
		}
		entries := func() []v1.ContainerDependency {
			current, err := deployments.Get(ctx, "web", metav1.GetOptions{})
			gomega.Expect(err).NotTo(gomega.HaveOccurred(), "read the deployment")
			return current.Spec.Template.Spec.Containers[0].Lifecycle.DependsOn
		}

		gomega.Expect(apply("mesh", `{"container":"proxy","condition":"Ready"}`)).To(gomega.Succeed(), "one manager")
		gomega.Expect(apply("bootstrap", `{"container":"certs","condition":"Started"}`)).
			To(gomega.Succeed(), "another manager, another entry")
		gomega.Expect(entries()).To(gomega.ConsistOf(
			v1.ContainerDependency{Container: "proxy", Condition: v1.ContainerDependencyReady},
			v1.ContainerDependency{Container: "certs", Condition: v1.ContainerDependencyStarted}), "entries of both")

		err = apply("other", `{"container":"proxy","condition":"Started"}`)
		gomega.Expect(err).To(gomega.Satisfy(apierrors.IsConflict), "the same entry with another condition")
		gomega.Expect(err).To(gomega.MatchError(gomega.And(gomega.ContainSubstring("mesh"), gomega.ContainSubstring("proxy"))),
			"the conflict names the owner of the entry")

		gomega.Expect(apply("mesh", ``)).To(gomega.Succeed(), "a manager removes its entry")
		gomega.Expect(entries()).To(gomega.ConsistOf(
			v1.ContainerDependency{Container: "certs", Condition: v1.ContainerDependencyStarted}), "the entry of the other manager")
	})
})
