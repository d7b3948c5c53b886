// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	v1 "k8s.io/api/core/v1"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"k8s.io/kubernetes/pkg/kubelet/events"
	"k8s.io/kubernetes/test/utils/ordercheck"
)

// replay is a pod's world, moved on by events. It tells the checker what happens.
type replay struct {
	*ordercheck.Checker
	now time.Time
	// sight is how old may be what a kubelet knows, and how long it may take to act.
	sight     time.Duration
	sandboxes []*sandbox
	records   []*ordercheck.Record
	// starts and ends are the times of all containers as the runtime reported them later.
	starts  map[string]time.Time
	process *process
	// ended are the containers that kubelets ended, according to the pod's last status.
	ended []string
	// edited is when a container's image was last changed.
	edited map[string]time.Time
	// changed is when the world last changed by more than a probe.
	changed time.Time
	// calls are the kills of containers that have not ended, and their hooks.
	calls map[uint64]Event
	// couldFail is when a container of the pod could last never start.
	couldFail time.Time
	log       []string
}

type sandbox struct {
	id    string
	ready bool
}

// process is a kubelet process as the replay knows it.
type process struct {
	ordercheck.Process
	pid   int
	began time.Time
	ready map[string]bool
	last  []string
}

func (r *replay) Now() time.Time { return r.now }

func (r *replay) Sandbox() string {
	if n := len(r.sandboxes); n > 0 && r.sandboxes[n-1].ready {
		return r.sandboxes[n-1].id
	}
	return ""
}

func (r *replay) Records() []*ordercheck.Record { return r.records }

// verdict is what the replay of a pod's events found.
type verdict struct {
	Violations []string
	Log        []string
}

// check replays the events of one pod, and those that concern all.
func check(subject *ordercheck.Subject, uid string, happening []Event, sight time.Duration, happened map[string]int) verdict {
	var found verdict
	r := &replay{sight: sight, starts: map[string]time.Time{}, edited: map[string]time.Time{}, calls: map[uint64]Event{}}
	r.Checker = ordercheck.NewChecker(subject, r, func(format string, args ...any) {
		text := fmt.Sprintf("%s  VIOLATION ", r.now.Format("15:04:05.000")) + fmt.Sprintf(format, args...)
		found.Violations = append(found.Violations, text)
		r.log = append(r.log, text)
	}, happened)
	r.Tolerance = ordercheck.Tolerance{Stop: sight, Hook: sight, Termination: sight}
	for _, e := range timeline(uid, happening, r.starts) {
		r.now = e.At
		r.apply(e)
		r.decide()
	}
	found.Log = r.log
	return found
}

// The kinds of events that the timeline adds.
const (
	containerStarted = "container started"
	containerExited  = "container exited"
)

// timeline returns the events of a pod and of all pods, with the starts and exits of its containers at the times when they
// happened.
func timeline(uid string, happening []Event, starts map[string]time.Time) []Event {
	var line []Event
	exited := map[string]bool{}
	for _, e := range happening {
		if e.Pod != uid && e.Pod != "" {
			continue
		}
		line = append(line, e)
		if e.Kind != containerSeen {
			continue
		}
		if at := e.StartedAt; !at.IsZero() && starts[e.Container].IsZero() {
			starts[e.Container] = at
			line = append(line, Event{At: at, Kind: containerStarted, Container: e.Container, Name: e.Name})
		}
		if e.State == "EXITED" && !exited[e.Container] {
			exited[e.Container] = true
			line = append(line, Event{At: e.FinishedAt, Kind: containerExited, Container: e.Container, Name: e.Name, Code: e.Code})
		}
	}
	slices.SortStableFunc(line, func(a, b Event) int { return cmp.Compare(a.At.UnixNano(), b.At.UnixNano()) })
	return line
}

func (r *replay) note(format string, args ...any) {
	r.log = append(r.log, r.now.Format("15:04:05.000")+"  "+fmt.Sprintf(format, args...))
}

func (r *replay) apply(e Event) {
	switch e.Kind {
	case kubeletBegins:
		r.begin(e.Process)
	case kubeletDies:
		if k := r.process; k != nil && k.pid == e.Process {
			r.note("kubelet %d has gone", e.Process)
			r.Changes(func() { k.Dead.Store(true) })
		}
	case runtimeDies:
		r.note("the runtime has gone")
		clear(r.calls)
		r.RuntimeBack = e.At.Add(24 * time.Hour)
	case runtimeAnswers:
		r.note("the runtime answers again")
		r.RuntimeBack = e.At
	case callBegins:
		r.callBegins(e)
	case callEnds:
		r.callEnds(e)
	case containerSeen:
		r.saw(e)
	case containerStarted:
		r.Changes(func() { r.starts[e.Container] = e.At; r.runs(e.Container) })
	case containerExited:
		r.note("%s exits with %d", e.Name, e.Code)
		r.changed = e.At
		r.Changes(func() {
			if c := r.record(e.Container); c != nil {
				c.State, c.ExitCode, c.FinishedAt = ordercheck.Exited, e.Code, e.At
			}
		})
	case sandboxSeen:
		if r.sandbox(e.Sandbox) == nil {
			r.Changes(func() { r.sandboxes = append(r.sandboxes, &sandbox{e.Sandbox, e.State == "READY"}) })
		} else if e.State != "READY" {
			r.loses(e.Sandbox)
		}
	case sandboxKilled:
		r.note("the sandbox is killed")
		r.loses(e.Sandbox)
	case podDeleted:
		r.delete(e)
	case podEdited:
		r.edit(e)
	case podStatus:
		r.ended = e.Ended
		if e.Phase == string(v1.PodFailed) || e.Phase == string(v1.PodSucceeded) {
			r.Ended = e.Phase
		}
		if e.Reason == events.DependencyFailed && r.couldFail.IsZero() {
			r.Report("L: the pod fails, but each of its containers can start")
			r.couldFail = r.now
		}
	case podRests:
		r.rests(e)
	}
}

