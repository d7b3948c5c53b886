// SPDX-License-Identifier: Apache-2.0

package e2ecluster

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"

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

var _ = ginkgo.Describe("Apply", ginkgo.Label(fieldOnly), func() {
	c := inNamespace()

	// create creates a deployment without pods whose containers say nothing.
	create := func(ctx context.Context) {
		ginkgo.GinkgoHelper()
		template := templateOn(actor.NewStage(), "", actor.Improvising("app"), actor.Improvising("proxy"), actor.Improvising("certs"))
		_, err := c.client.AppsV1().Deployments(c.namespace).Create(ctx, deploymentOf("web", 0, template), metav1.CreateOptions{})
		gomega.Expect(err).NotTo(gomega.HaveOccurred(), "create the deployment")
	}
	// manifest returns the deployment with only the lifecycle of its first container.
	manifest := func(lifecycle string) string {
		return fmt.Sprintf(`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"},
			"spec":{"template":{"spec":{"containers":[{"name":"app","lifecycle":%s}]}}}}`, lifecycle)
	}
	apply := func(ctx context.Context, manager, lifecycle string) error {
		_, err := c.client.AppsV1().Deployments(c.namespace).Patch(ctx, "web", types.ApplyPatchType, []byte(manifest(lifecycle)),
			metav1.PatchOptions{FieldManager: manager})
		return err
	}
	stored := func(ctx context.Context) (*appsv1.Deployment, *v1.Lifecycle) {
		ginkgo.GinkgoHelper()
		current, err := c.client.AppsV1().Deployments(c.namespace).Get(ctx, "web", metav1.GetOptions{})
		gomega.Expect(err).NotTo(gomega.HaveOccurred(), "read the deployment")
		l := current.Spec.Template.Spec.Containers[0].Lifecycle
		if l == nil {
			l = &v1.Lifecycle{}
		}
		return current, l
	}
	named := func(container string, condition v1.ContainerDependencyCondition) v1.ContainerDependency {
		return v1.ContainerDependency{Container: container, Condition: condition}
	}
	typed := func(kind v1.LifecycleType, condition v1.ContainerDependencyCondition) v1.ContainerDependency {
		return v1.ContainerDependency{Type: kind, Condition: condition}
	}

	ginkgo.It("by servers should let injectors own entries of both lists, by name and by type", func(ctx context.Context) {
		create(ctx)
		// Nobody owns a condition that the API server has defaulted.
		gomega.Expect(apply(ctx, "mesh", `{"type":"Sidecar","preStopTiming":"AtTermination",
			"dependsOn":[{"container":"certs","condition":"Ready"}],
			"before":[{"type":"Standard","condition":"Started"}]}`)).To(gomega.Succeed(), "one manager")
		gomega.Expect(apply(ctx, "bootstrap", `{
			"dependsOn":[{"type":"Standard","condition":"None"},{"container":"proxy","condition":"Started"}],
			"before":[{"container":"proxy"},{"type":"Sidecar"}]}`)).NotTo(gomega.Succeed(), "entries that contradict one another")
		gomega.Expect(apply(ctx, "bootstrap", `{"dependsOn":[{"type":"Standard","condition":"None"}],
			"before":[{"container":"proxy"},{"type":"Sidecar","condition":"Ready"}]}`)).To(gomega.Succeed(), "another manager, other entries")
		_, l := stored(ctx)
		gomega.Expect(l.DependsOn).To(gomega.ConsistOf(
			named("certs", v1.ContainerDependencyReady), typed(v1.LifecycleTypeStandard, v1.ContainerDependencyNone)), "dependsOn of both")
		gomega.Expect(l.Before).To(gomega.ConsistOf(typed(v1.LifecycleTypeStandard, v1.ContainerDependencyStarted),
			named("proxy", v1.ContainerDependencyReady), typed(v1.LifecycleTypeSidecar, v1.ContainerDependencyReady)), "before of both")
		gomega.Expect(l.PreStopTiming).To(gomega.HaveValue(gomega.Equal(v1.PreStopTimingAtTermination)))

		for entry, owner := range map[string]string{
			`"before":[{"type":"Standard","condition":"None"}]`:       "mesh",
			`"before":[{"type":"Sidecar","condition":"Started"}]`:     "bootstrap",
			`"dependsOn":[{"container":"certs","condition":"None"}]`:  "mesh",
			`"dependsOn":[{"type":"Standard","condition":"Started"}]`: "bootstrap",
		} {
			err := apply(ctx, "other", "{"+entry+"}")
			gomega.Expect(err).To(gomega.Satisfy(apierrors.IsConflict), "another condition: %s", entry)
			gomega.Expect(err).To(gomega.MatchError(gomega.ContainSubstring(owner)), "the conflict names the owner of %s", entry)
		}

		gomega.Expect(apply(ctx, "other", `{"before":[{"container":"proxy","condition":"Started"}]}`)).
			To(gomega.Succeed(), "another condition than a default")
		gomega.Expect(apply(ctx, "other", `{}`)).To(gomega.Succeed(), "the other takes its entry back")

		gomega.Expect(apply(ctx, "mesh", `{"before":[{"type":"Standard","condition":"Started"}]}`)).
			To(gomega.Succeed(), "a manager removes entries")
		_, l = stored(ctx)
		gomega.Expect(l.Type).To(gomega.BeNil(), "type")
		gomega.Expect(l.PreStopTiming).To(gomega.BeNil(), "preStopTiming")
		gomega.Expect(l.DependsOn).To(gomega.ConsistOf(typed(v1.LifecycleTypeStandard, v1.ContainerDependencyNone)), "dependsOn of the other")
		gomega.Expect(l.Before).To(gomega.HaveLen(3), "before of both")
		gomega.Expect(apply(ctx, "bootstrap", `{}`)).To(gomega.Succeed(), "the other manager removes its entries")
		_, l = stored(ctx)
		gomega.Expect(l.DependsOn).To(gomega.BeEmpty(), "dependsOn of nobody")
		gomega.Expect(l.Before).To(gomega.ConsistOf(typed(v1.LifecycleTypeStandard, v1.ContainerDependencyStarted)), "before of the one")
	})

	ginkgo.It("by servers should take an empty key for an absent one, and refuse an entry with none or both", func(ctx context.Context) {
		create(ctx)
		for _, lifecycle := range []string{
			`{"before":[{"container":"proxy"},{"type":"Sidecar"}]}`,
			`{"before":[{"container":"proxy","type":""},{"container":"","type":"Sidecar"}]}`,
			`{"before":[{"container":"proxy","type":""},{"container":"","type":"Sidecar"}]}`,
			`{"before":[{"container":"proxy"},{"type":"Sidecar"}]}`,
		} {
			gomega.Expect(apply(ctx, "mesh", lifecycle)).To(gomega.Succeed(), lifecycle)
			_, l := stored(ctx)
			gomega.Expect(l.Before).To(gomega.ConsistOf(named("proxy", v1.ContainerDependencyReady),
				typed(v1.LifecycleTypeSidecar, v1.ContainerDependencyReady)), "after %s", lifecycle)
		}
		// The entries of the other manager come first.
		for lifecycle, says := range map[string]string{
			`{"before":[{"condition":"Started"}]}`:                    "before[2].container: Required value",
			`{"dependsOn":[{"container":"proxy","type":"Standard"}]}`: "dependsOn[0].type: Invalid value",
		} {
			err := apply(ctx, "other", lifecycle)
			gomega.Expect(err).To(gomega.Satisfy(apierrors.IsInvalid), lifecycle)
			gomega.Expect(err).To(gomega.MatchError(gomega.MatchRegexp(regexp.QuoteMeta(says))), lifecycle)
		}
	})

	ginkgo.It("by kubectl should replace each list by the one that was applied last", func(ctx context.Context) {
		create(ctx)
		kubectlApply := func(lifecycle string) {
			ginkgo.GinkgoHelper()
			file := filepath.Join(ginkgo.GinkgoT().TempDir(), "web.json")
			gomega.Expect(os.WriteFile(file, []byte(manifest(lifecycle)), 0o644)).To(gomega.Succeed())
			c.kubectl(ctx, "apply", "-f", file)
		}
		kubectlApply(`{"dependsOn":[{"container":"certs"},{"type":"Sidecar"}],"before":[{"type":"Standard","condition":"None"}]}`)
		before, l := stored(ctx)
		gomega.Expect(l.DependsOn).To(gomega.Equal([]v1.ContainerDependency{
			named("certs", v1.ContainerDependencyReady), typed(v1.LifecycleTypeSidecar, v1.ContainerDependencyReady)}), "dependsOn")
		kubectlApply(`{"dependsOn":[{"container":"certs"},{"type":"Sidecar"}],"before":[{"type":"Standard","condition":"None"}]}`)
		after, _ := stored(ctx)
		gomega.Expect(after.Generation).To(gomega.Equal(before.Generation), "the generation after the same was applied again")
		kubectlApply(`{"dependsOn":[{"type":"Sidecar"}]}`)
		_, l = stored(ctx)
		gomega.Expect(l.DependsOn).To(gomega.Equal([]v1.ContainerDependency{typed(v1.LifecycleTypeSidecar, v1.ContainerDependencyReady)}),
			"dependsOn without an entry by name")
		gomega.Expect(l.Before).To(gomega.BeEmpty(), "before")
	})
})
