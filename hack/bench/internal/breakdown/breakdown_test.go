// SPDX-License-Identifier: Apache-2.0

package breakdown

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kubelet-ordering/hack/bench/internal/shape"
)

var noon = time.Date(2026, time.May, 4, 12, 0, 0, 0, time.Local)

// at returns a time so many milliseconds after noon.
func at(ms int) time.Time { return noon.Add(time.Duration(ms) * time.Millisecond) }

func line(ms int, format string, args ...any) string {
	return "I" + at(ms).Format("0102 15:04:05.000000") + "     110 file.go:1] " + fmt.Sprintf(format, args...) + "\n"
}

func reason(ms int, field, reason string) string {
	return line(ms, `"Event occurred" object="default/p-node" fieldPath="spec.%s" kind="Pod" type="Normal" reason="%s" message="x"`, field, reason)
}

func TestRead(t *testing.T) {
	log := "no line of klog\n" +
		line(1, `"Dependencies of container are satisfied" pod="default/p-node" containerName="a" waited="1ms"`) +
		line(2, `"Creating container in pod" containerType="container" container="a" pod="default/p-node"`) +
		reason(3, "containers{a}", "Pulled") + reason(4, "containers{a}", "Created") + reason(5, "containers{a}", "Started") +
		reason(6, "containers{a}", "Killing") +
		line(7, `"Probe succeeded" probeType="Startup" pod="default/p-node" podUID="u" containerName="a" extra=true`) +
		line(8, `"Probe succeeded" probeType="Startup" pod="default/p-node" podUID="u" containerName="a"`) +
		reason(9, "initContainers{b}", "Pulled") +
		line(11, `"container event received" resp="container_id:\"c1\"  container_event_type:CONTAINER_STOPPED_EVENT  created_at:1"`) +
		line(12, `"container event received" resp="container_id:\"c2\"  container_event_type:CONTAINER_STARTED_EVENT  created_at:1"`) +
		line(10, `"Unrelated" pod="default/p-node" containerName="a"`)
	got, err := Read(strings.NewReader(log), noon)
	if err != nil {
		t.Fatal(err)
	}
	want := &Log{
		Pods: map[string]map[string]*Steps{"p-node": {
			"a": {Open: at(1), Creating: at(2), Pulled: at(3), Created: at(4), Started: at(5), Probed: at(7)},
			"b": {Pulled: at(9)},
		}},
		Exits: map[string]time.Time{"c1": at(11)},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
}

// started returns the steps of a container whose start began at a time: image 1 ms, create 10 ms, start 20 ms.
func started(ms int) *Steps {
	return &Steps{Creating: at(ms), Pulled: at(ms + 1), Created: at(ms + 11), Started: at(ms + 31)}
}

func TestAlong(t *testing.T) {
	ms := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
	probed := func(s *Steps, ms int) *Steps { s.Probed = at(ms); return s }
	open := func(s *Steps, ms int) *Steps { s.Open = at(ms); return s }
	tests := map[string]struct {
		nodes []shape.Node
		steps map[string]*Steps
		ended map[string]End
		want  Shares
		fails string
	}{
		"one container": {
			nodes: []shape.Node{{Name: "app"}},
			steps: map[string]*Steps{"app": started(5)},
			want:  Shares{Sandbox: ms(5), Pull: ms(1), Create: ms(10), Start: ms(20)},
		},
		"the last to be ready decides": {
			nodes: []shape.Node{{Name: "fast"}, {Name: "slow"}, {Name: "app", After: []string{"fast", "slow"}}},
			steps: map[string]*Steps{
				"fast": probed(started(5), 50), "slow": probed(started(6), 150), "app": open(started(170), 160),
			},
			want: Shares{Sandbox: ms(6), Sync: ms(10), Gate: ms(10), Pull: ms(2), Create: ms(20), Start: ms(40), WarmUp: ms(100), Probe: ms(13)},
		},
		"a kubelet that does not say when it knew": {
			nodes: []shape.Node{{Name: "a"}, {Name: "app", After: []string{"a"}}},
			steps: map[string]*Steps{"a": probed(started(5), 50), "app": started(170)},
			want:  Shares{Sandbox: ms(5), Gate: ms(120), Pull: ms(2), Create: ms(20), Start: ms(40), WarmUp: ms(14)},
		},
		"a container that ends": {
			nodes: []shape.Node{{Name: "certs", Ends: true}, {Name: "app", After: []string{"certs"}}},
			steps: map[string]*Steps{"certs": started(5), "app": open(started(200), 200)},
			ended: map[string]End{"certs": {At: at(190)}},
			want:  Shares{Sandbox: ms(5), Gate: ms(10), Pull: ms(2), Create: ms(20), Start: ms(40), WarmUp: ms(154)},
		},
		"a container of whose end the runtime tells": {
			nodes: []shape.Node{{Name: "certs", Ends: true}, {Name: "app", After: []string{"certs"}}},
			steps: map[string]*Steps{"certs": started(5), "app": open(started(200), 200)},
			ended: map[string]End{"certs": {At: at(190), Said: at(197)}},
			want:  Shares{Sandbox: ms(5), Exit: ms(7), Gate: ms(3), Pull: ms(2), Create: ms(20), Start: ms(40), WarmUp: ms(154)},
		},
		"a step is missing": {
			nodes: []shape.Node{{Name: "app"}}, steps: map[string]*Steps{"app": {Creating: at(1)}}, fails: "lacks steps of the start of app",
		},
		"the dependency has not ended": {
			nodes: []shape.Node{{Name: "certs", Ends: true}, {Name: "app", After: []string{"certs"}}},
			steps: map[string]*Steps{"certs": started(5), "app": started(200)}, fails: "certs has not ended",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Along(noon, test.nodes, test.steps, test.ended, func(string) time.Duration { return ms(100) })
			if test.fails != "" {
				if err == nil || !strings.Contains(err.Error(), test.fails) {
					t.Fatalf("error %v, want one with %q", err, test.fails)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("shares (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLatencies(t *testing.T) {
	nodes := []shape.Node{
		{Name: "certs", Ends: true}, {Name: "mesh", After: []string{"certs"}}, {Name: "app", After: []string{"certs", "mesh"}},
	}
	mesh := started(110)
	mesh.Probed = at(300)
	app := started(312)
	app.Open = at(308)
	steps := map[string]*Steps{"certs": started(5), "mesh": mesh, "app": app}
	got, err := Latencies(nodes, steps, map[string]End{"certs": {At: at(80), Said: at(90)}})
	if err != nil {
		t.Fatal(err)
	}
	const ms = time.Millisecond
	if diff := cmp.Diff([]Latency{{Gate: 20 * ms, Pull: ms}, {Gate: 8 * ms, Sync: 4 * ms, Pull: ms}}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got, err := Latencies(nodes, steps, nil); err == nil {
		t.Errorf("got %v although nobody knows when certs ended", got)
	}
}
