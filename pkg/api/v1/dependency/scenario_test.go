// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	v1 "k8s.io/api/core/v1"
)

var update = flag.Bool("update", false, "write what the scenarios in testdata print into their files")

// TestScenarios plays the files of testdata. A file has comments (lines that begin with #) and steps, one per line. A line of
// dashes separates the steps from their output, which ends at an empty line. The steps:
//
//	pod POLICY [GRACE]         a new pod; prints its graph, or its problems. A dash means no policy. The indented lines
//	                           below it are its containers:
//	  init NAME [JSON]         an init container, and its field
//	  native NAME [JSON]       a native sidecar, and its field
//	  NAME [hook] [POLICY] [field JSON] [JSON]
//	                           a regular container, whether it has a postStart hook, its own restart policy, its field and
//	                           its annotation
//	observe NAME FACTS...      the state of a container from now on: none, created, running or exited CODE; and
//	                           started, ready, restarts, restartsAll, starting, former (in a former sandbox),
//	                           stopped (by the kubelet), attempted, since=HH:MM:SS, pulled (its image, ahead of its start), pull=ERROR
//	sandbox new                a new sandbox: all records are in a former one
//	sandbox lost               the pod has no sandbox and will not get a new one
//	outdated                   a start has ended since the runtime reported the states
//	kubelet restarts           all probe results are lost
//	decide                     prints the decisions
//	awaited                    prints the probes that other containers wait for
//	pulls                      prints the containers whose images must be pulled while they wait
//	stages                     prints the stages in which the containers stop
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			got, err := play(string(want))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if *update {
				if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := gocmp.Diff(string(want), got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		})
	}
}

const dashes = "----"

// play returns the text of a scenario with the actual output of its steps.
func play(text string) (string, error) {
	var played strings.Builder
	var s stage
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		fmt.Fprintln(&played, line)
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case line == dashes:
			if err := s.build(); err != nil {
				return "", fmt.Errorf("line %d: %w", i+1, err)
			}
			played.WriteString(s.printed.String())
			s.printed.Reset()
			for i+1 < len(lines) && lines[i+1] != "" {
				i++
			}
		default:
			if err := s.step(line); err != nil {
				return "", fmt.Errorf("line %d: %w", i+1, err)
			}
		}
	}
	return played.String(), nil
}

// stage is the state of a running scenario.
type stage struct {
	pod      *podBuilder
	graph    *Graph
	observed PodObservation
	printed  strings.Builder
}

func (s *stage) step(line string) error {
	words := strings.Fields(line)
	switch {
	case words[0] == "pod":
		s.pod, s.graph = newPod().policy(v1.RestartPolicy(strings.Trim(words[1], "-"))), nil
		s.observed = PodObservation{Containers: map[string]Observation{}}
		if len(words) > 2 {
			grace, err := strconv.ParseInt(words[2], 10, 64)
			if err != nil {
				return err
			}
			s.pod.grace(grace)
		}
		return nil
	case strings.HasPrefix(line, " "):
		return s.container(words)
	}
	if err := s.build(); err != nil {
		return err
	}
	if s.graph == nil {
		return fmt.Errorf("%s: the pod is not valid", line)
	}
	switch {
	case words[0] == "observe":
		return s.observe(words[1], words[2:])
	case line == "sandbox new":
		for name, o := range s.observed.Containers {
			o.Active = false
			s.observed.Containers[name] = o
		}
	case line == "sandbox lost":
		s.observed.SandboxLost = true
	case line == "outdated":
		s.observed.Outdated = true
	case line == "kubelet restarts":
		for name, o := range s.observed.Containers {
			o.Ready = false
			s.observed.Containers[name] = o
		}
	case line == "decide":
		s.decide()
	case line == "awaited":
		awaited := s.graph.Decide(s.observed).Awaited
		for _, name := range slices.Sorted(maps.Keys(awaited)) {
			fmt.Fprintln(&s.printed, name, awaited[name])
		}
		if len(awaited) == 0 {
			fmt.Fprintln(&s.printed, "none")
		}
	case line == "pulls":
		decisions := s.graph.Decide(s.observed)
		var names []string
		for _, c := range s.graph.Plan().Containers {
			if decisions.Containers[c.Name].PullImage {
				names = append(names, c.Name)
			}
		}
		fmt.Fprintln(&s.printed, cmp.Or(strings.Join(names, " "), "none"))
	case line == "stages":
		for _, stage := range s.graph.StopStages(allRun) {
			fmt.Fprintln(&s.printed, strings.Join(stage, " "))
		}
	default:
		return fmt.Errorf("unknown step %q", line)
	}
	return nil
}

