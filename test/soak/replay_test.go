// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	"k8s.io/kubernetes/test/utils/ordercheck"
)

// appAndProxy is a pod of an app and a Sidecar, which has a readiness probe.
func appAndProxy() *ordercheck.Subject {
	s := &ordercheck.Subject{
		Pod: &v1.Pod{Spec: v1.PodSpec{
			RestartPolicy: v1.RestartPolicyAlways, TerminationGracePeriodSeconds: ptr.To[int64](30),
			Containers: []v1.Container{{Name: "app"}, {Name: "proxy", ReadinessProbe: &v1.Probe{}}},
		}},
		Said: map[string]*dependency.Lifecycle{"proxy": {Type: dependency.Sidecar}},
	}
	s.Edges = ordercheck.EdgesByTheBook(s.Spec.Containers, nil, s.Said)
	s.StopEdges = s.Edges.Without(ordercheck.ByList)
	return s
}

// story is a log that is being written: each event happens a second after the one before.
type story struct {
	now    time.Time
	events []Event
	calls  uint64
	// started is when containers were started, by name.
	started map[string]time.Time
}

func (s *story) add(e Event) {
	s.now = s.now.Add(time.Second)
	e.At = s.now
	if e.Kind != kubeletBegins && e.Kind != kubeletDies {
		e.Pod = "uid"
	}
	if e.Process == 0 {
		e.Process = 1
	}
	s.events = append(s.events, e)
}

func (s *story) call(e Event) {
	s.calls++
	e.Call, e.Kind = s.calls, callBegins
	begin := e
	if e.Verb == "create" {
		begin.Container = ""
	}
	s.add(begin)
	e.Kind = callEnds
	s.add(e)
}

func (s *story) starts(name string) {
	s.call(Event{Verb: "create", Sandbox: "box", Container: name + "-1", Name: name})
	s.started[name] = s.now.Add(1500 * time.Millisecond)
	s.call(Event{Verb: "start", Sandbox: "box", Container: name + "-1", Name: name})
}

func (s *story) exits(name string, code int32) {
	s.add(Event{Kind: containerSeen, Sandbox: "box", Container: name + "-1", Name: name, State: "EXITED", Code: code, StartedAt: s.started[name],
		FinishedAt: s.now.Add(time.Second)})
}

func (s *story) ready(name string) {
	s.call(Event{Verb: readyFile, Sandbox: "box", Container: name + "-1", Name: name})
}

func (s *story) unready(name string) {
	s.call(Event{Verb: readyFile, Container: name + "-1", Name: name, Code: 2, Error: "not ready"})
}

func (s *story) stops(name string) {
	s.call(Event{Verb: "stop", Sandbox: "box", Container: name + "-1", Name: name, Timeout: 26})
}

func (s *story) wait(d time.Duration) { s.now = s.now.Add(d) }

func TestReplay(t *testing.T) {
	up := func(s *story) {
		s.call(Event{Verb: "run", Sandbox: "box"})
		s.starts("proxy")
		s.ready("proxy")
		s.starts("app")
	}
	deleted := func(s *story) { s.add(Event{Kind: podDeleted, Grace: 30}) }
	for name, test := range map[string]struct {
		tell func(s *story)
		// want is the beginning of the only violation; "" is none.
		want string
	}{
		"a life in order": {func(s *story) {
			up(s)
			deleted(s)
			s.stops("app")
			s.exits("app", 143)
			s.stops("proxy")
		}, ""},
		"an app before its proxy is ready": {func(s *story) {
			s.call(Event{Verb: "run", Sandbox: "box"})
			s.starts("proxy")
			s.starts("app")
		}, "S: app starts, but proxy is not Ready"},
		"an app after its proxy was ready too long ago": {func(s *story) {
			s.call(Event{Verb: "run", Sandbox: "box"})
			s.starts("proxy")
			s.ready("proxy")
			s.unready("proxy")
			s.wait(20 * time.Second)
			s.starts("app")
		}, "S: app starts, but proxy is not Ready"},
		"an app just after its proxy was ready": {func(s *story) {
			s.call(Event{Verb: "run", Sandbox: "box"})
			s.starts("proxy")
			s.ready("proxy")
			s.unready("proxy")
			s.starts("app")
		}, ""},
		"a kubelet that was restarted and has no result of its own": {func(s *story) {
			s.call(Event{Verb: "run", Sandbox: "box"})
			s.starts("proxy")
			s.ready("proxy")
			s.add(Event{Kind: kubeletDies, Process: 1})
			s.wait(20 * time.Second)
			s.add(Event{Kind: kubeletBegins, Process: 2})
			s.wait(20 * time.Second)
			s.call(Event{Process: 2, Verb: "create", Sandbox: "box", Container: "app-1", Name: "app"})
		}, "S: app starts, but proxy is not Ready"},
		"a proxy that stops first": {func(s *story) {
			up(s)
			deleted(s)
			s.stops("proxy")
		}, "T: stop proxy"},
		"a proxy that stops after the app's limit": {func(s *story) {
			up(s)
			deleted(s)
			s.stops("app")
			s.wait(30 * time.Second)
			s.stops("proxy")
		}, ""},
		"a proxy that stops first in a short grace period": {func(s *story) {
			up(s)
			s.add(Event{Kind: podDeleted, Grace: 10})
			s.stops("proxy")
		}, "T: stop proxy"},
		"a sandbox that stops first": {func(s *story) {
			up(s)
			deleted(s)
			s.call(Event{Verb: "halt", Sandbox: "box"})
		}, "T: halt the sandbox while"},
		"a container that runs twice": {func(s *story) {
			up(s)
			s.call(Event{Verb: "create", Sandbox: "box", Container: "app-2", Name: "app"})
		}, "S: create app while the container runs"},
		"a start in a terminating pod": {func(s *story) {
			up(s)
			s.exits("app", 1)
			deleted(s)
			s.wait(20 * time.Second)
			s.call(Event{Verb: "create", Sandbox: "box", Container: "app-2", Name: "app"})
		}, "S: create app in a terminating pod"},
		"a pod that is Failed for no reason": {func(s *story) {
			up(s)
			s.add(Event{Kind: podStatus, Phase: "Failed", Reason: "DependencyFailed"})
		}, "L: the pod fails"},
		"a container that rests without a reason": {func(s *story) {
			s.call(Event{Verb: "run", Sandbox: "box"})
			s.starts("proxy")
			s.ready("proxy")
			s.wait(time.Minute)
			s.add(Event{Kind: podRests})
		}, "L: app does not run, and nothing shows why"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &story{now: time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC), started: map[string]time.Time{}}
			s.add(Event{Kind: kubeletBegins})
			test.tell(s)
			found := check(appAndProxy(), "uid", s.events, 10*time.Second, map[string]int{})
			var got []string
			for _, violation := range found.Violations {
				_, text, _ := strings.Cut(violation, "VIOLATION ")
				got = append(got, text)
			}
			switch {
			case test.want == "" && len(got) > 0:
				t.Errorf("the checker finds %q in a life in order:\n%s", got, strings.Join(found.Log, "\n"))
			case test.want != "" && (len(got) == 0 || !strings.HasPrefix(got[0], test.want)):
				t.Errorf("the checker finds %q, want %q:\n%s", got, test.want, strings.Join(found.Log, "\n"))
			}
		})
	}
}

