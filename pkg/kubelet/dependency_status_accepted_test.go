// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"fmt"
	"testing"

	v1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	apipod "k8s.io/kubernetes/pkg/api/pod"
	"k8s.io/kubernetes/pkg/apis/core"
	corev1 "k8s.io/kubernetes/pkg/apis/core/v1"
	"k8s.io/kubernetes/pkg/apis/core/validation"
)

// validateStatusUpdate returns the error of an API server for the update of the pod's status.
func validateStatusUpdate(pod *v1.Pod, status v1.PodStatus) error {
	updated := pod.DeepCopy()
	updated.Status = status
	var internal [2]core.Pod
	for i, p := range []*v1.Pod{updated, pod} {
		p = p.DeepCopy()
		p.ResourceVersion = "1"
		if err := corev1.Convert_v1_Pod_To_core_Pod(p, &internal[i], nil); err != nil {
			return err
		}
	}
	after, before := &internal[0], &internal[1]
	before.Status.QOSClass = after.Status.QOSClass
	options := apipod.GetValidationOptionsFromPodSpecAndMeta(&after.Spec, &before.Spec, &after.ObjectMeta, &before.ObjectMeta)
	options.ResourceIsPod = true
	if errs := validation.ValidatePodStatusUpdate(after, before, options); len(errs) > 0 {
		return fmt.Errorf("the API server refuses the status: %w", errs.ToAggregate())
	}
	return nil
}

// restartablePod returns a pod with the init container "init", the Standard container "app" and the Sidecar "proxy" with its
// own restart policy.
func restartablePod(policy v1.RestartPolicy, own *v1.ContainerRestartPolicy, rules ...v1.ContainerRestartRule) *v1.Pod {
	pod := dependencyPod(policy)
	pod.Spec.InitContainers = []v1.Container{{Name: "init"}}
	for i := range pod.Spec.Containers {
		c := &pod.Spec.Containers[i]
		if c.RestartPolicyRules = rules; own != nil {
			c.RestartPolicy = own
		}
	}
	return pod
}

// The annotations of "app" in a pod whose order is valid, or invalid.
const (
	validOrder   = `{"dependsOn":[{"container":"certs","condition":"Succeeded"}]}`
	invalidOrder = `{"dependsOn":[{"container":"absent"}]}`
)

// Whatever has exited, a status that shows it as held or held back in its next sandbox is accepted by the status manager and
// by the API server: they refuse a whole status in which a container leaves Terminated although its policy does not restart it.
func TestDependencyStatusIsAccepted(t *testing.T) {
	exit42 := v1.ContainerRestartRule{Action: v1.ContainerRestartRuleActionRestart,
		ExitCodes: &v1.ContainerRestartRuleOnExitCodes{Operator: v1.ContainerRestartRuleOnExitCodesOpIn, Values: []int32{42}}}
	always, onFailure, never := ptr.To(v1.ContainerRestartPolicyAlways), ptr.To(v1.ContainerRestartPolicyOnFailure),
		ptr.To(v1.ContainerRestartPolicyNever)
	policies := map[string]struct {
		pod   v1.RestartPolicy
		own   *v1.ContainerRestartPolicy
		rules []v1.ContainerRestartRule
	}{
		"Always":                         {pod: v1.RestartPolicyAlways},
		"OnFailure":                      {pod: v1.RestartPolicyOnFailure},
		"Never":                          {pod: v1.RestartPolicyNever},
		"Always, own Never":              {pod: v1.RestartPolicyAlways, own: never},
		"Always, own OnFailure":          {pod: v1.RestartPolicyAlways, own: onFailure},
		"OnFailure, own Never":           {pod: v1.RestartPolicyOnFailure, own: never},
		"OnFailure, own Always":          {pod: v1.RestartPolicyOnFailure, own: always},
		"Never, own Always":              {pod: v1.RestartPolicyNever, own: always},
		"Never, own Never but after 42":  {pod: v1.RestartPolicyNever, own: never, rules: []v1.ContainerRestartRule{exit42}},
		"Always, own Never but after 42": {pod: v1.RestartPolicyAlways, own: never, rules: []v1.ContainerRestartRule{exit42}},
	}
	// What happens to a pod whose containers run, and with which order it goes on.
	ends := map[string]struct {
		order string
		m     moment
	}{
		"held without a sandbox":    {invalidOrder, moment{sandbox: 1, lost: true}},
		"held without records":      {invalidOrder, moment{}},
		"in a new sandbox":          {"", moment{sandbox: 2}},
		"without a sandbox":         {"", moment{sandbox: 1, lost: true}},
		"without records":           {"", moment{}},
		"without records, stopping": {"", moment{stopping: true}},
		"held, stopping":            {invalidOrder, moment{sandbox: 1, lost: true, stopping: true}},
	}
	for policy, p := range policies {
		for end, e := range ends {
			for _, code := range []int{0, 1, 42} {
				for _, init := range []int{0, 1} {
					t.Run(fmt.Sprintf("%s/init exited with %d, the others with %d/%s", policy, init, code, end), func(t *testing.T) {
						k, pod := newStatusKubelet(t), restartablePod(p.pod, p.own, p.rules...)
						proxy := isReady
						if init != 0 {
							proxy = isCreated
						}
						k.show(t, pod, moment{sandbox: 1, records: map[string]testRecord{"init": isReady}})
						k.show(t, pod, moment{sandbox: 1, records: map[string]testRecord{"init": exitOf(init, 2), "proxy": proxy, "app": isReady}})
						exited := map[string]testRecord{"init": exitOf(init, 2).in(true), "proxy": exitOf(code, 3).in(true), "app": exitOf(code, 3).in(true)}
						k.show(t, pod, moment{sandbox: 1, records: exited})

						after := e.m
						if after.sandbox > 0 {
							after.records = exited
						}
						if e.order != "" {
							setOrder(pod, e.order)
						}
						status := k.show(t, pod, after)
						if len(after.records) == 0 || e.order == "" {
							return
						}
						for _, c := range append(status.InitContainerStatuses, status.ContainerStatuses...) {
							if c.State.Terminated == nil {
								t.Errorf("%s has exited, and is shown as %+v", c.Name, c.State)
							}
						}
					})
				}
			}
		}
	}
}

// The runtime has lost the instance whose end is in the status, and the next one has ended in another way.
func TestDependencyStatusAfterALostContainerIsAccepted(t *testing.T) {
	k, pod := newStatusKubelet(t), restartablePod(v1.RestartPolicyAlways, ptr.To(v1.ContainerRestartPolicyOnFailure))
	pod.Spec.Containers = append(pod.Spec.Containers, v1.Container{Name: "certs", RestartPolicy: ptr.To(v1.ContainerRestartPolicyNever)})
	setOrder(pod, validOrder)
	done := exitOf(0, 5)
	for _, m := range []moment{
		{sandbox: 1, records: map[string]testRecord{"init": done, "certs": done, "proxy": isReady, "app": done.restarted(1)}},
		{sandbox: 1, lost: true, records: map[string]testRecord{"init": done.in(true), "certs": done.in(true), "proxy": exitOf(137, 9).in(true),
			"app": exitOf(42, 9).in(true)}},
	} {
		podStatus := k.see(t, pod, m)
		status := k.generateAPIPodStatus(t.Context(), pod, podStatus, false)
		if err := k.accept(t, pod, status); err != nil {
			t.Fatalf("%v\nmoment %+v\nstatuses %+v", err, m, status.ContainerStatuses)
		}
	}
}
