// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"maps"
	"slices"

	v1 "k8s.io/api/core/v1"

	podutil "k8s.io/kubernetes/pkg/api/v1/pod"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
)

// containerTask is what is to be done with one container apart from the rest of its pod, each part as the only action of a
// call of upstream's SyncPod.
type containerTask struct {
	name string
	// kill, if set, ends the running container first.
	kill *podActions
	// start, if set, starts it anew.
	start *podActions
}

// takeRestarts takes the kills of single containers and the restarts of native sidecars out of upstream's actions: the
// kubelet is not to wait for a grace period, a hook or an image of one container before it looks at the others. While the
// init containers run, upstream's order of them stays.
func (p *orderPass) takeRestarts(pod *v1.Pod, podStatus *kubecontainer.PodStatus, actions *podActions) {
	if actions.KillPod || actions.CreateSandbox || actions.UpdatePodResources || actions.UpdatePodLevelResources {
		// A resize of the pod comes between the kill and the start of its containers.
		return
	}
	initialized := len(p.candidates) > 0
	for i := range pod.Spec.Containers {
		initialized = initialized || podStatus.FindActiveContainerStatusByName(pod.Spec.Containers[i].Name) != nil
	}
	if !initialized {
		return
	}
	p.kills = map[string]map[kubecontainer.ContainerID]containerToKillInfo{}
	for id, kill := range actions.ContainersToKill {
		if p.kills[kill.name] == nil {
			p.kills[kill.name] = map[kubecontainer.ContainerID]containerToKillInfo{}
		}
		p.kills[kill.name][id] = kill
	}
	actions.ContainersToKill = nil
	actions.InitContainersToStart = slices.DeleteFunc(slices.Clone(actions.InitContainersToStart), func(i int) bool {
		c := &pod.Spec.InitContainers[i]
		native := podutil.IsRestartableInitContainer(c)
		if native && !slices.Contains(p.skip, c.Name) {
			p.natives = append(p.natives, i)
		}
		return native
	})
	p.actions.ContainersToKill, p.actions.InitContainersToStart = nil, actions.InitContainersToStart
}

// killsFirst tells whether the container is killed before it is started.
func (p *orderPass) killsFirst(name string) bool {
	_, kills := p.kills[name]
	for _, kill := range p.actions.ContainersToKill {
		kills = kills || kill.name == name
	}
	return kills
}

// restarts are the tasks that begin with a kill, and those of native sidecars.
func (p *orderPass) restarts(pod *v1.Pod) []containerTask {
	tasks := map[string]containerTask{}
	for name, kill := range p.kills {
		tasks[name] = containerTask{name: name, kill: p.only(podActions{ContainersToKill: kill})}
	}
	for _, i := range p.natives {
		task := tasks[pod.Spec.InitContainers[i].Name]
		task.name, task.start = pod.Spec.InitContainers[i].Name, p.only(podActions{InitContainersToStart: []int{i}})
		tasks[task.name] = task
	}
	for _, i := range dueContainers(pod, p) {
		if task, killed := tasks[pod.Spec.Containers[i].Name]; killed {
			task.start = p.startOf(pod, i).start
			tasks[task.name] = task
		}
	}
	var sorted []containerTask
	for _, name := range slices.Sorted(maps.Keys(tasks)) {
		sorted = append(sorted, tasks[name])
	}
	return sorted
}

func (p *orderPass) startOf(pod *v1.Pod, i int) containerTask {
	return containerTask{name: pod.Spec.Containers[i].Name, start: p.only(podActions{ContainersToStart: []int{i}})}
}

// only completes actions to those of a call of upstream's SyncPod.
func (p *orderPass) only(actions podActions) *podActions {
	actions.SandboxID, actions.Attempt = p.actions.SandboxID, p.actions.Attempt
	return &actions
}
