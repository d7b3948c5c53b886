// SPDX-License-Identifier: Apache-2.0

package reboot

import (
	"slices"
	"strings"
	"testing"

	v1 "k8s.io/api/core/v1"
)

// did returns the records of a boot of one pod, written as "container event" separated by commas.
func did(t *testing.T, pod, text string) []Record {
	t.Helper()
	var lines strings.Builder
	for what := range strings.SplitSeq(text, ", ") {
		lines.WriteString("a " + pod + " " + what + "\n")
	}
	records, err := Parse(lines.String())
	if err != nil {
		t.Fatal(err)
	}
	return records
}

func named(t *testing.T, name string) *v1.Pod {
	t.Helper()
	pods := Pods("/stage")
	i := slices.IndexFunc(pods, func(pod *v1.Pod) bool { return pod.Name == name })
	if i < 0 {
		t.Fatalf("there is no pod %q", name)
	}
	return pods[i]
}

func TestCheck(t *testing.T) {
	const up = "certs start, certs ready, certs exit, app start, app ready"
	tests := map[string]struct {
		did      string
		expected Expected
		// problem is part of the only problem; empty means none.
		problem string
	}{
		"in order":                {did: up},
		"stopped":                 {did: up + ", app term, app exit", expected: Expected{Stopped: true}},
		"done before":             {did: "app start, app ready", expected: Expected{Done: true}},
		"the app does not wait":   {did: "app start, certs start, certs ready, certs exit, app ready", problem: `came before "ready" of container "certs"`},
		"the app does not start":  {did: "certs start, certs ready, certs exit", problem: `"start" of container "app" happened 0 times`},
		"the bootstrap runs on":   {did: "certs start, certs ready, app start, app ready", problem: `"exit" of container "certs" happened 0 times`},
		"the bootstrap runs anew": {did: up, expected: Expected{Done: true}, problem: `"start" of container "certs" happened 1 times`},
		"nothing is told to stop": {did: up + ", app exit", expected: Expected{Stopped: true}, problem: `"term" of container "app" happened 0 times`},
		"killed before it ends":   {did: up + ", app term", expected: Expected{Stopped: true}, problem: `"exit" of container "app" happened 0 times`},
		"restarted":               {did: up + ", app start", problem: `"start" of container "app" happened 2 times`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			verdict, err := Check(did(t, "secured", test.did), named(t, "secured"), test.expected)
			if err != nil {
				t.Fatal(err)
			}
			if test.problem == "" && len(verdict.Problems) == 0 {
				return
			}
			if len(verdict.Problems) != 1 || test.problem == "" || !strings.Contains(verdict.Problems[0], test.problem) {
				t.Errorf("got %q, want one problem of %q", verdict.Problems, test.problem)
			}
		})
	}
}

// Each pair of containers that the mission's pod orders must be looked at, in the start and in the stop.
func TestCheckMission(t *testing.T) {
	up := []string{"metrics", "logs", "policy", "certs", "mesh", "worker", "web", "discovery"}
	var what []string
	for _, container := range up {
		what = append(what, container+" start", container+" ready")
	}
	for _, container := range slices.Backward(up) {
		what = append(what, container+" term", container+" exit")
	}
	// The log shipper outlives the apps.
	check := func(what []string) Verdict {
		verdict, err := Check(did(t, "mission", strings.Join(what, ", ")), named(t, "mission"), Expected{Stopped: true})
		if err != nil {
			t.Fatal(err)
		}
		return verdict
	}
	good := check(what)
	if len(good.Problems) > 0 || good.Starts < 15 || good.Stops < 15 {
		t.Errorf("got %+v, want no problems, and at least 15 pairs each", good)
	}
	for i := range up {
		// What stops first must not stop last.
		last := slices.Concat(what, []string{})
		from := len(up)*2 + i*2
		moved := slices.Clone(last[from : from+2])
		last = append(slices.Delete(last, from, from+2), moved...)
		if container := up[len(up)-1-i]; container != "metrics" && len(check(last).Problems) == 0 {
			t.Errorf("%q stops last and nobody minds", container)
		}
	}
}

func TestParse(t *testing.T) {
	records, err := Parse("a p c start\na p c ready\nb p c start\n")
	if err != nil || len(Boots(records)) != 2 || len(Boots(records)[0]) != 2 {
		t.Errorf("got %v, %v, want two boots", records, err)
	}
	if boots := Boots(nil); len(boots) != 0 {
		t.Errorf("got the boots %v of no records", boots)
	}
	for _, text := range []string{"a p c\n", "a p c start now\n", "a p c jump\n", "\n", strings.Repeat("x", 1<<20)} {
		if _, err := Parse(text); err == nil || len(err.Error()) > 300 {
			t.Errorf("%.20q: got the error %v", text, err)
		}
	}
}
