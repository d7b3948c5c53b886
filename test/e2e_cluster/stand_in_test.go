// SPDX-License-Identifier: Apache-2.0

package e2ecluster

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"k8s.io/kubernetes/test/utils/actor"
)

// role is what a stand-in does apart from what its probes tell. All do this: they record "start", warm up, record "up", answer the paths
// that the container's HTTP probes ask for, and run until SIGTERM, when they record "term", and "exit" shortly after.
type role struct {
	// env are variables of the stand-in's script. SERVE replaces what the container's probes tell.
	env map[string]string
	// tools maps programs that the container's commands and hooks call to the scripts that stand in for them.
	tools map[string]string
	// remote is a directory of the node that the container mounts at /remote.
	remote string
}

// cast has the roles by image, without the tag.
type cast map[string]role

// standIns replaces the images of a pod by images that the node has. Names, probes, hooks, ports and volumes stay.
type standIns struct {
	stage *actor.Stage
	cast  cast
	// dir has the scripts. All containers of all pods share it.
	dir string
}

const (
	toolsVolume = "stand-ins"
	toolsPath   = "/stand-ins"
)

// useStandIns installs a webhook that comes after all others and makes the pods of the namespace run with stand-ins.
func (c *cluster) useStandIns(ctx context.Context, stage *actor.Stage, roles cast) *standIns {
	ginkgo.GinkgoHelper()
	s := &standIns{stage: stage, cast: roles, dir: ginkgo.GinkgoT().TempDir()}
	for name, script := range standInScripts {
		gomega.Expect(os.WriteFile(filepath.Join(s.dir, name), []byte(script), 0o755)).To(gomega.Succeed(), "write the script %q", name)
	}
	c.installWebhook(ctx, "z-stand-ins", nil, s.replace)
	return s
}

func (s *standIns) replace(pod *v1.Pod) {
	s.stage.Join(&pod.Spec)
	pod.Spec.Volumes = append(pod.Spec.Volumes, v1.Volume{Name: toolsVolume, VolumeSource: v1.VolumeSource{
		HostPath: &v1.HostPathVolumeSource{Path: s.dir, Type: ptr.To(v1.HostPathDirectory)},
	}})
	for i := range pod.Spec.InitContainers {
		c := &pod.Spec.InitContainers[i]
		s.standIn(pod, c)
		if c.RestartPolicy == nil {
			c.Command = actor.Command("note start; note exit")
		}
	}
	for i := range pod.Spec.Containers {
		s.standIn(pod, &pod.Spec.Containers[i])
	}
}

func (s *standIns) standIn(pod *v1.Pod, c *v1.Container) {
	image, _, _ := strings.Cut(c.Image, ":")
	plays := s.cast[image]
	model := actor.New(c.Name)
	c.Image, c.ImagePullPolicy = model.Image, model.ImagePullPolicy
	c.Command, c.Args = actor.Command(". "+toolsPath+"/stand-in; stand_in"), nil
	c.Env = append(append(c.Env, model.Env...),
		v1.EnvVar{Name: "POD_IP", ValueFrom: &v1.EnvVarSource{FieldRef: &v1.ObjectFieldSelector{FieldPath: "status.podIP"}}},
		v1.EnvVar{Name: "SERVE", Value: strings.Join(served(c), " ")})
	for name, value := range plays.env {
		c.Env = append(c.Env, v1.EnvVar{Name: name, Value: value})
	}
	c.VolumeMounts = append(append(c.VolumeMounts, model.VolumeMounts...), v1.VolumeMount{Name: toolsVolume, MountPath: toolsPath})
	for path, script := range plays.tools {
		c.VolumeMounts = append(c.VolumeMounts, v1.VolumeMount{Name: toolsVolume, MountPath: path, SubPath: script})
	}
	if plays.remote != "" {
		pod.Spec.Volumes = append(pod.Spec.Volumes, v1.Volume{Name: "remote", VolumeSource: v1.VolumeSource{
			HostPath: &v1.HostPathVolumeSource{Path: plays.remote, Type: ptr.To(v1.HostPathDirectory)},
		}})
		c.VolumeMounts = append(c.VolumeMounts, v1.VolumeMount{Name: "remote", MountPath: "/remote"})
	}
}

// served returns the port and path of each HTTP probe of a container, such as "8080/ready". Probes that a mesh has rewritten are not
// for the container itself.
func served(c *v1.Container) []string {
	var all []string
	for _, probe := range []*v1.Probe{c.StartupProbe, c.ReadinessProbe, c.LivenessProbe} {
		if probe != nil && probe.HTTPGet != nil && probe.HTTPGet.Port.IntValue() != istioStatusPort {
			all = append(all, fmt.Sprintf("%d%s", probe.HTTPGet.Port.IntValue(), probe.HTTPGet.Path))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// haveStandIns matches a pod whose containers all have stand-ins.
func haveStandIns(pod *v1.Pod) bool {
	return !slices.ContainsFunc(slices.Concat(pod.Spec.InitContainers, pod.Spec.Containers), func(c v1.Container) bool {
		return c.Image != actor.Image
	})
}

// containerNames returns the names of the pod's regular containers in the order of the list.
func containerNames(pod *v1.Pod) []string {
	var names []string
	for _, c := range pod.Spec.Containers {
		names = append(names, c.Name)
	}
	return names
}
