// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"
	"fmt"
	"sync"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/watch"

	"k8s.io/kubernetes/test/e2e/framework"
)

// podHistory has all states of a pod in the API server, from its creation to its deletion.
type podHistory struct {
	lock   sync.Mutex
	states []*v1.Pod
	gone   bool
}

// recordPod records the pod's states from now until the spec ends.
func recordPod(ctx context.Context, f *framework.Framework, pod *v1.Pod) *podHistory {
	ginkgo.GinkgoHelper()
	watcher, err := f.ClientSet.CoreV1().Pods(pod.Namespace).Watch(ctx, metav1.ListOptions{
		FieldSelector:   fields.OneTermEqualSelector(metav1.ObjectNameField, pod.Name).String(),
		ResourceVersion: pod.ResourceVersion,
	})
	framework.ExpectNoError(err, "watch pod %q", pod.Name)
	ginkgo.DeferCleanup(watcher.Stop)
	history := &podHistory{}
	go func() {
		for event := range watcher.ResultChan() {
			if state, ok := event.Object.(*v1.Pod); ok {
				history.add(state, event.Type == watch.Deleted)
			}
		}
	}()
	return history
}

func (h *podHistory) add(state *v1.Pod, gone bool) {
	h.lock.Lock()
	defer h.lock.Unlock()
	h.states = append(h.states, state)
	h.gone = gone
}

// untilGone waits for the pod's deletion and returns all states.
func (h *podHistory) untilGone(ctx context.Context) []*v1.Pod {
	ginkgo.GinkgoHelper()
	gomega.Eventually(ctx, func() bool {
		h.lock.Lock()
		defer h.lock.Unlock()
		return h.gone
	}).WithTimeout(dependencyTimeout).WithPolling(dependencyPoll).Should(gomega.BeTrueBecause("the pod should be gone"))
	return h.all()
}

func (h *podHistory) all() []*v1.Pod {
	h.lock.Lock()
	defer h.lock.Unlock()
	return append([]*v1.Pod{}, h.states...)
}

// terminalWhileRunning returns an error if any state has a terminal phase and a running container.
func terminalWhileRunning(states []*v1.Pod) error {
	for _, state := range states {
		if state.Status.Phase != v1.PodSucceeded && state.Status.Phase != v1.PodFailed {
			continue
		}
		for _, c := range append(state.Status.InitContainerStatuses, state.Status.ContainerStatuses...) {
			if c.State.Running != nil {
				return fmt.Errorf("the pod was %s at version %s while container %q ran", state.Status.Phase, state.ResourceVersion, c.Name)
			}
		}
	}
	return nil
}
