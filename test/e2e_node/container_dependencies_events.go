// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"
	"strings"

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

// expectEvents waits until the number of events equals count and returns their objects. One object may represent several events.
func expectEvents(ctx context.Context, f *framework.Framework, pod *v1.Pod, container, reason string, count int) []v1.Event {
	ginkgo.GinkgoHelper()
	var found []v1.Event
	gomega.Eventually(ctx, func(ctx context.Context) (int, error) {
		var err error
		found, err = dependencyEvents(ctx, f, pod, container, reason)
		total := 0
		for _, event := range found {
			total += max(1, int(event.Count))
		}
		return total, err
	}).WithTimeout(dependencyTimeout).WithPolling(dependencyPoll).
		Should(gomega.Equal(count), "number of events %s of container %q", reason, container)
	return found
}
