// SPDX-License-Identifier: Apache-2.0

// Package pods tells what the node's own kubelet would do to pods that our kubelet runs.
package pods

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	v1 "k8s.io/api/core/v1"

	"kubelet-ordering/pkg/api/v1/dependency"
)

// Label is the label of nodes with our kubelet, by which pods select them.
const Label = "node-restriction.kubernetes.io/container-dependencies"

// Finding is a pod that the switch to the node's own kubelet would change, and how.
type Finding struct{ Pod, What string }

func (f Finding) String() string { return f.Pod + ": " + f.What }

// Findings are the pods that would hang, and those that would only change.
type Findings struct{ Hang, Change []Finding }

// Of looks at the pods of a node, a PodList in JSON.
func Of(list []byte) (Findings, error) {
	var all struct{ Items []json.RawMessage }
	if err := json.Unmarshal(list, &all); err != nil {
		return Findings{}, fmt.Errorf("read the node's pods: %w", err)
	}
	var found Findings
	for _, text := range all.Items {
		var pod v1.Pod
		if err := json.Unmarshal(text, &pod); err != nil {
			return Findings{}, fmt.Errorf("read a pod of the node: %w", err)
		}
		fields, err := lifecycles(text)
		if err != nil {
			return Findings{}, fmt.Errorf("read the fields of pod %s/%s: %w", pod.Namespace, pod.Name, err)
		}
		found.look(&pod, fields)
	}
	return found, nil
}

// lifecycles reads the ordering fields, which the published API types do not have.
func lifecycles(pod []byte) (dependency.LifecycleFunc, error) {
	var fields struct {
		Spec struct {
			Containers, InitContainers []struct {
				Name      string
				Lifecycle *dependency.Lifecycle
			}
		}
	}
	if err := json.Unmarshal(pod, &fields); err != nil {
		return nil, err
	}
	byName := map[string]*dependency.Lifecycle{}
	for _, c := range append(fields.Spec.Containers, fields.Spec.InitContainers...) {
		// A lifecycle with nothing but upstream's hooks decodes to an empty one.
		if c.Lifecycle != nil && !isEmpty(c.Lifecycle) {
			byName[c.Name] = c.Lifecycle
		}
	}
	return func(c *v1.Container) *dependency.Lifecycle { return byName[c.Name] }, nil
}

func isEmpty(l *dependency.Lifecycle) bool {
	text, err := json.Marshal(l)
	return err == nil && string(text) == "{}"
}

func (f *Findings) look(pod *v1.Pod, fields dependency.LifecycleFunc) {
	over := pod.Status.Phase == v1.PodSucceeded || pod.Status.Phase == v1.PodFailed || pod.DeletionTimestamp != nil
	if over || !dependency.InUse(pod, fields) {
		return
	}
	name := pod.Namespace + "/" + pod.Name
	change := func(format string, args ...any) {
		f.Change = append(f.Change, Finding{Pod: name, What: fmt.Sprintf(format, args...)})
	}
	if pod.Spec.NodeSelector[Label] != "" {
		change("keeps running, and is ended when the kubelet restarts next, because the node loses the label that it selects")
	}
	graph, err := dependency.ForPod(pod, fields)
	if err != nil {
		change("has an invalid order; if it is held, it would start without one")
		if pod.Spec.RestartPolicy != v1.RestartPolicyAlways {
			f.Hang = append(f.Hang, Finding{Pod: name, What: owner(pod) + " has an invalid order: nothing stops its Sidecars, if it has any"})
		}
		return
	}
	var running, waiting, finished []string
	for i := range pod.Spec.Containers {
		c := &pod.Spec.Containers[i]
		status := statusOf(pod, c.Name)
		switch {
		case status.State.Waiting != nil && status.State.Waiting.Reason == "WaitingForDependencies":
			waiting = append(waiting, c.Name)
		case done(policy(pod, c), status):
			finished = append(finished, c.Name)
		}
		if graph.IsSidecar(c.Name) && !done(policy(pod, c), status) {
			running = append(running, c.Name)
		}
	}
	if len(waiting) > 0 {
		change("%s would start at once", strings.Join(waiting, ", "))
	}
	if len(running) > 0 && ends(pod, graph.IsStandard) {
		f.Hang = append(f.Hang, Finding{Pod: name, What: fmt.Sprintf("%s would not end: nothing stops its Sidecars %s when the work is done",
			owner(pod), strings.Join(running, ", "))})
	} else if len(finished) > 0 && isReady(pod) {
		change("would become unready, because %s has finished", strings.Join(finished, ", "))
	}
}

// ends reports whether the pod ends by itself: no container that counts is always restarted.
func ends(pod *v1.Pod, counts func(name string) bool) bool {
	return !slices.ContainsFunc(pod.Spec.Containers, func(c v1.Container) bool {
		return counts(c.Name) && policy(pod, &c) == v1.RestartPolicyAlways
	})
}

func policy(pod *v1.Pod, c *v1.Container) v1.RestartPolicy {
	if c.RestartPolicy != nil {
		return v1.RestartPolicy(*c.RestartPolicy)
	}
	return pod.Spec.RestartPolicy
}

// done reports whether the container has ended and will not be restarted.
func done(policy v1.RestartPolicy, s v1.ContainerStatus) bool {
	ended := s.State.Terminated
	return ended != nil && (policy == v1.RestartPolicyNever || policy == v1.RestartPolicyOnFailure && ended.ExitCode == 0)
}

func statusOf(pod *v1.Pod, name string) v1.ContainerStatus {
	for _, s := range pod.Status.ContainerStatuses {
		if s.Name == name {
			return s
		}
	}
	return v1.ContainerStatus{}
}

func isReady(pod *v1.Pod) bool {
	return slices.ContainsFunc(pod.Status.Conditions, func(c v1.PodCondition) bool {
		return c.Type == v1.PodReady && c.Status == v1.ConditionTrue
	})
}

// owner names the pod by the object that created it.
func owner(pod *v1.Pod) string {
	for _, o := range pod.OwnerReferences {
		if o.Controller != nil && *o.Controller {
			return fmt.Sprintf("the pod of %s %q", o.Kind, o.Name)
		}
	}
	return "the pod"
}