// begin begins a kubelet process.
func (r *replay) begin(pid int) {
	r.note("kubelet %d begins", pid)
	clear(r.calls)
	k := &process{pid: pid, began: r.now, ready: map[string]bool{}, last: r.ended}
	k.Reads, k.Unseen = map[time.Time]time.Time{}, map[string]bool{}
	k.Ready = func(id string) bool { return k.ready[id] }
	k.LastEnded = func(id string) bool { return slices.Contains(k.last, id) }
	k.Terminating = func() bool { return r.Deleted }
	for _, c := range r.records {
		k.Unseen[c.ID] = c.State == ordercheck.Exited
	}
	r.Mark()
	r.process, r.Process = k, &k.Process
	if r.Deleted {
		k.TerminatedAt, k.LastStop = r.now, r.now
		if k.StopBegan = r.StopBegan; k.StopBegan.IsZero() {
			k.StopBegan, r.StopBegan = r.now, r.now
		}
	}
	r.Mark()
}

// decide notes what a kubelet can know to be the pod's end, as early as it can.
func (r *replay) decide() {
	if r.MayFail() {
		r.couldFail = r.now
	}
	k := r.process
	if k == nil || k.Dead.Load() || r.Deleted {
		return
	}
	ends := r.Complete() || r.InitFailed() || r.Spec.RestartPolicy != v1.RestartPolicyAlways && r.MayFail()
	switch {
	case !ends:
		r.StopBegan, k.StopBegan = time.Time{}, time.Time{}
	case k.StopBegan.IsZero():
		if k.StopBegan = r.StopBegan; k.StopBegan.IsZero() {
			k.StopBegan, r.StopBegan = r.now, r.now
		}
		k.LastStop = r.now
	}
}

func (r *replay) delete(e Event) {
	r.note("the pod is deleted, grace %d", e.Grace)
	if r.Deleted {
		r.Grace = min(r.Grace, e.Grace)
		return
	}
	r.Deleted, r.Grace = true, e.Grace
	if k := r.process; k != nil && !k.Dead.Load() {
		k.TerminatedAt, k.LastStop = r.now, r.now
		if k.StopBegan.IsZero() {
			k.StopBegan, r.StopBegan = r.now, r.now
		}
	}
}

func (r *replay) edit(e Event) {
	r.note("the pod is edited: %q", e.Name)
	if e.Name == "" {
		return
	}
	r.edited[e.Name] = e.At
	for _, c := range r.records {
		if c.Name == e.Name && c.State != ordercheck.Exited {
			r.MustBeKilled(c.ID)
		}
	}
}

// caller returns the process of a call, with what it knows at least.
func (r *replay) caller(e Event) *process {
	if r.process == nil || r.process.pid != e.Process {
		r.begin(e.Process)
	}
	k := r.process
	k.SyncBegan, k.ReadAt = r.now.Add(-r.sight/2), r.now.Add(-r.sight)
	k.Reads[k.SyncBegan] = k.ReadAt
	for began := range k.Reads {
		if began.Before(k.SyncBegan) {
			delete(k.Reads, began)
		}
	}
	return k
}

func (r *replay) callBegins(e Event) {
	call, is := callOf(e)
	if !is {
		return
	}
	r.note("  %s(%d) %.12s", call, call.Timeout, e.Container)
	k := r.caller(e)
	if e.Verb == "stop" || e.Verb == ordercheck.PreStop {
		r.calls[e.Call] = e
	}
	if call.Verb == "create" {
		r.backOffs()
	}
	r.Calls(&k.Process, call, cmp.Or(e.Container, e.Sandbox))
	if call.Verb == "halt" {
		r.loses(e.Sandbox)
	}
}

// backOffs notes that a start of each container of a former sandbox may have ended: in back-off it does so without any call, and edges by
// the list look at that alone, so that another container starts first.
func (r *replay) backOffs() {
	for _, c := range r.records {
		if c.Sandbox != r.Sandbox() {
			r.StartEnds(c.Name)
		}
	}
}

