// SPDX-License-Identifier: Apache-2.0

package e2ecluster

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"k8s.io/kubernetes/test/utils/actor"
)

var _ = ginkgo.Describe("Clients that do not know the fields", ginkgo.Label(fieldOnly), func() {
	c := inNamespace()

	// forget removes the fields from an object, like a client that decodes it into types without them and encodes it again.
	forget := func(content map[string]any, path ...string) {
		ginkgo.GinkgoHelper()
		spec := content
		for _, name := range path {
			spec = spec[name].(map[string]any)
		}
		for _, item := range spec["containers"].([]any) {
			container := item.(map[string]any)
			lifecycle, ok := container["lifecycle"].(map[string]any)
			if !ok {
				continue
			}
			for _, field := range []string{"type", "dependsOn", "before", "preStopTiming", "stopTimeoutSeconds"} {
				delete(lifecycle, field)
			}
		}
	}

	ginkgo.It("should not lose a live pod's order, and be refused when they leave it out", func(ctx context.Context) {
		s := actor.NewStage()
		template := templateOn(s, "", actor.Improvising("app"), actor.Improvising("proxy"), actor.Improvising("certs"))
		say(&template, twoSidecars)
		before := lifecycles(c.createPod(ctx, "live", template))

		c.kubectl(ctx, "label", "pod/live", "a=b")
		c.kubectl(ctx, "annotate", "pod/live", "c=d")
		pods := c.client.CoreV1().Pods(c.namespace)
		for kind, patch := range map[types.PatchType]string{
			types.StrategicMergePatchType: `{"metadata":{"labels":{"strategic":"yes"}}}`,
			types.MergePatchType:          `{"metadata":{"labels":{"merge":"yes"}}}`,
		} {
			_, err := pods.Patch(ctx, "live", kind, []byte(patch), metav1.PatchOptions{})
			gomega.Expect(err).NotTo(gomega.HaveOccurred(), "a patch of a label, %s", kind)
		}
		current, err := pods.Get(ctx, "live", metav1.GetOptions{})
		gomega.Expect(err).NotTo(gomega.HaveOccurred())
		gomega.Expect(current.Labels).To(gomega.And(gomega.HaveKeyWithValue("a", "b"), gomega.HaveKey("strategic"), gomega.HaveKey("merge")))
		gomega.Expect(lifecycles(current)).To(gomega.Equal(before), "the order after changes of metadata")

		gomega.Eventually(ctx, func(ctx context.Context) error {
			object, err := c.dynamic.Resource(v1.SchemeGroupVersion.WithResource("pods")).Namespace(c.namespace).
				Get(ctx, "live", metav1.GetOptions{})
			if err != nil {
				return err
			}
			object.SetLabels(map[string]string{"put": "yes"})
			forget(object.Object, "spec")
			_, err = c.dynamic.Resource(v1.SchemeGroupVersion.WithResource("pods")).Namespace(c.namespace).
				Update(ctx, object, metav1.UpdateOptions{})
			return err
		}).Should(gomega.And(gomega.Satisfy(apierrors.IsInvalid),
			gomega.MatchError(gomega.ContainSubstring("pod updates may not change fields other than"))),
			"a PUT of the whole pod without the fields")
	})

	ginkgo.It("take the order out of a template when they put it back whole, as with any new field", func(ctx context.Context) {
		s := actor.NewStage()
		template := templateOn(s, "", actor.Improvising("app"), actor.Improvising("proxy"), actor.Improvising("certs"))
		say(&template, twoSidecars)
		_, err := c.client.AppsV1().Deployments(c.namespace).Create(ctx, deploymentOf("web", 0, template), metav1.CreateOptions{})
		gomega.Expect(err).NotTo(gomega.HaveOccurred(), "create the deployment")
		c.kubectl(ctx, "set", "image", "deployment/web", "app="+strings.Replace(actor.Image, "-2", "-1", 1))
		resource := c.dynamic.Resource(deploymentResource).Namespace(c.namespace)
		stored := func(ctx context.Context) (string, error) {
			object, err := resource.Get(ctx, "web", metav1.GetOptions{})
			if err != nil {
				return "", err
			}
			text, err := json.Marshal(object.Object["spec"])
			return string(text), err
		}
		gomega.Expect(stored(ctx)).To(gomega.ContainSubstring(`"dependsOn"`), "the template after a change by patch")

		gomega.Eventually(ctx, func(ctx context.Context) error {
			object, err := resource.Get(ctx, "web", metav1.GetOptions{})
			if err != nil {
				return err
			}
			forget(object.Object, "spec", "template", "spec")
			_, err = resource.Update(ctx, object, metav1.UpdateOptions{})
			return err
		}).Should(gomega.Succeed(), "a PUT of the whole deployment without the fields")
		gomega.Expect(stored(ctx)).NotTo(gomega.ContainSubstring(`"dependsOn"`), "the template after the PUT")
	})
})
