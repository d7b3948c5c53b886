// SPDX-License-Identifier: Apache-2.0

package facts

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	v1 "k8s.io/api/core/v1"

	"kubelet-ordering/pkg/api/v1/dependency"
)

var begin = time.Date(2026, 11, 22, 21, 0, 0, 0, time.UTC)

func at(seconds float64) time.Time { return begin.Add(time.Duration(seconds * float64(time.Second))) }

func recorder(traits Traits) (*Recorder, *Container) {
	c := &Container{Traits: traits}
	return &Recorder{Pod: &Pod{Begin: begin, Containers: []*Container{c}}}, c
}

func running(ready bool) *v1.PodStatus {
	started := true
	return &v1.PodStatus{Phase: v1.PodRunning, ContainerStatuses: []v1.ContainerStatus{{
		Name: "app", ContainerID: "containerd://a", Ready: ready, Started: &started,
		State: v1.ContainerState{Running: &v1.ContainerStateRunning{}},
	}}}
}

func TestRuns(t *testing.T) {
	a := Record{Name: "app", ID: "a", Created: at(1), Started: at(2)}
	b := Record{Name: "app", ID: "b", Created: at(5), Started: at(6)}
	ended, other := a, a
	ended.Finished, ended.ExitCode = at(4), 1
	other.Name = "other"
	tests := map[string]struct {
		looks [][]Record
		want  []*Run
	}{
		"a run is followed":            {looks: [][]Record{{a}, {ended}}, want: []*Run{{Record: ended}}},
		"runs are ordered by creation": {looks: [][]Record{{b, ended}}, want: []*Run{{Record: ended}, {Record: b}}},
		"a run that ended may be removed": {
			looks: [][]Record{{ended}, {b}}, want: []*Run{{Record: ended}, {Record: b}},
		},
		"an unknown container is ignored": {looks: [][]Record{{other}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r, c := recorder(Traits{Name: "app"})
			for _, look := range test.looks {
				r.Runs(look)
			}
			if diff := cmp.Diff(test.want, c.Runs); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadyIsKnownToTheIntervalBetweenTwoQuestions(t *testing.T) {
	r, c := recorder(Traits{Name: "app", Readiness: true})
	r.Runs([]Record{{Name: "app", ID: "a", Created: at(1), Started: at(1.5)}})
	r.Status(at(2), at(2.1), running(false))
	r.Status(at(3), at(3.1), running(false))
	r.Status(at(4), at(4.1), running(true))
	want := Moment{Earliest: at(3), Latest: at(4.1)}
	if diff := cmp.Diff(want, c.First(dependency.Ready)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTheLogKnowsWhenAProbeSucceeded(t *testing.T) {
	r, c := recorder(Traits{Name: "app", Readiness: true})
	r.Runs([]Record{{Name: "app", ID: "a", Created: at(1), Started: at(1.5)}})
	r.Status(at(3), at(3.1), running(false))
	r.Status(at(4), at(4.1), running(true))
	for _, probe := range []float64{2.5, 3.5, 4.5} {
		r.Log(Line{At: at(probe), Container: "app", Step: Probed})
	}
	want := Moment{Earliest: at(3.5), Latest: at(3.5)}
	if diff := cmp.Diff(want, c.First(dependency.Ready)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEachWaitIsKeptOnce(t *testing.T) {
	r, c := recorder(Traits{Name: "app"})
	waiting := func(reason, message string) *v1.PodStatus {
		return &v1.PodStatus{Phase: v1.PodPending, ContainerStatuses: []v1.ContainerStatus{{
			Name: "app", State: v1.ContainerState{Waiting: &v1.ContainerStateWaiting{Reason: reason, Message: message}},
		}}}
	}
	for i, status := range []*v1.PodStatus{waiting("A", "x"), waiting("A", "x"), waiting("A", "y"), {}, running(true), running(true)} {
		r.Status(at(float64(i)), at(float64(i)+0.1), status)
	}
	want := []Wait{{From: at(0.1), Reason: "A", Message: "x"}, {From: at(2.1), Reason: "A", Message: "y"}, {From: at(4.1)}}
	if diff := cmp.Diff(want, c.Waits); diff != "" {
		t.Errorf("waits (-want +got):\n%s", diff)
	}
	turn := []Turn{{Run: "a", At: at(4.1), On: true}}
	if diff := cmp.Diff([][]Turn{turn, turn}, [][]Turn{c.Started, c.Ready}); diff != "" {
		t.Errorf("started, ready (-want +got):\n%s", diff)
	}
	if r.Pod.Phase != v1.PodRunning {
		t.Errorf("got phase %q", r.Pod.Phase)
	}
}

func TestReadyAtFirstSightIsNotOlderThanTheRun(t *testing.T) {
	r, c := recorder(Traits{Name: "app", Readiness: true})
	r.Runs([]Record{{Name: "app", ID: "a", Created: at(1), Started: at(1.5)}})
	r.Status(at(2), at(2.1), running(true))
	want := Moment{Earliest: at(1.5), Latest: at(2.1)}
	if diff := cmp.Diff(want, c.First(dependency.Ready)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFirstEnd(t *testing.T) {
	failed := Record{ID: "a", Started: at(1), Finished: at(2), ExitCode: 1}
	succeeded := Record{ID: "b", Started: at(3), Finished: at(4)}
	lost := Record{Started: at(1), Finished: at(2), Lost: true}
	const never, onFailure, always = v1.RestartPolicyNever, v1.RestartPolicyOnFailure, v1.RestartPolicyAlways
	tests := map[string]struct {
		runs      []Record
		condition dependency.Condition
		policy    v1.RestartPolicy
		want      time.Time
	}{
		"code 0 is success": {
			runs:      []Record{succeeded},
			condition: dependency.Succeeded, policy: never, want: at(4),
		},
		"under Always nothing ends": {runs: []Record{succeeded}, condition: dependency.Succeeded, policy: always},
		"what has succeeded counts as Ready": {
			runs:      []Record{failed, succeeded},
			condition: dependency.Ready, policy: onFailure, want: at(4),
		},
		"another code is no success": {runs: []Record{failed}, condition: dependency.Succeeded, policy: never},
		"under Never any code completes": {
			runs:      []Record{failed},
			condition: dependency.Completed, policy: never, want: at(2),
		},
		"an exit that was not observed proves nothing": {runs: []Record{lost}, condition: dependency.Completed, policy: never},
		"a failure before a restart is not final": {
			runs: []Record{failed, succeeded}, condition: dependency.Completed, policy: onFailure, want: at(4),
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := &Container{Traits: Traits{Policy: test.policy, Readiness: true}}
			for _, run := range test.runs {
				c.note(run)
			}
			if got := c.First(test.condition).Latest; !got.Equal(test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestLog(t *testing.T) {
	tests := map[string]struct {
		traits                Traits
		finished              time.Time
		lines                 []Line
		told, signalled, hook time.Time
	}{
		"told, then signalled": {
			lines: []Line{{At: at(3), Step: Told}, {At: at(4), Run: "a", Step: Signalled}}, told: at(3), signalled: at(4),
		},
		"the signal without the event": {lines: []Line{{At: at(4), Run: "a", Step: Signalled}}, told: at(4), signalled: at(4)},
		"the earliest line counts":     {lines: []Line{{At: at(3.1), Step: Told}, {At: at(3), Run: "a", Step: Told}}, told: at(3)},
		"a hook in turn": {
			lines: []Line{{At: at(3), Run: "a", Step: HookBegan}, {At: at(4), Run: "a", Step: Signalled}},
			told:  at(3), hook: at(3), signalled: at(4),
		},
		"a hook before the turn": {
			traits: Traits{AtTermination: true},
			lines:  []Line{{At: at(3), Run: "a", Step: HookBegan}, {At: at(4), Run: "a", Step: HookEnded}, {At: at(5), Step: Told}},
			told:   at(5), hook: at(3),
		},
		"a container that had exited was not stopped": {finished: at(2), lines: []Line{{At: at(3), Step: Told}}},
		"a line from before the run":                  {lines: []Line{{At: at(1), Step: Told}}},
		"a line about another container":              {lines: []Line{{At: at(3), Run: "b", Step: Told}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.traits.Name = "app"
			r, c := recorder(test.traits)
			c.note(Record{ID: "a", Created: at(1), Started: at(1.5), Finished: test.finished})
			for _, line := range test.lines {
				line.Container = "app"
				r.Log(line)
			}
			run := c.Runs[0]
			if diff := cmp.Diff([]time.Time{test.told, test.signalled, test.hook}, []time.Time{run.Told, run.Signalled, run.HookBegan}); diff != "" {
				t.Errorf("told, signalled, hook (-want +got):\n%s", diff)
			}
		})
	}
}
