// SPDX-License-Identifier: Apache-2.0

package actor

import (
	"slices"

	"github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	v1 "k8s.io/api/core/v1"
)

// StatusOf returns the status of a regular or init container, empty if there is none yet.
func StatusOf(pod *v1.Pod, container string) v1.ContainerStatus {
	for _, status := range slices.Concat(pod.Status.ContainerStatuses, pod.Status.InitContainerStatuses) {
		if status.Name == container {
			return status
		}
	}
	return v1.ContainerStatus{}
}

// HaveWaiting matches a pod whose container is in state Waiting with that reason and a matching message.
func HaveWaiting(container, reason string, message types.GomegaMatcher) types.GomegaMatcher {
	return gomega.WithTransform(func(pod *v1.Pod) v1.ContainerStateWaiting {
		if waiting := StatusOf(pod, container).State.Waiting; waiting != nil {
			return *waiting
		}
		return v1.ContainerStateWaiting{}
	}, gomega.And(gomega.HaveField("Reason", reason), gomega.HaveField("Message", message)))
}

// HaveRunning matches a pod in which all of these containers are running.
func HaveRunning(containers ...string) types.GomegaMatcher {
	return gomega.WithTransform(func(pod *v1.Pod) []string {
		var running []string
		for _, c := range containers {
			if StatusOf(pod, c).State.Running != nil {
				running = append(running, c)
			}
		}
		return running
	}, gomega.ConsistOf(containers))
}

// HaveExited matches a pod whose container has exited with that code.
func HaveExited(container string, code int32) types.GomegaMatcher {
	return gomega.WithTransform(func(pod *v1.Pod) int32 { return ExitCode(pod, container) }, gomega.Equal(code))
}

// ExitCode returns the exit code of the container, or -1 if it has not exited.
func ExitCode(pod *v1.Pod, container string) int32 {
	if terminated := StatusOf(pod, container).State.Terminated; terminated != nil {
		return terminated.ExitCode
	}
	return -1
}
