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
	// Timeout is how long anything may take that happens without further cues.
	Timeout = time.Minute
	// Poll is the time between two looks.
	Poll = 100 * time.Millisecond
)

// Stage is a directory of the node that the containers of a spec share with the spec itself. Whatever a container does it
// writes into one file there, the timeline, and before most things it does it waits for a file, its cue. So a spec leads its
// pod from one state to the next without sleeping, it can do so while no kubelet runs, and the order of the lines is the order
// in which things happened.
type Stage struct {
	dir string
}

const (
	scriptFile   = "script"
	timelineFile = "timeline"
	// prompter is the name under which the spec itself writes into the timeline.
	prompter = "spec"
)

// NewStage makes a stage that is removed when the spec ends.
func NewStage() *Stage {
	ginkgo.GinkgoHelper()
	dir, err := os.MkdirTemp("", "container-dependencies-")
	gomega.Expect(err).NotTo(gomega.HaveOccurred(), "make a directory to share with containers")
	ginkgo.DeferCleanup(os.RemoveAll, dir)
	gomega.Expect(os.WriteFile(filepath.Join(dir, scriptFile), []byte(script), 0o644)).To(gomega.Succeed(), "write the containers' script")
	return &Stage{dir: dir}
}

// Join gives the pod the stage, which its actors mount.
func (s *Stage) Join(pod *v1.PodSpec) {
	pod.Volumes = []v1.Volume{{
		Name: volumeName,
		VolumeSource: v1.VolumeSource{
			HostPath: &v1.HostPathVolumeSource{Path: s.dir, Type: ptr.To(v1.HostPathDirectory)},
		},
	}}
}

// Cue lets a container go on that waits for it, such as "proxy.ready". It shows in the timeline as "spec proxy.ready".
func (s *Stage) Cue(name string) {
	ginkgo.GinkgoHelper()
	s.cueWith(name, "")
}

// Finish lets the main process of a container exit with the code. It shows in the timeline as "spec <container>.done".
func (s *Stage) Finish(container string, code int) {
	ginkgo.GinkgoHelper()
	s.cueWith(container+".done", strconv.Itoa(code))
}

func (s *Stage) cueWith(name, content string) {
	ginkgo.GinkgoHelper()
	timeline, err := os.OpenFile(filepath.Join(s.dir, timelineFile), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	gomega.Expect(err).NotTo(gomega.HaveOccurred(), "open the timeline")
	_, err = fmt.Fprintf(timeline, "%s %s %s %s\n", time.Now().UTC().Format(timelineLayout), noPod, prompter, name)
	gomega.Expect(err).NotTo(gomega.HaveOccurred(), "write into the timeline")
	gomega.Expect(timeline.Close()).To(gomega.Succeed(), "write into the timeline")

	// A container must not read the file before it has its content.
	draft := filepath.Join(s.dir, "draft")
	gomega.Expect(os.WriteFile(draft, []byte(content), 0o644)).To(gomega.Succeed(), "write the cue %q", name)
	gomega.Expect(os.Rename(draft, filepath.Join(s.dir, name))).To(gomega.Succeed(), "give the cue %q", name)
}

// Withdraw takes a cue back: a probe that passed for it fails from now on.
func (s *Stage) Withdraw(name string) {
	ginkgo.GinkgoHelper()
	gomega.Expect(os.Remove(filepath.Join(s.dir, name))).To(gomega.Succeed(), "take the cue %q back", name)
}

// Timeline returns what has happened so far.
func (s *Stage) Timeline() Timeline {
	ginkgo.GinkgoHelper()
	content, err := os.ReadFile(filepath.Join(s.dir, timelineFile))
	if os.IsNotExist(err) {
		return nil
	}
	gomega.Expect(err).NotTo(gomega.HaveOccurred(), "read the timeline")
	timeline, err := parseTimeline(string(content))
	gomega.Expect(err).NotTo(gomega.HaveOccurred(), "read the timeline")
	return timeline
}

// WaitFor waits until all of that has happened.
func (s *Stage) WaitFor(ctx context.Context, what ...string) {
	ginkgo.GinkgoHelper()
	gomega.Eventually(ctx, s.Timeline).WithTimeout(Timeout).WithPolling(Poll).Should(HaveHappened(what...), "waiting for the pod's containers")
}
