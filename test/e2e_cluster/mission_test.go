// SPDX-License-Identifier: Apache-2.0

package e2ecluster

import (
	"context"
<<<<<<< HEAD
	"flag"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
=======
	"fmt"
	"maps"
	"slices"
>>>>>>> cluster
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

<<<<<<< HEAD
	"k8s.io/kubernetes/pkg/api/v1/dependency"
	"k8s.io/kubernetes/test/utils/actor"
)

// recipes is the directory with the recipes' manifests.
var recipes = flag.String("recipes", "", "the directory of the recipes whose manifests are to run")

// injected has the containers that the four policies of mission.yaml inject, by policy.
var injected = map[string][]string{
	"observability": {"metrics", "logs"},
	"security":      {"certs", "policy"},
	"mesh":          {"mesh"},
	"discovery":     {"discovery"},
}

=======
	"k8s.io/kubernetes/test/utils/actor"
)

>>>>>>> cluster
// missionUp and missionDown are the pairs of events that have an order in the life of a pod with all of these containers and two
// apps, web and worker.
var (
	missionUp = [][2]string{
		{"metrics up", "certs start"}, {"metrics up", "policy start"}, {"metrics up", "mesh start"}, {"metrics up", "logs start"},
		{"certs up", "mesh start"}, {"policy up", "mesh start"},
		{"mesh up", "web start"}, {"mesh up", "worker start"},
		{"web up", "discovery start"}, {"worker up", "discovery start"},
		// The log shipper gets its cue when discovery is up: it holds up nobody.
		{"discovery up", "logs up"},
	}
	missionDown = [][2]string{
		{"discovery exit", "web term"}, {"discovery exit", "worker term"},
		{"web exit", "mesh term"}, {"worker exit", "mesh term"}, {"web exit", "logs term"}, {"worker exit", "logs term"},
		{"mesh exit", "certs term"}, {"mesh exit", "policy term"},
		{"certs exit", "metrics term"}, {"policy exit", "metrics term"}, {"logs exit", "metrics term"},
	}
)

<<<<<<< HEAD
// expectPairs asserts that both events of each pair happened once, in that order.
func expectPairs(t actor.Timeline, pairs ...[2]string) {
	ginkgo.GinkgoHelper()
	for _, pair := range pairs {
		gomega.Expect(t).To(actor.HappenOnceInOrder(pair[:]...))
	}
}

// recipe returns the path of a manifest of the recipes.
func recipe(name string) string {
	ginkgo.GinkgoHelper()
	gomega.Expect(*recipes).NotTo(gomega.BeEmpty(), "the flag -recipes")
	return filepath.Join(*recipes, name)
}

// useRecipe applies a platform's manifest of the recipes until the spec ends.
func (c *cluster) useRecipe(ctx context.Context, name string) {
	ginkgo.GinkgoHelper()
	c.kubectl(ctx, "apply", "-f", recipe(name))
	ginkgo.DeferCleanup(func(ctx context.Context) { c.kubectl(ctx, "delete", "--ignore-not-found", "-f", recipe(name)) })
}

// label sets labels of the spec's namespace, such as "a=b", or removes them, such as "a-".
func (c *cluster) label(ctx context.Context, labels ...string) {
	ginkgo.GinkgoHelper()
	c.kubectl(ctx, append([]string{"label", "namespace/" + c.namespace}, labels...)...)
}

=======
>>>>>>> cluster
// apps returns a pod of two app containers that know nothing of any other.
func apps(name string, labels map[string]string) *v1.Pod {
	return &v1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels},
		Spec: v1.PodSpec{
			AutomountServiceAccountToken:  ptr.To(false),
			TerminationGracePeriodSeconds: ptr.To[int64](60),
			Containers: []v1.Container{
				{Name: "web", Image: "registry.example/shop-web:1", ReadinessProbe: httpProbe(8080, "/ready")},
				{Name: "worker", Image: "registry.example/shop-worker:1"},
			},
		},
	}
}

// missionCast has the roles of the pod's containers. The app takes longest to start: who registers it too early is seen. The log
// shipper waits for its cue, if it has one.
func missionCast(r *registry, warmUp, cue string) cast {
	return cast{
		"registry.example/shop-web":        {env: map[string]string{"WARM_UP": warmUp}},
		"registry.example/log-shipper":     {env: map[string]string{"CUE": cue}},
		"registry.example/discovery-agent": {env: map[string]string{"REGISTRY": r.address}},
	}
}

<<<<<<< HEAD
func containerNames(pod *v1.Pod) []string {
	var names []string
	for _, c := range pod.Spec.Containers {
		names = append(names, c.Name)
	}
	return names
}

// asPoliciesInject returns a pod of the apps as the policies of mission.yaml change it.
func (c *cluster) asPoliciesInject(ctx context.Context) *v1.Pod {
	ginkgo.GinkgoHelper()
	c.useRecipe(ctx, "mission.yaml")
	c.label(ctx, "platform-sidecars=enabled")
	all := slices.Concat(slices.Collect(maps.Values(injected))...)
	var pod *v1.Pod
	gomega.Eventually(ctx, func(ctx context.Context) (names []string, err error) {
		if pod, err = c.admit(ctx, apps("probe", nil)); err != nil {
			return nil, err
		}
		return containerNames(pod), nil
	}).Should(gomega.ConsistOf(append([]any{"web", "worker"}, asAny(all)...)...), "the policies are in force")
	return pod
}

