// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"k8s.io/kubernetes/test/e2e/framework"
	"k8s.io/kubernetes/test/utils/actor"
)

// stopPathsFile is a file in the report directory with one line of JSON per container and stop. hack/stops reads it.
const stopPathsFile = "stop-paths.jsonl"

// stopRow describes one container in one stop. Times are in seconds since the first container was told to stop. The intended times are
// absent if the kubelet promises none.
type stopRow struct {
	Path      string   `json:"path"`
	Period    float64  `json:"period"`
	Container string   `json:"container"`
	ToldWant  *float64 `json:"toldWant,omitempty"`
	Told      float64  `json:"told"`
	EndWant   *float64 `json:"endWant,omitempty"`
	End       float64  `json:"end"`
}

// stopOf describes one stop of a pod.
type stopOf struct {
	path string
	// began is when the first container was told to stop.
	began time.Time
	// period is the time that is left from then on.
	period   time.Duration
	intended map[string]stopTimes
	observed map[string]stopTimes
}

// observeStop returns the observed times of the pod's containers.
func observeStop(path string, timeline actor.Timeline, ends map[string]time.Time) stopOf {
	stop := stopOf{path: path, observed: map[string]stopTimes{}}
	told := map[string]time.Time{}
	for _, moment := range timeline {
		name, isTold := strings.CutSuffix(moment.What, " term")
		if _, again := told[name]; !isTold || again {
			continue
		}
		told[name] = moment.At
		if stop.began.IsZero() {
			stop.began = moment.At
		}
	}
	for name, at := range told {
		stop.observed[name] = stopTimes{Told: at.Sub(stop.began), Ended: ends[name].Sub(stop.began)}
	}
	return stop
}

// names returns the names of the containers in the order in which they were told to stop.
func (s stopOf) names() []string {
	return slices.SortedFunc(maps.Keys(s.observed), func(a, b string) int {
		if s.observed[a].Told != s.observed[b].Told {
			return int(s.observed[a].Told - s.observed[b].Told)
		}
		return strings.Compare(a, b)
	})
}

// report adds the stop to the file and to the output of the suite.
func (s stopOf) report(context.Context) {
	ginkgo.GinkgoHelper()
	var lines, text strings.Builder
	for _, name := range s.names() {
		observed := s.observed[name]
		row := stopRow{
			Path: s.path, Period: s.period.Seconds(), Container: name, Told: observed.Told.Seconds(), End: observed.Ended.Seconds(),
		}
		fmt.Fprintf(&text, "\n%-10s told %6.3f ended %6.3f", name, row.Told, row.End)
		if times, promised := s.intended[name]; promised {
			told, end := times.Told.Seconds(), times.Ended.Seconds()
			row.ToldWant, row.EndWant = &told, &end
			fmt.Fprintf(&text, "  intended %6.3f %6.3f", told, end)
		}
		line, err := json.Marshal(row)
		framework.ExpectNoError(err, "write a report")
		lines.Write(append(line, '\n'))
	}
	ginkgo.AddReportEntry(fmt.Sprintf("%s, period %.1fs", s.path, s.period.Seconds()), text.String())
	dir := framework.TestContext.ReportDir
	if dir == "" {
		return
	}
	file, err := os.OpenFile(filepath.Join(dir, stopPathsFile), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	framework.ExpectNoError(err, "open the report of stops")
	_, err = file.WriteString(lines.String())
	framework.ExpectNoError(err, "write the report of stops")
	framework.ExpectNoError(file.Close(), "write the report of stops")
}

const (
	// recordDelay is what a container on a busy node needs at most to record a signal. Times count from the first record, so that
	// others seem to come earlier by as much.
	recordDelay = 1500 * time.Millisecond
	// runtimeDelay is what the runtime of a busy node needs at most to kill containers: containerd cleans up after one, for 2 s and
	// more, before it says that it has exited, and the kubelet waits 2 s for it. The next ones are told later by as much.
	runtimeDelay = 4 * time.Second
)

// beOnTime matches a time for which a busy node has the given one as its aim.
func beOnTime(intended time.Duration) types.GomegaMatcher {
	return gomega.And(gomega.BeNumerically(">", intended-recordDelay), gomega.BeNumerically("<", intended+runtimeDelay))
}

// late returns by how much a container was told to stop later than intended, at most.
func (s stopOf) late() time.Duration {
	var late time.Duration
	for name, observed := range s.observed {
		late = max(late, observed.Told-s.intended[name].Told)
	}
	return late
}

// expectOnTime expects the intended order, and the intended times as far as a busy node keeps them. hack/stops.sh measures how exact
// the times are on an idle node.
func (s stopOf) expectOnTime() {
	ginkgo.GinkgoHelper()
	// The containers record milliseconds.
	const resolution = time.Millisecond
	for name := range s.observed {
		gomega.Expect(s.intended).To(gomega.HaveKey(name), "%s: a container that did not run was told to stop", s.path)
	}
	for name, intended := range s.intended {
		observed, recorded := s.observed[name]
		if !recorded {
			// It has ended, but it had no time to record the signal.
			gomega.Expect(s.late()).To(gomega.BeNumerically(">", recordDelay), "%s: container %q was not told to stop, with time left", s.path, name)
			continue
		}
		for before, times := range s.intended {
			if times.Ended <= intended.Told {
				gomega.Expect(observed.Told+resolution).To(gomega.BeNumerically(">", s.observed[before].Ended),
					"%s: container %q was told to stop while %q ran", s.path, name, before)
			}
		}
		gomega.Expect(observed.Told).To(beOnTime(intended.Told), "%s: when container %q was told to stop", s.path, name)
		gomega.Expect(observed.Ended).To(beOnTime(intended.Ended), "%s: when container %q ended", s.path, name)
	}
}
