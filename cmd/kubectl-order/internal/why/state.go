// SPDX-License-Identifier: Apache-2.0

package why

import (
	"fmt"
	"strings"

	v1 "k8s.io/api/core/v1"
)

// containers describes all containers.
func (a *asking) containers() {
	decisions := a.decide()
	for _, list := range [][]v1.Container{a.pod.Spec.InitContainers, a.pod.Spec.Containers} {
		for i := range list {
			c := Container{Name: list[i].Name}
			a.state(&c, &list[i], a.statuses[c.Name])
			if status := a.statuses[c.Name]; status != nil && waits(status) {
				c.Waits = true
				for _, b := range decisions[c.Name].Blockers {
					c.For = append(c.For, Wait{b.Container, string(b.Condition), b.Never})
				}
				if e := a.last(c.Name, waitingForDependencies); e != nil {
					c.Since = new(First(e))
				}
			}
			a.answer.Containers = append(a.answer.Containers, c)
		}
	}
}

// waits reports whether the kubelet says that the container waits for others.
func waits(s *v1.ContainerStatus) bool {
	return s.State.Waiting != nil && (s.State.Waiting.Reason == waitingForDependencies || s.State.Waiting.Reason == dependencyFailed)
}

// state says what the container does, and what is known of the cause.
func (a *asking) state(c *Container, spec *v1.Container, s *v1.ContainerStatus) {
	switch {
	case s == nil:
		c.State = "no kubelet has reported it"
	case s.State.Waiting != nil:
		a.waiting(c, s)
	case s.State.Running != nil:
		a.running(c, spec, s)
	case s.State.Terminated != nil:
		a.exited(c, spec, s.State.Terminated)
	default:
		c.State = "no kubelet has reported it"
	}
}

func (a *asking) waiting(c *Container, s *v1.ContainerStatus) {
	reason, message := s.State.Waiting.Reason, s.State.Waiting.Message
	switch reason {
	case waitingForDependencies:
		c.State = "waits"
		if _, problem, ok := strings.Cut(message, "; its image cannot be pulled: "); ok {
			c.Details = append(c.Details, "its image cannot be pulled either: "+problem)
			c.Do = "correct the image, or what is needed to pull it"
		}
	case dependencyFailed:
		c.State, c.Details = "can never start", []string{message}
	case "", "ContainerCreating", "PodInitializing":
		c.State = "is not created yet"
		c.Details = a.warnings(c.Name)
		c.Wrong = len(c.Details) > 0
	case "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError", "RegistryUnavailable":
		c.State, c.Wrong = "its image cannot be pulled ("+reason+")", true
		c.Do = fmt.Sprintf("correct the image %q of container %q, or what is needed to pull it", s.Image, c.Name)
		if message != "" {
			c.Details = append(c.Details, message)
		}
	case crashLoop:
		c.State, c.Wrong = fmt.Sprintf("has failed %d times, and waits for its next start", s.RestartCount+1), true
		c.Do = a.kubectl("logs", "-c", c.Name, "--previous")
		if t := s.LastTerminationState.Terminated; t != nil {
			c.Details = append(c.Details, ended(t))
		}
	default:
		c.State, c.Wrong = "cannot start ("+reason+")", reason != invalidLifecycle
		if message != "" && reason != invalidLifecycle {
			c.Details = append(c.Details, message)
		}
	}
}

func (a *asking) running(c *Container, spec *v1.Container, s *v1.ContainerStatus) {
	since := clock(s.State.Running.StartedAt.Time)
	restarted := ""
	if s.RestartCount > 0 {
		restarted = fmt.Sprintf(", restarted %d times", s.RestartCount)
	}
	switch {
	case s.Started == nil || !*s.Started:
		what := "its postStart hook has not ended"
		if spec.StartupProbe != nil {
			what = "its startup probe has not passed"
		}
		c.State, c.Wrong = fmt.Sprintf("runs since %s%s, and %s", since, restarted, what), true
	case !s.Ready && a.pod.DeletionTimestamp == nil && spec.ReadinessProbe != nil:
		c.State, c.Wrong = fmt.Sprintf("runs since %s%s, and its readiness probe has not passed", since, restarted), true
	default:
		c.State = "runs since " + since + restarted
		return
	}
	if e := a.last(c.Name, "Unhealthy", "ProbeWarning", "FailedPostStartHook"); e != nil {
		c.Details = append(c.Details, told(e))
	}
	if t := s.LastTerminationState.Terminated; t != nil {
		c.Details = append(c.Details, "before that it "+ended(t))
	}
	c.Do = a.kubectl("logs", "-c", c.Name)
}

func (a *asking) exited(c *Container, spec *v1.Container, t *v1.ContainerStateTerminated) {
	c.State = ended(t)
	done := a.pod.DeletionTimestamp != nil || a.pod.Status.Phase == v1.PodSucceeded
	if t.ExitCode == 0 && policy(a.pod, spec) != v1.RestartPolicyAlways || done {
		return
	}
	if a.graph != nil && a.graph.IsSidecar(c.Name) && a.pod.Status.Phase == v1.PodFailed {
		return
	}
	c.Wrong = true
	c.Do = a.kubectl("logs", "-c", c.Name)
}

// ended says how a run ended.
func ended(t *v1.ContainerStateTerminated) string {
	text := fmt.Sprintf("exited with code %d at %s", t.ExitCode, clock(t.FinishedAt.Time))
	if t.Reason != "" && t.Reason != "Error" && t.Reason != "Completed" {
		text += " (" + t.Reason + ")"
	}
	if t.Message != "" {
		text += ": " + t.Message
	}
	return text
}

// warnings are the last warnings about a container that is not created.
func (a *asking) warnings(container string) []string {
	var texts []string
	for _, reason := range []string{"Failed", "FailedCreate", "FailedPrepareDynamicResources"} {
		if e := a.last(container, reason); e != nil {
			texts = append(texts, told(e))
		}
	}
	return texts
}

// kubectl is a command about the pod.
func (a *asking) kubectl(verb string, args ...string) string {
	command := "kubectl " + verb
	if a.Pod.Namespace != "" && a.Pod.Namespace != v1.NamespaceDefault {
		command += " -n " + a.Pod.Namespace
	}
	return command + " " + strings.Join(append([]string{a.pod.Name}, args...), " ")
}
