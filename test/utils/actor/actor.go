// SPDX-License-Identifier: Apache-2.0

// Package actor provides containers, the actors, that record what they do, and when. They write the records into a directory of the
// node that they share with the spec, the stage. The records of all actors are the stage's timeline, on which specs make assertions.
// An actor waits for cues from the spec, or improvises.
package actor

import (
	"strconv"

	v1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	imageutils "k8s.io/kubernetes/test/utils/image"
)

// Image is the image of all actors.
var Image = imageutils.GetE2EImage(imageutils.BusyBox)

const (
	volumeName = "stage"
	mountPath  = "/stage"
)

// New returns a container that records "start", "term" when it gets SIGTERM, and "exit". It exits on the cue "done" with the code that
// the cue gives, or after SIGTERM with code 143.
func New(name string, traits ...func(*v1.Container)) v1.Container {
	return actor(name, "perform", traits)
}

// Improvising returns a container that needs no cues. It records "start", "up" right before it is ready, "term" when it gets SIGTERM, and
// "exit". Unless it has the trait Exits, it runs until it gets SIGTERM, and then exits with code 143.
func Improvising(name string, traits ...func(*v1.Container)) v1.Container {
	up := func(c *v1.Container) {
		c.ReadinessProbe = &v1.Probe{
			ProbeHandler:  v1.ProbeHandler{Exec: &v1.ExecAction{Command: []string{"test", "-e", "/tmp/up"}}},
			PeriodSeconds: 1,
		}
	}
	return actor(name, "improvise", append([]func(*v1.Container){up}, traits...))
}

func actor(name, call string, traits []func(*v1.Container)) v1.Container {
	c := v1.Container{
		Name:            name,
		Image:           Image,
		ImagePullPolicy: v1.PullIfNotPresent,
		Command:         Command(call),
		Env: []v1.EnvVar{
			{Name: "NAME", Value: name},
			{Name: "POD", ValueFrom: &v1.EnvVarSource{FieldRef: &v1.ObjectFieldSelector{FieldPath: "metadata.name"}}},
		},
		VolumeMounts: []v1.VolumeMount{{Name: volumeName, MountPath: mountPath}},
	}
	for _, trait := range traits {
		trait(&c)
	}
	return c
}

// Command returns a command that calls a function of the script, such as "note start", or any shell command.
func Command(call string) []string {
	return []string{"/bin/sh", "-c", ". " + mountPath + "/" + scriptFile + "; " + call}
}

func hook(call string) *v1.LifecycleHandler {
	return &v1.LifecycleHandler{Exec: &v1.ExecAction{Command: Command(call)}}
}

// Probe returns a probe that runs the Command for call, with the given failure threshold.
func Probe(call string, failures int32) *v1.Probe {
	return &v1.Probe{
		ProbeHandler:     v1.ProbeHandler{Exec: &v1.ExecAction{Command: Command(call)}},
		PeriodSeconds:    1,
		TimeoutSeconds:   10,
		FailureThreshold: failures,
	}
}

func lifecycleOf(c *v1.Container) *v1.Lifecycle {
	if c.Lifecycle == nil {
		c.Lifecycle = &v1.Lifecycle{}
	}
	return c.Lifecycle
}

// WithReadiness adds a readiness probe that passes from the cue "ready" until the spec withdraws it.
func WithReadiness(c *v1.Container) { c.ReadinessProbe = Probe("probe ready", 1) }

// WithStartup adds a startup probe that passes on the cue "startup".
func WithStartup(c *v1.Container) { c.StartupProbe = Probe("probe startup", 600) }

// WithPostStart adds a postStart hook that records "poststart", waits for the cue of that name and records "poststart-done".
func WithPostStart(c *v1.Container) { lifecycleOf(c).PostStart = hook("hook poststart held") }

// WithMark makes the container count as Started only after it has recorded "start". Without this trait it may be Started slightly
// earlier, so that a dependent might record its start first.
func WithMark(c *v1.Container) {
	lifecycleOf(c).PostStart = hook("until [ -e /tmp/started ]; do sleep 0.1; done")
}

// WithPreStop adds a preStop hook that records "prestop" and "prestop-done".
func WithPreStop(c *v1.Container) { lifecycleOf(c).PreStop = hook("hook prestop") }

// WithHeldStop makes the container wait for the cue "stopped" after SIGTERM, before it exits.
func WithHeldStop(c *v1.Container) { c.Env = append(c.Env, v1.EnvVar{Name: "HOLD", Value: "yes"}) }

// Native makes an init container a native sidecar.
func Native(c *v1.Container) { c.RestartPolicy = ptr.To(v1.ContainerRestartPolicyAlways) }

// AlwaysRestarted sets the container's own restart policy to Always, as a Sidecar of a Job needs it.
func AlwaysRestarted(c *v1.Container) { c.RestartPolicy = ptr.To(v1.ContainerRestartPolicyAlways) }

// NeverRestarted sets the container's own restart policy to Never.
func NeverRestarted(c *v1.Container) { c.RestartPolicy = ptr.To(v1.ContainerRestartPolicyNever) }

// Exits makes an improvising container exit by itself, with the code, half a second after "up".
func Exits(code int) func(*v1.Container) {
	return func(c *v1.Container) {
		c.Env = append(c.Env, v1.EnvVar{Name: "TICKS", Value: "5"}, v1.EnvVar{Name: "CODE", Value: strconv.Itoa(code)})
	}
}

// NeverUp prevents an improvising container from becoming ready.
func NeverUp(c *v1.Container) { c.Env = append(c.Env, v1.EnvVar{Name: "NEVER_UP", Value: "yes"}) }
