// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"
	"strings"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"

	"k8s.io/kubernetes/test/e2e/framework"
)

// dependencyEvents returns the pod's events with that reason; a container, if not empty, limits them to its own events.
func dependencyEvents(ctx context.Context, f *framework.Framework, pod *v1.Pod, container, reason string) ([]v1.Event, error) {
	list, err := f.ClientSet.CoreV1().Events(pod.Namespace).List(ctx, metav1.ListOptions{
		FieldSelector: fields.Set{"involvedObject.uid": string(pod.UID), "reason": reason}.String(),
	})
	if err != nil {
		return nil, err
	}
	var found []v1.Event
	for _, event := range list.Items {
		if container == "" || strings.HasSuffix(event.InvolvedObject.FieldPath, "{"+container+"}") {
			found = append(found, event)
		}
	}
	return found, nil
}

// lateEvents is how long expectEvents waits for events that should not come. The kubelet sends events asynchronously.
const lateEvents = time.Second

// expectEvents does what awaitEvents does, and asserts that no more events come.
func expectEvents(ctx context.Context, f *framework.Framework, pod *v1.Pod, container, reason string, count int) []v1.Event {
	ginkgo.GinkgoHelper()
	found := awaitEvents(ctx, f, pod, container, reason, count)
	gomega.Consistently(ctx, func(ctx context.Context) (int, error) {
		late, err := dependencyEvents(ctx, f, pod, container, reason)
		return numberOf(late), err
	}).WithTimeout(lateEvents).WithPolling(dependencyPoll).
		Should(gomega.Equal(count), "number of events %s of container %q, after it was right", reason, container)
	return found
}

// awaitEvents waits until the number of events equals count and returns their objects.
func awaitEvents(ctx context.Context, f *framework.Framework, pod *v1.Pod, container, reason string, count int) []v1.Event {
	ginkgo.GinkgoHelper()
	var found []v1.Event
	gomega.Eventually(ctx, func(ctx context.Context) (int, error) {
		var err error
		found, err = dependencyEvents(ctx, f, pod, container, reason)
		return numberOf(found), err
	}).WithTimeout(dependencyTimeout).WithPolling(dependencyPoll).
		Should(gomega.Equal(count), "number of events %s of container %q", reason, container)
	return found
}

// numberOf returns how many events these are. One object may represent several.
func numberOf(found []v1.Event) int {
	sum := 0
	for _, event := range found {
		sum += max(1, int(event.Count))
	}
	return sum
}
