// SPDX-License-Identifier: Apache-2.0

// Package actor makes containers that note what they do, and when, in a directory of the node that they share with the spec that
// runs them: the stage. What all of them have noted is the stage's timeline, and specs assert on that. An actor waits for cues of
// the spec, or improvises.
package actor

import (
	"strconv"

	v1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	imageutils "k8s.io/kubernetes/test/utils/image"
)

// Image is that of all actors.
var Image = imageutils.GetE2EImage(imageutils.BusyBox)

const (
	volumeName = "stage"
	mountPath  = "/stage"
)

// New returns a container that notes "start", "term" when it is told to stop, and "exit". It exits when it has its cue
// "done" or is told to stop, then with code 143.
func New(name string, traits ...func(*v1.Container)) v1.Container {
	return actor(name, "perform", traits)
}

// Improvising returns a container that needs no cues. It notes "start", "up" when it is ready, "term" when it is told to stop, and
// "exit". It stays until it is told to stop, and then exits with code 143, unless it has the trait Exits.
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

// Command calls a function of the script, such as "note start", or any shell command.
func Command(call string) []string {
	return []string{"/bin/sh", "-c", ". " + mountPath + "/" + scriptFile + "; " + call}
}

func hook(call string) *v1.LifecycleHandler {
	return &v1.LifecycleHandler{Exec: &v1.ExecAction{Command: Command(call)}}
}

// Probe returns one that runs the Command of the call and fails after so many failures.
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

// WithReadiness gives a readiness probe that passes as long as the cue "ready" stands.
func WithReadiness(c *v1.Container) { c.ReadinessProbe = Probe("probe ready", 1) }

// WithStartup gives a startup probe that passes on the cue "startup".
func WithStartup(c *v1.Container) { c.StartupProbe = Probe("probe startup", 600) }

// WithPostStart gives a hook that notes "poststart", waits for the cue of that name and notes "poststart-done".
func WithPostStart(c *v1.Container) { lifecycleOf(c).PostStart = hook("hook poststart held") }

// WithMark makes the container count as Started only when it has noted its start. A container without it may be Started
// a moment before, so that what waits for it might be the first to write.
func WithMark(c *v1.Container) {
	lifecycleOf(c).PostStart = hook("until [ -e /tmp/started ]; do sleep 0.1; done")
}

// WithPreStop gives a hook that notes "prestop" and "prestop-done".
func WithPreStop(c *v1.Container) { lifecycleOf(c).PreStop = hook("hook prestop") }

// WithHeldStop makes the container wait for the cue "stopped" when it has been told to stop.
func WithHeldStop(c *v1.Container) { c.Env = append(c.Env, v1.EnvVar{Name: "HOLD", Value: "yes"}) }

// Native makes an init container a native sidecar.
func Native(c *v1.Container) { c.RestartPolicy = ptr.To(v1.ContainerRestartPolicyAlways) }

// NeverRestarted gives the container a restart policy of its own.
func NeverRestarted(c *v1.Container) { c.RestartPolicy = ptr.To(v1.ContainerRestartPolicyNever) }

// Exits makes an improvising container exit by itself, with the code, half a second after it is up.
func Exits(code int) func(*v1.Container) {
	return func(c *v1.Container) {
		c.Env = append(c.Env, v1.EnvVar{Name: "TICKS", Value: "5"}, v1.EnvVar{Name: "CODE", Value: strconv.Itoa(code)})
	}
}

// NeverUp makes an improvising container never ready.
func NeverUp(c *v1.Container) { c.Env = append(c.Env, v1.EnvVar{Name: "NEVER_UP", Value: "yes"}) }