func (s *stage) container(words []string) error {
	switch words[0] {
	case "init", "native":
		if words[0] == "init" {
			s.pod.init(words[1])
		} else {
			s.pod.native(words[1])
		}
		if len(words) > 2 {
			s.pod.says(strings.Join(words[2:], " "))
		}
		return nil
	}
	name, words := words[0], words[1:]
	annotation, policy, field := "-", "", ""
	hook := len(words) > 0 && words[0] == "hook"
	if hook {
		words = words[1:]
	}
	if len(words) > 0 && words[0] != "field" && !strings.HasPrefix(words[0], "{") {
		policy, words = words[0], words[1:]
	}
	rest := strings.Join(words, " ")
	if text, ok := strings.CutPrefix(rest, "field "); ok {
		decoder := json.NewDecoder(strings.NewReader(text))
		var lifecycle json.RawMessage
		if err := decoder.Decode(&lifecycle); err != nil {
			return err
		}
		field, rest = string(lifecycle), strings.TrimSpace(text[decoder.InputOffset():])
	}
	if rest != "" {
		annotation = rest
	}
	s.pod.container(name, annotation)
	if hook {
		s.pod.postStart()
	}
	if field != "" {
		s.pod.says(field)
	}
	if policy != "" {
		s.pod.restarts(v1.ContainerRestartPolicy(policy))
	}
	return nil
}

// build must be called after the last line of a pod.
func (s *stage) build() error {
	if s.pod == nil {
		return nil
	}
	graph, err := ForPod(s.pod.pod, podFields)
	switch {
	case err != nil:
		for _, text := range problems(s.pod.pod) {
			fmt.Fprintln(&s.printed, text)
		}
	case graph == nil:
		return fmt.Errorf("the pod does not use ordering")
	default:
		s.graph = graph
		s.printed.WriteString(graph.String())
	}
	s.pod = nil
	return nil
}

func (s *stage) observe(name string, facts []string) error {
	if _, known := s.graph.index[name]; !known {
		return fmt.Errorf("unknown container %q", name)
	}
	o := Observation{Active: true}
	for i := 0; i < len(facts); i++ {
		since, timed := strings.CutPrefix(facts[i], "since=")
		switch {
		case timed:
			t, err := time.Parse(time.RFC3339, "2026-11-22T"+since+"Z")
			if err != nil {
				return err
			}
			o.Since = t
		case facts[i] == "none":
			o.State = NoRecord
		case facts[i] == "created":
			o.State = Created
		case facts[i] == "running":
			o.State = Running
		case facts[i] == "exited":
			i++
			code, err := strconv.ParseInt(facts[i], 10, 32)
			if err != nil {
				return err
			}
			o.State, o.ExitCode = Exited, int32(code)
		case facts[i] == "started":
			o.Started = true
		case facts[i] == "ready":
			o.Started, o.Ready = true, true
		case facts[i] == "restarts":
			o.Restarts = true
		case facts[i] == "restartsAll":
			o.Restarts, o.RestartsAll = true, true
		case facts[i] == "stopped":
			o.Stopped = true
		case facts[i] == "attempted":
			o.Attempted = true
		case facts[i] == "starting":
			o.Starting = true
		case facts[i] == "former":
			o.Active = false
		case facts[i] == "pulled":
			o.PulledAhead = true
		case strings.HasPrefix(facts[i], "pull="):
			o.PulledAhead, o.PullError = true, strings.TrimPrefix(facts[i], "pull=")
		default:
			return fmt.Errorf("unknown fact %q", facts[i])
		}
	}
	s.observed.Containers[name] = o
	return nil
}

func (s *stage) decide() {
	decisions := s.graph.Decide(s.observed)
	width := 0
	for name := range decisions.Containers {
		width = max(width, len(name))
	}
	for _, c := range s.graph.Plan().Containers {
		d := decisions.Containers[c.Name]
		word := d.Gate.String()
		if d.Finished {
			word = "finished"
		}
		fmt.Fprintln(&s.printed, strings.TrimRight(fmt.Sprintf("%-*s  %-11s  %s", width, c.Name, word, d.Message), " "))
	}
	if decisions.Restarting {
		fmt.Fprintln(&s.printed, "restarting")
	}
	if decisions.Complete {
		fmt.Fprintln(&s.printed, "complete")
	}
	if decisions.Failed != "" {
		fmt.Fprintln(&s.printed, "failed:", decisions.Failed)
	}
}