func (r *replay) callEnds(e Event) {
	if e.Error != "" {
		r.note("    %s %s: %s", e.Verb, e.Name, e.Error)
	}
	switch e.Verb {
	case readyFile:
		r.Changes(func() { r.probed(e) })
		return
	case startedFile:
		if e.Error == "" {
			r.Changes(func() { r.StartupPasses(e.Container) })
		}
		return
	case sickFile:
		if e.Error != "" && e.Code != int32(codes.Unavailable) && e.Code != int32(codes.Canceled) {
			r.MustBeKilled(e.Container)
		}
		return
	case "remove":
		if e.Error == "" {
			r.Changes(func() {
				r.records = slices.DeleteFunc(r.records, func(c *ordercheck.Record) bool { return c.ID == e.Container })
			})
		}
		return
	}
	call, is := callOf(e)
	if !is {
		return
	}
	delete(r.calls, e.Call)
	r.changed = r.now
	err := errorOf(e)
	r.Mark()
	if err == nil {
		switch e.Verb {
		case "run":
			if r.sandbox(e.Sandbox) == nil {
				r.sandboxes = append(r.sandboxes, &sandbox{e.Sandbox, true})
			}
		case "create":
			r.found(e)
		case "start":
			r.runs(e.Container)
		}
	}
	if err != nil && e.Verb == "create" {
		r.StartEnds(e.Name)
	}
	r.Called(call, cmp.Or(e.Container, e.Sandbox), err)
}

func (r *replay) probed(e Event) {
	k := r.process
	if k == nil || k.pid != e.Process {
		return
	}
	switch codes.Code(e.Code) {
	case codes.Unavailable, codes.Canceled:
		// The prober knows no more than before.
	default:
		k.ready[e.Container] = e.Error == ""
	}
}

// found adds a container. The newest record of a name comes first.
func (r *replay) found(e Event) {
	if r.record(e.Container) != nil {
		return
	}
	r.records = slices.Insert(r.records, 0, &ordercheck.Record{ID: e.Container, Name: e.Name, Sandbox: e.Sandbox})
	if at := r.edited[e.Name]; !at.IsZero() && r.now.Sub(at) < r.sight {
		// It may have been created with the former image.
		r.MustBeKilled(e.Container)
	}
}

// runs lets a container run from its start on.
func (r *replay) runs(id string) {
	c := r.record(id)
	if c == nil || c.State != ordercheck.Created || r.starts[id].After(r.now) {
		return
	}
	c.State, c.StartedAt = ordercheck.Running, r.now
}

func (r *replay) saw(e Event) {
	if e.Sandbox != "" && r.record(e.Container) == nil && e.State == "CREATED" {
		r.Changes(func() { r.found(e) })
	}
	if e.State == "UNKNOWN" {
		// The kubelet kills what a runtime that was restarted cannot tell about, before it starts it again.
		r.MustBeKilled(e.Container)
	}
	if k := r.process; k != nil && k.pid == e.Process && e.State == "EXITED" && e.FinishedAt.Sub(k.began) < r.sight {
		k.Unseen[e.Container] = true
	}
}

func (r *replay) loses(id string) {
	if s := r.sandbox(id); s != nil && s.ready {
		r.changed = r.now
		r.Changes(func() { s.ready = false })
	}
}

// rests checks the pod after a time without incidents, unless a kubelet or the runtime has just begun, or a container is still being
// killed: its hook may take all of the grace period, in which it runs and opens no gate.
func (r *replay) rests(e Event) {
	if k := r.process; k == nil || k.Dead.Load() || r.now.Sub(k.began) < 3*r.sight || r.now.Sub(r.RuntimeBack) < 3*r.sight ||
		r.now.Sub(r.changed) < 2*r.sight {
		return
	}
	grace := time.Duration(*r.Spec.TerminationGracePeriodSeconds) * time.Second
	for _, call := range r.calls {
		if r.now.Sub(call.At) < grace+r.sight {
			r.note("the pod does not rest: %s of %s goes on", call.Verb, call.Name)
			r.Happened["pod does not rest"]++
			return
		}
	}
	r.note("the pod rests: %+v", e.Shown)
	r.Rest("", func(name string) ordercheck.Shown { return e.Shown[name] })
}

func (r *replay) sandbox(id string) *sandbox {
	for _, s := range r.sandboxes {
		if s.id == id {
			return s
		}
	}
	return nil
}

func (r *replay) record(id string) *ordercheck.Record {
	for _, c := range r.records {
		if c.ID == id {
			return c
		}
	}
	return nil
}

// callOf returns the call that the checker knows.
func callOf(e Event) (ordercheck.Call, bool) {
	call := ordercheck.Call{Verb: e.Verb, Target: e.Name, Timeout: e.Timeout}
	switch e.Verb {
	case "run", "halt":
		call.Target = "the sandbox"
		return call, true
	case "create", "start", "stop", ordercheck.PostStart, ordercheck.PreStop:
		return call, e.Name != ""
	}
	return call, false
}

func errorOf(e Event) error {
	switch {
	case e.Error == "":
		return nil
	case codes.Code(e.Code) == codes.Canceled:
		return context.Canceled
	case codes.Code(e.Code) == codes.Unavailable:
		return status.Error(codes.Unavailable, e.Error)
	}
	return errors.New(e.Error)
}
