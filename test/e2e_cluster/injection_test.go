// SPDX-License-Identifier: Apache-2.0

package e2ecluster

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
)

// injected has the containers that the four policies of mission.yaml inject, by policy.
var injected = map[string][]string{
	"observability": {"metrics", "logs"},
	"security":      {"certs", "policy"},
	"mesh":          {"mesh"},
	"discovery":     {"discovery"},
}

// inject returns what one of the four does, by itself: it appends its containers and their annotations, taken from the model.
func inject(model *v1.Pod, names []string) mutation {
	return func(pod *v1.Pod) {
		if pod.Annotations == nil {
			pod.Annotations = map[string]string{}
		}
		for _, name := range names {
			i := slices.IndexFunc(model.Spec.Containers, func(c v1.Container) bool { return c.Name == name })
			pod.Spec.Containers = append(pod.Spec.Containers, *model.Spec.Containers[i].DeepCopy())
			pod.Annotations[dependency.AnnotationPrefix+name] = model.Annotations[dependency.AnnotationPrefix+name]
		}
	}
}

// installInjectors installs a webhook for each injector at each place: a pod with the label mesh=2 gets the mesh from the second.
// Webhooks, because the API server calls policies in no defined order.
func (c *cluster) installInjectors(ctx context.Context, model *v1.Pod) {
	ginkgo.GinkgoHelper()
	for name, containers := range injected {
		for place := 1; place <= len(injected); place++ {
			c.installWebhook(ctx, fmt.Sprintf("%d-%s", place, name), map[string]string{name: fmt.Sprint(place)}, inject(model, containers))
		}
	}
	var all []string
	for place := 1; place <= len(injected); place++ {
		for name := range injected {
			all = append(all, fmt.Sprintf("%d-%s", place, name))
		}
	}
	for _, each := range all {
		place, name, _ := strings.Cut(each, "-")
		gomega.Eventually(ctx, func(ctx context.Context) (*v1.Pod, error) {
			return c.admit(ctx, apps("probe", map[string]string{name: place}))
		}).Should(gomega.And(gomega.Satisfy(haveStandIns),
			gomega.WithTransform(containerNames, gomega.ContainElements(injected[name]))), "the webhook %q is in force", each)
	}
}

// orders returns all orders of the names.
func orders(names []string) [][]string {
	if len(names) == 0 {
		return [][]string{nil}
	}
	var all [][]string
	for i, first := range names {
		for _, rest := range orders(slices.Delete(slices.Clone(names), i, i+1)) {
			all = append(all, append([]string{first}, rest...))
		}
	}
	return all
}

// asPoliciesInject returns a pod of the apps as the policies of mission.yaml change it.
func (c *cluster) asPoliciesInject(ctx context.Context) *v1.Pod {
	ginkgo.GinkgoHelper()
	c.useRecipe(ctx, "mission.yaml")
	c.label(ctx, "platform-sidecars=enabled")
	all := append(slices.Concat(slices.Collect(maps.Values(injected))...), "web", "worker")
	var pod *v1.Pod
	gomega.Eventually(ctx, func(ctx context.Context) (names []string, err error) {
		if pod, err = c.admit(ctx, apps("probe", nil)); err != nil {
			return nil, err
		}
		return containerNames(pod), nil
	}).Should(gomega.ConsistOf(all), "the policies are in force")
	return pod
}

// asPoliciesInjectOnce returns what asPoliciesInject does, and takes the policies back.
func (c *cluster) asPoliciesInjectOnce(ctx context.Context) *v1.Pod {
	ginkgo.GinkgoHelper()
	model := c.asPoliciesInject(ctx)
	c.kubectl(ctx, "delete", "-f", recipe("mission.yaml"))
	gomega.Eventually(ctx, func(ctx context.Context) ([]string, error) {
		pod, err := c.admit(ctx, apps("probe", nil))
		if err != nil {
			return nil, err
		}
		return containerNames(pod), nil
	}).Should(gomega.ConsistOf("web", "worker"), "the policies are gone")
	return model
}