func asAny(names []string) []any {
	var all []any
	for _, name := range names {
		all = append(all, name)
	}
	return all
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
			gomega.WithTransform(containerNames, gomega.ContainElements(asAny(injected[name])...))), "the webhook %q is in force", each)
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

// expectGone waits until the namespace has no pods.
func (c *cluster) expectGone(ctx context.Context) {
	ginkgo.GinkgoHelper()
	gomega.Eventually(ctx, func(ctx context.Context) (int, error) {
		list, err := c.client.CoreV1().Pods(c.namespace).List(ctx, metav1.ListOptions{ResourceVersion: "0"})
		if err != nil {
			return 0, err
		}
		return len(list.Items), nil
	}).WithTimeout(3*time.Minute).WithPolling(500*time.Millisecond).Should(gomega.BeZero(), "pods that are left")
}

=======
>>>>>>> cluster
var _ = ginkgo.Describe("A pod of two apps with sidecars of four platform teams", ginkgo.Label(stockServer), func() {
	c := inNamespace()

	ginkgo.It("should start and stop in one order when policies inject them", func(ctx context.Context) {
		stage, r := actor.NewStage(), c.newRegistry(ctx)
		c.useStandIns(ctx, stage, missionCast(r, "1", "ready"))
		c.asPoliciesInject(ctx)
		c.kubectl(ctx, "apply", "-f", recipe("app.yaml"))
		stage.WaitFor(ctx, "discovery up")
		stage.Cue("logs.ready")
<<<<<<< HEAD
		c.kubectl(ctx, "rollout", "status", "deployment/shop", "--timeout=1m")
=======
		c.getPods(ctx)
		c.kubectl(ctx, "rollout", "status", "deployment/shop", "--timeout=1m")
		c.getPods(ctx)
>>>>>>> cluster
		pods := c.pods(ctx, "app=shop")
		gomega.Expect(pods).To(gomega.HaveLen(1), "pods")
		c.kubectl(ctx, "delete", "-f", recipe("app.yaml"))
		c.expectGone(ctx)
		expectPairs(stage.Timeline().Of(pods[0].Name), append(missionUp, missionDown...)...)
		r.expectOnce(pods[0].Name)
		gomega.Expect(r.failed()).To(gomega.BeEmpty(), "failed requests")
	})

	ginkgo.It("should start and stop in the same order, whatever the order of the injectors", func(ctx context.Context) {
		stage, r := actor.NewStage(), c.newRegistry(ctx)
		model := c.asPoliciesInjectOnce(ctx)
		c.useStandIns(ctx, stage, missionCast(r, "1", "ready"))
		c.installInjectors(ctx, model)

		began := time.Now()
		var names []string
		for i, order := range orders(slices.Sorted(maps.Keys(injected))) {
			labels, containers := map[string]string{}, []string{"web", "worker"}
			for place, injector := range order {
				labels[injector] = fmt.Sprint(place + 1)
				containers = append(containers, injected[injector]...)
			}
			name := fmt.Sprintf("order-%02d", i)
			pod, err := c.client.CoreV1().Pods(c.namespace).Create(ctx, apps(name, labels), metav1.CreateOptions{})
			gomega.Expect(err).NotTo(gomega.HaveOccurred(), "create a pod with the order %q", order)
			gomega.Expect(containerNames(pod)).To(gomega.Equal(containers), "containers in the order %q", order)
			names = append(names, name)
		}
		gomega.Expect(names).To(gomega.HaveLen(24), "orders of four injectors")

		gomega.Eventually(ctx, func() (up int) {
			for _, moment := range stage.Timeline() {
				if moment.What == "discovery up" {
					up++
				}
			}
			return up
		}).WithTimeout(3*time.Minute).WithPolling(500*time.Millisecond).Should(gomega.Equal(len(names)), "pods that are registered")
		stage.Cue("logs.ready")
		c.kubectl(ctx, "wait", "pods", "--all", "--for=condition=Ready", "--timeout=1m")
		ginkgo.By(fmt.Sprintf("All were ready after %s", time.Since(began).Round(time.Millisecond)))
		c.kubectl(ctx, "delete", "pods", "--all", "--wait=false")
		c.expectGone(ctx)
		ginkgo.By(fmt.Sprintf("All were gone after %s", time.Since(began).Round(time.Millisecond)))
		timeline := stage.Timeline()
		for _, name := range names {
			expectPairs(timeline.Of(name), append(missionUp, missionDown...)...)
		}
		r.expectOnce(names...)
		gomega.Expect(r.failed()).To(gomega.BeEmpty(), "failed requests")
	})
})
<<<<<<< HEAD

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
=======
>>>>>>> cluster
