// SPDX-License-Identifier: Apache-2.0

package e2ecluster

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"

	"k8s.io/kubernetes/test/utils/actor"
)

const (
	// lives is how many pods start and stop under the client's eyes, and atOnce how many of them at a time. Every wholeEvery-th of
	// them has the sidecars of all four teams.
	lives, atOnce, wholeEvery = 100, 20, 10
	// lifeLimit is for a single pod, while the others start and stop beside it.
	lifeLimit = 2 * time.Minute
)

var _ = ginkgo.Describe("A client of the service discovery", ginkgo.Label(stockServer), func() {
	c := inNamespace()

	// live creates the pod, and deletes it when the client has used it for a while.
	live := func(ctx context.Context, r *registry, pod *v1.Pod) error {
		ctx, cancel := context.WithTimeout(ctx, lifeLimit)
		defer cancel()
		pods := c.client.CoreV1().Pods(c.namespace)
		if _, err := pods.Create(ctx, pod, metav1.CreateOptions{}); err != nil {
			return fmt.Errorf("create pod %q: %w", pod.Name, err)
		}
		used := func(context.Context) (bool, error) { return r.served(pod.Name) >= 5, nil }
		if err := wait.PollUntilContextCancel(ctx, actor.Poll, true, used); err != nil {
			return fmt.Errorf("wait until the client uses pod %q: %w", pod.Name, err)
		}
		if err := pods.Delete(ctx, pod.Name, metav1.DeleteOptions{}); err != nil {
			return fmt.Errorf("delete pod %q: %w", pod.Name, err)
		}
		gone := func(ctx context.Context) (bool, error) {
			_, err := pods.Get(ctx, pod.Name, metav1.GetOptions{})
			return apierrors.IsNotFound(err), nil
		}
		if err := wait.PollUntilContextCancel(ctx, 500*time.Millisecond, true, gone); err != nil {
			return fmt.Errorf("wait until pod %q is gone: %w", pod.Name, err)
		}
		return nil
	}

	ginkgo.It("should see no failed request in a hundred lives of a pod", func(ctx context.Context) {
		stage, r := actor.NewStage(), c.newRegistry(ctx)
		model := c.asPoliciesInjectOnce(ctx)
		c.useStandIns(ctx, stage, missionCast(r, "1", ""))
		c.installInjectors(ctx, model)

		began := time.Now()
		var names []string
		pods := map[string]*v1.Pod{}
		todo := make(chan string, lives)
		for i := range lives {
			name := fmt.Sprintf("life-%02d", i)
			if i%wholeEvery == 0 {
				pods[name] = apps(name, map[string]string{"discovery": "1", "mesh": "2", "observability": "3", "security": "4"})
			} else {
				// One app and the discovery agent, because the lives are many.
				pods[name] = apps(name, map[string]string{"discovery": "1"})
				pods[name].Spec.Containers = pods[name].Spec.Containers[:1]
			}
			names = append(names, name)
			todo <- name
		}
		close(todo)
		problems := make(chan error, lives)
		var workers sync.WaitGroup
		for range atOnce {
			workers.Go(func() {
				for name := range todo {
					if err := live(ctx, r, pods[name]); err != nil {
						problems <- err
					}
				}
			})
		}
		workers.Wait()
		close(problems)
		for problem := range problems {
			gomega.Expect(problem).NotTo(gomega.HaveOccurred())
		}
		total := 0
		for _, name := range names {
			total += r.served(name)
		}
		ginkgo.By(fmt.Sprintf("%d requests in %s", total, time.Since(began).Round(time.Millisecond)))
		r.expectOnce(names...)
		gomega.Expect(r.failed()).To(gomega.BeEmpty(), "failed requests")
		for i := 0; i < lives; i += wholeEvery {
			// The log shipper has no cue here, and may be up at any time.
			up := slices.DeleteFunc(slices.Clone(missionUp), func(pair [2]string) bool { return pair[1] == "logs up" })
			expectPairs(stage.Timeline().Of(names[i]), append(up, missionDown...)...)
		}
	})

	ginkgo.It("should see some when nobody declares an order", func(ctx context.Context) {
		stage, r := actor.NewStage(), c.newRegistry(ctx)
		model := c.asPoliciesInjectOnce(ctx)
		c.useStandIns(ctx, stage, missionCast(r, "5", ""))
		c.installWebhook(ctx, "1-undeclared", nil, func(pod *v1.Pod) {
			inject(model, injected["discovery"])(pod)
			pod.Annotations = map[string]string{}
		})
		gomega.Eventually(ctx, func(ctx context.Context) (*v1.Pod, error) { return c.admit(ctx, apps("probe", nil)) }).
			Should(gomega.And(gomega.Satisfy(haveStandIns), gomega.WithTransform(containerNames, gomega.ContainElement("discovery"))),
				"the webhook is in force")
		gomega.Expect(live(ctx, r, apps("undeclared", nil))).To(gomega.Succeed())
		gomega.Expect(r.failed()).NotTo(gomega.BeEmpty(), "failed requests")
	})
})
