// SPDX-License-Identifier: Apache-2.0

package actor

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
)

const (
	// Timeout is the limit for everything that needs no further cues.
	Timeout = time.Minute
	// Poll is the polling interval.
	Poll = 100 * time.Millisecond
)

// Stage is a directory of the node that a spec shares with its containers. Containers record what they do in one file there, the
// timeline, so the order of its lines is the order of events. Before most steps, a container waits for a file, its cue. A spec can
// thus lead its pod from one state to the next without sleeping, even while no kubelet runs.
type Stage struct {
	dir string
}

const (
	scriptFile   = "script"
	timelineFile = "timeline"
	// prompter is the name that the spec uses in the timeline.
	prompter = "spec"
)

// NewStage creates a stage, which is removed when the spec ends.
func NewStage() *Stage {
	ginkgo.GinkgoHelper()
	dir, err := os.MkdirTemp("", "container-dependencies-")
	gomega.Expect(err).NotTo(gomega.HaveOccurred(), "make a directory to share with containers")
	ginkgo.DeferCleanup(os.RemoveAll, dir)
	// Containers need not run as root to take part.
	gomega.Expect(os.Chmod(dir, 0o777)).To(gomega.Succeed(), "share a directory with all users")
	timeline := filepath.Join(dir, timelineFile)
	gomega.Expect(os.WriteFile(timeline, nil, 0o666)).To(gomega.Succeed(), "begin the timeline")
	gomega.Expect(os.Chmod(timeline, 0o666)).To(gomega.Succeed(), "share the timeline with all users")
	gomega.Expect(os.WriteFile(filepath.Join(dir, scriptFile), []byte(script), 0o644)).To(gomega.Succeed(), "write the containers' script")
	return &Stage{dir: dir}
}

// Join adds the stage to the pod as the volume that its actors mount.
func (s *Stage) Join(pod *v1.PodSpec) {
	pod.Volumes = append(pod.Volumes, v1.Volume{
		Name: volumeName,
		VolumeSource: v1.VolumeSource{
			HostPath: &v1.HostPathVolumeSource{Path: s.dir, Type: ptr.To(v1.HostPathDirectory)},
		},
	})
}

// Cue gives the cue with that name, such as "proxy.ready", to the container that waits for it. The timeline records it as
// "spec proxy.ready".
func (s *Stage) Cue(name string) {
	ginkgo.GinkgoHelper()
	s.cueWith(name, "")
}

// Finish makes the main process of a container exit with the code. The timeline records it as "spec <container>.done".
func (s *Stage) Finish(container string, code int) {
	ginkgo.GinkgoHelper()
	s.cueWith(container+".done", strconv.Itoa(code))
}

// Overeat makes the main process of a container take more memory than any container of a spec may have. The container records "eat".
func (s *Stage) Overeat(container string) {
	ginkgo.GinkgoHelper()
	s.cueWith(container+".done", "eat")
}

// OvereatInChild makes a child of the container's main process do the same. The container records "eat", and "spared" if it outlives
// its child.
func (s *Stage) OvereatInChild(container string) {
	ginkgo.GinkgoHelper()
	s.cueWith(container+".done", "eat-in-child")
}

func (s *Stage) cueWith(name, content string) {
	ginkgo.GinkgoHelper()
	timeline, err := os.OpenFile(filepath.Join(s.dir, timelineFile), os.O_APPEND|os.O_WRONLY, 0)
	gomega.Expect(err).NotTo(gomega.HaveOccurred(), "open the timeline")
	_, err = fmt.Fprintf(timeline, "%s %s %s %s\n", time.Now().UTC().Format(timelineLayout), noPod, prompter, name)
	gomega.Expect(err).NotTo(gomega.HaveOccurred(), "write into the timeline")
	gomega.Expect(timeline.Close()).To(gomega.Succeed(), "write into the timeline")

	// Rename the file, so that a container cannot read it before it is complete.
	draft := filepath.Join(s.dir, "draft")
	gomega.Expect(os.WriteFile(draft, []byte(content), 0o644)).To(gomega.Succeed(), "write the cue %q", name)
	gomega.Expect(os.Rename(draft, filepath.Join(s.dir, name))).To(gomega.Succeed(), "give the cue %q", name)
}

// Withdraw removes a cue. Probes that depend on it fail from now on.
func (s *Stage) Withdraw(name string) {
	ginkgo.GinkgoHelper()
	gomega.Expect(os.Remove(filepath.Join(s.dir, name))).To(gomega.Succeed(), "withdraw the cue %q", name)
}

// Timeline returns the events so far.
func (s *Stage) Timeline() Timeline {
	ginkgo.GinkgoHelper()
	content, err := os.ReadFile(filepath.Join(s.dir, timelineFile))
	gomega.Expect(err).NotTo(gomega.HaveOccurred(), "read the timeline")
	timeline, err := parseTimeline(string(content))
	gomega.Expect(err).NotTo(gomega.HaveOccurred(), "read the timeline")
	return timeline
}

// WaitFor waits until all of these have happened.
func (s *Stage) WaitFor(ctx context.Context, what ...string) {
	ginkgo.GinkgoHelper()
	gomega.Eventually(ctx, s.Timeline).WithTimeout(Timeout).WithPolling(Poll).
		Should(HaveHappened(what...), "waiting for the pod's containers")
}
