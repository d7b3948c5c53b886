// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"maps"
	"slices"

	v1 "k8s.io/api/core/v1"

	podutil "k8s.io/kubernetes/pkg/api/v1/pod"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
)

// containerTask kills, starts or restarts one container independently of the rest of its pod. Each part is the only
// action of one call of upstream's SyncPod.
type containerTask struct {
	name string
	// kill, if set, first kills the running container.
	kill *podActions
	// start, if set, starts the container.
	start *podActions
	// key is upstream's back-off key of the container.
	key string
	// status is the pod's status, plan the encoded plan of its sandbox, and volumes the image volumes for all starts of the
	// sync.
	status  *kubecontainer.PodStatus
	plan    string
	volumes *imageVolumes
}

// sandbox returns the ID of the sandbox in which the task starts the container, or "" if it starts none.
func (t *containerTask) sandbox() string {
	if t.start == nil {
		return ""
	}
	return t.start.SandboxID
}

// takeRestarts moves the kills of single containers and the restarts of native sidecars out of upstream's actions, so
// that the grace period, hook or image of one container does not delay the others. While the init containers run, they
// keep upstream's order.
func (w *leftWork) takeRestarts(pod *v1.Pod, skip []string, actions *podActions) {
	if actions.KillPod || actions.CreateSandbox || actions.UpdatePodResources || actions.UpdatePodLevelResources {
		// A resize of the pod comes between the kill and the start of its containers.
		return
	}
	initialized := len(w.candidates) > 0
	for i := range pod.Spec.Containers {
		initialized = initialized || w.status.FindActiveContainerStatusByName(pod.Spec.Containers[i].Name) != nil
	}
	if !initialized {
		return
	}
	w.kills = map[string]map[kubecontainer.ContainerID]containerToKillInfo{}
	for id, kill := range actions.ContainersToKill {
		if w.kills[kill.name] == nil {
			w.kills[kill.name] = map[kubecontainer.ContainerID]containerToKillInfo{}
		}
		w.kills[kill.name][id] = kill
	}
	actions.ContainersToKill = nil
	actions.InitContainersToStart = slices.DeleteFunc(slices.Clone(actions.InitContainersToStart), func(i int) bool {
		c := &pod.Spec.InitContainers[i]
		native := podutil.IsRestartableInitContainer(c)
		if native && !slices.Contains(skip, c.Name) {
			w.natives = append(w.natives, i)
		}
		return native
	})
}

// restarts returns the tasks that begin with a kill, and those of native sidecars.
func (w *leftWork) restarts(pod *v1.Pod, order *PodOrder, skip []string) []containerTask {
	tasks := map[string]containerTask{}
	for name, kill := range w.kills {
		task := w.task(pod, name)
		task.kill = w.only(podActions{ContainersToKill: kill})
		tasks[name] = task
	}
	for _, i := range w.natives {
		name := pod.Spec.InitContainers[i].Name
		task, killed := tasks[name]
		if !killed {
			task = w.task(pod, name)
		}
		task.start = w.only(podActions{InitContainersToStart: []int{i}})
		tasks[name] = task
	}
	for _, i := range w.due(pod, order, skip) {
		if task, killed := tasks[pod.Spec.Containers[i].Name]; killed {
			task.start = w.startOf(pod, i).start
			tasks[task.name] = task
		}
	}
	var sorted []containerTask
	for _, name := range slices.Sorted(maps.Keys(tasks)) {
		sorted = append(sorted, tasks[name])
	}
	return sorted
}

// startOf returns the task that starts a regular container.
func (w *leftWork) startOf(pod *v1.Pod, i int) containerTask {
	task := w.task(pod, pod.Spec.Containers[i].Name)
	task.start = w.only(podActions{ContainersToStart: []int{i}})
	return task
}

func (w *leftWork) task(pod *v1.Pod, name string) containerTask {
	return containerTask{name: name, key: backOffKey(pod, name), status: w.status, plan: w.plan, volumes: w.volumes}
}

// backOffKey returns upstream's back-off key of the container.
func backOffKey(pod *v1.Pod, name string) string {
	if c := kubecontainer.GetContainerSpec(pod, name); c != nil {
		return GetBackoffKey(pod, c)
	}
	return ""
}

// only completes actions for a call of upstream's SyncPod that does nothing else.
func (w *leftWork) only(actions podActions) *podActions {
	actions.SandboxID, actions.Attempt = w.sandboxID, w.attempt
	return &actions
}
