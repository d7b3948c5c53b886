// SPDX-License-Identifier: Apache-2.0

package e2ecluster

import (
	v1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"k8s.io/kubernetes/test/utils/actor"
)

// templateOn returns a pod template with these actors on the stage.
func templateOn(stage *actor.Stage, policy v1.RestartPolicy, actors ...v1.Container) v1.PodTemplateSpec {
	template := v1.PodTemplateSpec{Spec: v1.PodSpec{
		RestartPolicy:                 policy,
		Containers:                    actors,
		TerminationGracePeriodSeconds: ptr.To[int64](20),
		AutomountServiceAccountToken:  ptr.To(false),
	}}
	stage.Join(&template.Spec)
	return template
}
