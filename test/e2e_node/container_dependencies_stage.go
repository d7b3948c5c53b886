// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	"k8s.io/kubernetes/test/e2e/framework"
)

// dependencyStage is a directory of the node that the containers of a spec share with the spec itself. Whatever a
// container does it writes into one file there, the timeline, and before most things it does it waits for a file, its
// cue. So a spec leads its pod from one state to the next without sleeping, it can do so while no kubelet runs, and the
// order of the lines is the order in which things happened.
type dependencyStage struct {
	dir string
}

const (
	stageMountPath = "/stage"
	timelineFile   = "timeline"
	// prompter is the name under which the spec itself writes into the timeline.
	prompter = "spec"
)

// stageScript is sourced by everything that runs in a container. The time of day comes from nmeter, because busybox's
// date knows no fractions of a second.
const stageScript = `
note() { echo "$(date -u +%F)T$(nmeter -d0 %3t | head -n1)Z $NAME $1" >> /stage/timeline; }

# A shell that waits for a process in the background takes a signal at once, else only when the process has ended.
await() { until [ -e "/stage/$NAME.$1" ]; do sleep 0.1 & wait "$!"; done; }

# One cue ends one run: a container that is restarted waits for the next.
perform() {
	trap 'note term; [ -z "$HOLD" ] || await stopped; note exit; exit 143' TERM
	note start
	touch /tmp/started
	await done
	code=$(cat "/stage/$NAME.done")
	rm "/stage/$NAME.done"
	note exit
	exit "$code"
}

hook() {
	note "$1"
	[ -z "$2" ] || await "$1"
	note "$1-done"
}

# Each instance of a container notes once that a probe of it passed.
probe() {
	[ -e "/stage/$NAME.$1" ] || exit 1
	[ -e "/tmp/$1" ] || { touch "/tmp/$1"; note "$1"; }
}
`

func newDependencyStage() *dependencyStage {
	ginkgo.GinkgoHelper()
	dir, err := os.MkdirTemp("", "container-dependencies-")
	framework.ExpectNoError(err, "make a directory to share with containers")
	ginkgo.DeferCleanup(os.RemoveAll, dir)
	framework.ExpectNoError(os.WriteFile(filepath.Join(dir, "script"), []byte(stageScript), 0o644), "write the containers' script")
	return &dependencyStage{dir: dir}
}

// cue lets a container go on that waits for it, such as "proxy.ready". It shows in the timeline as "spec proxy.ready".
func (s *dependencyStage) cue(name string) {
	ginkgo.GinkgoHelper()
	s.cueWith(name, "")
}

// finish lets the main process of a container exit with the code. It shows in the timeline as "spec <container>.done".
func (s *dependencyStage) finish(container string, code int) {
	ginkgo.GinkgoHelper()
	s.cueWith(container+".done", strconv.Itoa(code))
}

func (s *dependencyStage) cueWith(name, content string) {
	ginkgo.GinkgoHelper()
	timeline, err := os.OpenFile(filepath.Join(s.dir, timelineFile), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	framework.ExpectNoError(err, "open the timeline")
	_, err = fmt.Fprintf(timeline, "%s %s %s\n", time.Now().UTC().Format(timelineLayout), prompter, name)
	framework.ExpectNoError(err, "write into the timeline")
	framework.ExpectNoError(timeline.Close(), "write into the timeline")

	// A container must not read the file before it has its content.
	draft := filepath.Join(s.dir, "draft")
	framework.ExpectNoError(os.WriteFile(draft, []byte(content), 0o644), "write the cue %q", name)
	framework.ExpectNoError(os.Rename(draft, filepath.Join(s.dir, name)), "give the cue %q", name)
}

// withdraw takes a cue back: a probe that passed for it fails from now on.
func (s *dependencyStage) withdraw(name string) {
	ginkgo.GinkgoHelper()
	framework.ExpectNoError(os.Remove(filepath.Join(s.dir, name)), "take the cue %q back", name)
}

// timeline is what has happened so far.
func (s *dependencyStage) timeline() dependencyTimeline {
	ginkgo.GinkgoHelper()
	content, err := os.ReadFile(filepath.Join(s.dir, timelineFile))
	if os.IsNotExist(err) {
		return nil
	}
	framework.ExpectNoError(err, "read the timeline")
	timeline, err := parseDependencyTimeline(string(content))
	framework.ExpectNoError(err, "read the timeline")
	return timeline
}

// waitFor waits until all of that has happened.
func (s *dependencyStage) waitFor(ctx context.Context, what ...string) {
	ginkgo.GinkgoHelper()
	gomega.Eventually(ctx, s.timeline).WithTimeout(dependencyTimeout).WithPolling(dependencyPoll).
		Should(haveHappened(what...), "waiting for the pod's containers")
}
