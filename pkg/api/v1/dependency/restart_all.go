// SPDX-License-Identifier: Apache-2.0

package dependency

import "maps"

// restartBegan reports whether a pod that looks as if it had ended is about to restart all its containers: one of them
// exited, its rules restart all, and the pod had not ended by then. It looks ended only because the kubelet has already
// killed others, to restart them. The exit of a container that was stopped because the pod had ended counts for nothing.
// What has Succeeded runs again only because of a Standard container.
func (g *Graph) restartBegan(pod PodObservation, now Decisions) bool {
	if !now.Complete && now.Failed == "" {
		return false
	}
	for name, o := range pod.Containers {
		if o.State == Exited && o.RestartsAll && !g.endedBy(pod, o, g.IsStandard(name)) {
			return true
		}
	}
	return false
}

// endedBy reports whether the pod had ended when the container exited. standard means that the container is one.
func (g *Graph) endedBy(pod PodObservation, exited Observation, standard bool) bool {
	then := PodObservation{Containers: maps.Clone(pod.Containers)}
	for name, o := range then.Containers {
		o.RestartsAll = false
		if o.State == Exited && o.Since.After(exited.Since) && (standard || o.ExitCode != 0) {
			o.State = Running
		}
		then.Containers[name] = o
	}
	d := g.Decide(then)
	return d.Complete || d.Failed != ""
}
