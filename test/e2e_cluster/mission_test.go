// SPDX-License-Identifier: Apache-2.0

package e2ecluster

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"k8s.io/kubernetes/test/utils/actor"
)

// missionUp and missionDown are the pairs of events that have an order in the life of a pod with all of these containers and two
// apps, web and worker.
var (
	missionUp = [][2]string{
		{"metrics up", "certs start"}, {"metrics up", "policy start"}, {"metrics up", "mesh start"}, {"metrics up", "logs start"},
		{"certs up", "mesh start"}, {"policy up", "mesh start"},
		{"mesh up", "web start"}, {"mesh up", "worker start"},
		// The worker has no probe: it is ready as soon as it runs, up or not.
		{"web up", "discovery start"}, {"worker start", "discovery start"},
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

var _ = ginkgo.Describe("A pod of two apps with sidecars of four platform teams", ginkgo.Label(stockServer), func() {
	c := inNamespace()

	ginkgo.It("should start and stop in one order when policies inject them", func(ctx context.Context) {
		stage, r := actor.NewStage(), c.newRegistry(ctx)
		c.useStandIns(ctx, stage, missionCast(r, "1", "ready"))
		c.asPoliciesInject(ctx)
		c.kubectl(ctx, "apply", "-f", recipe("app.yaml"))
		stage.WaitFor(ctx, "discovery up")
		stage.Cue("logs.ready")
		c.getPods(ctx)
		c.kubectl(ctx, "rollout", "status", "deployment/shop", "--timeout=1m")
		c.getPods(ctx)
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
