// SPDX-License-Identifier: Apache-2.0

package e2ecluster

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
)

const image = "registry.k8s.io/e2e-test-images/busybox:1.37.0-2"

// script is what every container runs. It notes "start", "up" when it is ready, "term" when it is told to stop, and "exit".
// A container that is given TICKS exits by itself after so many tenths of a second, with CODE.
const script = `
note() { echo "$POD $NAME $1" >> /stage/timeline; }
trap 'note term; sleep 0.2; note exit; exit 143' TERM
note start
sleep 0.3
[ -n "$NEVER_UP" ] || { note up; touch /tmp/up; }
n=0
while [ -z "$TICKS" ] || [ "$n" -lt "$TICKS" ]; do sleep 0.1; n=$((n + 1)); done
note exit
exit "$CODE"
`

// actor is a container that notes what it does and is ready when it is up. It stays until it is told to stop.
func actor(name string, traits ...func(*v1.Container)) v1.Container {
	c := v1.Container{
		Name:            name,
		Image:           image,
		ImagePullPolicy: v1.PullIfNotPresent,
		Command:         []string{"/bin/sh", "-c", script},
		Env: []v1.EnvVar{
			{Name: "NAME", Value: name},
			{Name: "POD", ValueFrom: &v1.EnvVarSource{FieldRef: &v1.ObjectFieldSelector{FieldPath: "metadata.name"}}},
		},
		ReadinessProbe: &v1.Probe{
			ProbeHandler:  v1.ProbeHandler{Exec: &v1.ExecAction{Command: []string{"test", "-e", "/tmp/up"}}},
			PeriodSeconds: 1,
		},
		VolumeMounts: []v1.VolumeMount{{Name: "stage", MountPath: "/stage"}},
	}
	for _, trait := range traits {
		trait(&c)
	}
	return c
}

// exits makes the container exit by itself, with the code, half a second after it is up.
func exits(code int) func(*v1.Container) {
	return func(c *v1.Container) {
		c.Env = append(c.Env, v1.EnvVar{Name: "TICKS", Value: "5"}, v1.EnvVar{Name: "CODE", Value: strconv.Itoa(code)})
	}
}

// neverUp makes the container never ready.
func neverUp(c *v1.Container) { c.Env = append(c.Env, v1.EnvVar{Name: "NEVER_UP", Value: "yes"}) }

// stage is a directory of the node in which the containers of a spec write one timeline.
type stage struct{ dir string }

func newStage() stage {
	ginkgo.GinkgoHelper()
	dir, err := os.MkdirTemp("", "e2e-cluster-")
	gomega.Expect(err).NotTo(gomega.HaveOccurred(), "make a directory to share with containers")
	ginkgo.DeferCleanup(os.RemoveAll, dir)
	return stage{dir: dir}
}

// template is that of pods with these containers.
func (s stage) template(policy v1.RestartPolicy, containers ...v1.Container) v1.PodTemplateSpec {
	return v1.PodTemplateSpec{Spec: v1.PodSpec{
		RestartPolicy:                 policy,
		Containers:                    containers,
		TerminationGracePeriodSeconds: ptr.To[int64](20),
		AutomountServiceAccountToken:  ptr.To(false),
		Volumes: []v1.Volume{{Name: "stage", VolumeSource: v1.VolumeSource{
			HostPath: &v1.HostPathVolumeSource{Path: s.dir, Type: ptr.To(v1.HostPathDirectory)},
		}}},
	}}
}

// timeline is what has happened so far in one pod, such as "app start".
func (s stage) timeline(pod string) []string {
	ginkgo.GinkgoHelper()
	content, err := os.ReadFile(filepath.Join(s.dir, "timeline"))
	if os.IsNotExist(err) {
		return nil
	}
	gomega.Expect(err).NotTo(gomega.HaveOccurred(), "read the timeline")
	var found []string
	for line := range strings.Lines(string(content)) {
		if what, ok := strings.CutPrefix(strings.TrimSpace(line), pod+" "); ok {
			found = append(found, what)
		}
	}
	return found
}

// expectInOrder asserts that each of these happened, once, and after the one named before it.
func expectInOrder(timeline []string, what ...string) {
	ginkgo.GinkgoHelper()
	last := -1
	for _, w := range what {
		at := slices.Index(timeline, w)
		problem := ""
		switch {
		case at < 0:
			problem = fmt.Sprintf("%q did not happen", w)
		case at < last:
			problem = fmt.Sprintf("%q happened too early", w)
		case slices.Contains(timeline[at+1:], w):
			problem = fmt.Sprintf("%q happened again", w)
		}
		gomega.Expect(problem).To(gomega.BeEmpty(), "what happened:\n%s", strings.Join(timeline, "\n"))
		last = at
	}
}
