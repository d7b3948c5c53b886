// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"context"
	"fmt"
	"os"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"kubelet-ordering/hack/bench/internal/result"
	"kubelet-ordering/hack/bench/internal/schedule"
	"kubelet-ordering/hack/bench/internal/shape"
)

const (
	// drainInterval is how often the API server is asked for the pods.
	drainInterval = 500 * time.Millisecond
	// trailing is how long requests may follow what they are about.
	trailing = 3 * time.Second
)

// drain creates many pods, waits until all are Ready, deletes them at once, and counts the requests to the API server. A drain by
// kubectl evicts pods one by one, which to the kubelet is the same.
func (n *node) drain(ctx context.Context, job schedule.Crowd) error {
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return fmt.Errorf("read the kubeconfig of the node: %w", err)
	}
	config.QPS = -1
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return fmt.Errorf("use the kubeconfig of the node: %w", err)
	}
	nodes, err := client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return fmt.Errorf("find the node of the cluster: %w", err)
	}
	if len(nodes.Items) != 1 {
		return fmt.Errorf("the cluster has %d nodes instead of one", len(nodes.Items))
	}
	d := &drained{node: n, job: job, client: client}
	started := drainMetrics{result.DrainStart, result.DrainStartPatches, result.DrainStartRequests}
	if ok, err := d.during(ctx, started, "Ready", func() error { return d.create(ctx, nodes.Items[0].Name) }, d.unready); !ok {
		return err
	}
	stopped := drainMetrics{result.Drain, result.DrainPatches, result.DrainRequests}
	_, err = d.during(ctx, stopped, "gone", func() error {
		return client.CoreV1().Pods(metav1.NamespaceDefault).DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{})
	}, func(pods []v1.Pod) int { return len(pods) })
	return err
}

type drained struct {
	*node
	job    schedule.Crowd
	client kubernetes.Interface
}

// drainMetrics are those of the start, or of the drain.
type drainMetrics struct{ took, patches, requests result.Metric }

// during measures what happens from a beginning until no pod waits for the end. It returns false if that took too long, or failed.
func (d *drained) during(
	ctx context.Context, metrics drainMetrics, end string, begin func() error, waiting func([]v1.Pod) int,
) (bool, error) {
	before, err := d.requests(ctx)
	if err != nil {
		return false, err
	}
	began, left := time.Now(), 0
	if err := begin(); err != nil {
		return false, err
	}
	err = wait.PollUntilContextTimeout(ctx, drainInterval, crowdLimit, false, func(ctx context.Context) (bool, error) {
		pods, err := d.client.CoreV1().Pods(metav1.NamespaceDefault).List(ctx, metav1.ListOptions{})
		if err != nil {
			return false, fmt.Errorf("list the pods: %w", err)
		}
		left = waiting(pods.Items)
		return left == 0, nil
	})
	switch {
	case wait.Interrupted(err) && ctx.Err() == nil:
		return false, d.fail(d.job.CaseOf(), metrics.took, "%d of the %d pods are not %s within %v", left, d.job.Pods, end, crowdLimit)
	case err != nil:
		return false, err
	}
	took := time.Since(began)
	if err := rest(ctx, trailing); err != nil {
		return false, err
	}
	after, err := d.requests(ctx)
	if err != nil {
		return false, err
	}
	total, kinds := callsSince(before, after)
	d.node.job.Progress.Say("%d pods are %s after %.1f s; the API server got %.0f requests: %s", d.job.Pods, end, took.Seconds(), total, kinds)
	pods := float64(d.job.Pods)
	for metric, value := range map[result.Metric]float64{
		metrics.took: took.Seconds(), metrics.requests: total / pods, metrics.patches: (after[statusPatch] - before[statusPatch]) / pods,
	} {
		if err := d.keep(d.job.CaseOf(), metric, value); err != nil {
			return false, err
		}
	}
	return true, nil
}

// create creates the pods on the node.
func (d *drained) create(ctx context.Context, node string) error {
	for i := range d.job.Pods {
		pod, err := shape.Pod(shape.Crowd, fmt.Sprintf("crowd-%d", i), d.job.Style)
		if err != nil {
			return err
		}
		pod.Spec.NodeName, pod.Spec.AutomountServiceAccountToken = node, new(false)
		if _, err := d.client.CoreV1().Pods(metav1.NamespaceDefault).Create(ctx, pod, metav1.CreateOptions{}); err != nil {
			return fmt.Errorf("create pod %q: %w", pod.Name, err)
		}
	}
	return nil
}

// unready returns how many pods are not Ready.
func (d *drained) unready(pods []v1.Pod) int {
	ready := 0
	for _, pod := range pods {
		for _, c := range pod.Status.Conditions {
			if c.Type == v1.PodReady && c.Status == v1.ConditionTrue {
				ready++
			}
		}
	}
	return d.job.Pods - ready
}

// requests returns how many requests about pods and events the API server has got, by their kind, without those of this program.
func (d *drained) requests(ctx context.Context) (map[string]float64, error) {
	text, err := d.client.Discovery().RESTClient().Get().AbsPath("/metrics").DoRaw(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask the API server for its metrics: %w", err)
	}
	return requestsIn(text)
}