// A container that is being killed, to be started again, runs through its preStop hook, and opens no gate. It may take all of the grace
// period for that, and no longer.
func TestReplayRestDuringHook(t *testing.T) {
	for name, test := range map[string]struct {
		hook  time.Duration
		ended bool
		want  string
	}{
		"the hook runs":            {hook: 30 * time.Second},
		"the hook runs for ever":   {hook: time.Minute, want: "L: app does not run, and nothing shows why"},
		"the hook has ended again": {hook: 30 * time.Second, ended: true, want: "L: app does not run, and nothing shows why"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &story{now: time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC), started: map[string]time.Time{}}
			s.add(Event{Kind: kubeletBegins})
			s.call(Event{Verb: "run", Sandbox: "box"})
			s.starts("proxy")
			s.ready("proxy")
			s.wait(time.Minute)
			hook := Event{Kind: callBegins, Call: 99, Verb: ordercheck.PreStop, Sandbox: "box", Container: "proxy-1", Name: "proxy"}
			s.add(hook)
			if test.ended {
				hook.Kind = callEnds
				s.add(hook)
			}
			s.wait(test.hook)
			s.add(Event{Kind: podRests, Shown: map[string]ordercheck.Shown{"app": {Gate: dependency.Waiting, Message: "waiting"}}})
			found := check(appAndProxy(), "uid", s.events, 10*time.Second, map[string]int{})
			if got := strings.Join(found.Violations, "\n"); (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
				t.Errorf("the checker finds %q, want %q:\n%s", got, test.want, strings.Join(found.Log, "\n"))
			}
		})
	}
}

// A start that ends in back-off makes no call, so that the next container in the list may be the first to be created in a new sandbox. In
// the first one there is no back-off yet.
func TestReplayBackOff(t *testing.T) {
	for name, test := range map[string]struct {
		before bool
		want   string
	}{
		"the first sandbox": {false, "S: second starts, but first is not by the list"},
		"another sandbox":   {true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			hook := &v1.Lifecycle{PostStart: &v1.LifecycleHandler{Exec: &v1.ExecAction{}}}
			subject := &ordercheck.Subject{Pod: &v1.Pod{Spec: v1.PodSpec{
				RestartPolicy: v1.RestartPolicyAlways, TerminationGracePeriodSeconds: ptr.To[int64](30),
				Containers: []v1.Container{{Name: "first", Lifecycle: hook}, {Name: "second"}},
			}}}
			subject.Edges = ordercheck.EdgesByTheBook(subject.Spec.Containers, nil, nil)
			subject.StopEdges = subject.Edges.Without(ordercheck.ByList)
			s := &story{now: time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC), started: map[string]time.Time{}}
			s.add(Event{Kind: kubeletBegins})
			s.call(Event{Verb: "run", Sandbox: "box"})
			box := "box"
			if test.before {
				s.starts("first")
				s.call(Event{Verb: "postStart", Sandbox: "box", Container: "first-1", Name: "first"})
				s.starts("second")
				s.exits("first", 1)
				s.exits("second", 1)
				box = "another"
				s.call(Event{Verb: "run", Sandbox: box})
				s.wait(20 * time.Second)
			}
			s.call(Event{Verb: "create", Sandbox: box, Container: "second-2", Name: "second"})
			found := check(subject, "uid", s.events, 10*time.Second, map[string]int{})
			if got := strings.Join(found.Violations, "\n"); (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
				t.Errorf("the checker finds %q, want %q:\n%s", got, test.want, strings.Join(found.Log, "\n"))
			}
		})
	}
}
