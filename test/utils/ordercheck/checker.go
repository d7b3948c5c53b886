// SPDX-License-Identifier: Apache-2.0

package ordercheck

import (
	"sync/atomic"
	"time"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
)

// MaxCalls is far above what any pod needs in its minutes, and far below what a loop without a pause makes.
const MaxCalls = 3000

// World is the runtime's side of the pod, as it is at this moment.
type World interface {
	Now() time.Time
	// Sandbox returns the ID of the active sandbox, or "".
	Sandbox() string
	// Records returns the records of all containers, newest first.
	Records() []*Record
}

// State is the state of a container.
type State int

// The states of a container.
const (
	Created State = iota
	Running
	Exited
)

// Record is what the runtime knows about a container.
type Record struct {
	ID, Name, Sandbox     string
	State                 State
	StartedAt, FinishedAt time.Time
	ExitCode              int32
}

// Call is a call to the runtime that changes state.
type Call struct {
	// Verb is the operation: run and halt of a sandbox; create, start and stop of a container; postStart or preStop.
	Verb string
	// Target is the name of the container, or something that names the sandbox.
	Target string
	// Timeout is the timeout of a stop, in seconds.
	Timeout int64
}

func (c Call) String() string { return c.Verb + " " + c.Target }

// Process is a kubelet process.
type Process struct {
	// Dead means that no call of the process has an effect any more.
	Dead atomic.Bool
	// Ready reports whether the last result of a container's readiness probe in this process is a success.
	Ready func(id string) bool
	// LastEnded reports whether the pod's status in the API server said, when the process started, that a kubelet has ended the
	// container.
	LastEnded func(id string) bool
	// Terminating reports whether the process has been asked to terminate the pod.
	Terminating func() bool

	// ReadAt is when the status of the current sync was read, SyncBegan when that sync began.
	ReadAt, SyncBegan time.Time
	// Unseen are the containers that had exited when the process looked at the pod for the first time.
	Unseen map[string]bool
	// Reads are when the statuses of the last syncs were read, by the begin of the sync.
	Reads map[time.Time]time.Time
	// TerminatedAt is when the pod's termination was requested.
	TerminatedAt time.Time
	// InFlight are the containers whose start was in flight when the pod's termination was requested.
	InFlight []string
	// StopBegan is when the process began to terminate the pod, LastStop when it last did.
	StopBegan, LastStop time.Time
	// Killing is the sandbox whose containers the process has stopped last, KillBegan is when it began to.
	Killing   string
	KillBegan time.Time
	// KeepsHouse means that the process stops what is left of the pod, at once.
	KeepsHouse bool
}

// decisionAge is how old the decision to start a container may be when the container is created.
const decisionAge = time.Second

// oldestRead returns when the oldest status was read by which a container may be created now: that of the current sync, or of one
// that decided so recently that a start does not look at the gate again.
func (k *Process) oldestRead(now time.Time) time.Time {
	oldest := k.ReadAt
	for began, read := range k.Reads {
		if now.Sub(began) >= decisionAge {
			delete(k.Reads, began)
		} else if read.Before(oldest) {
			oldest = read
		}
	}
	return oldest
}

func (k *Process) lastEnded(id string) bool { return k != nil && k.LastEnded(id) }

// Tolerance is what a user of the checker does not know exactly.
type Tolerance struct {
	// Stop is how much earlier than its first call a stop may have begun.
	Stop time.Duration
	// Hook is how much later than it is due a hook may run.
	Hook time.Duration
	// Termination is how long a process may take to act on a request to terminate the pod.
	Termination time.Duration
}

// Checker has the facts about one pod, and checks each call of a kubelet by them. It is not safe for concurrent use.
type Checker struct {
	*Subject
	World World
	// Report is told of each violation of a guarantee.
	Report func(format string, args ...any)
	// Happened counts what has happened: what did not happen was not tested.
	Happened  map[string]int
	Tolerance Tolerance

	// Process is the current kubelet process, or the last one.
	Process *Process
	// Deleted means that the pod has been deleted in the API server, with this grace period in seconds.
	Deleted bool
	Grace   int64
	// Override is the grace period override of an eviction.
	Override *int64
	// RuntimeBack is the end of the runtime's last outage.
	RuntimeBack time.Time
	// StopBegan is when a kubelet first began to terminate the pod.
	StopBegan time.Time
	// Ended is why the pod has ended, or "".
	Ended string
	// Signalled is when a container was first told to stop, by its ID.
	Signalled map[string]time.Time

	// calls counts the calls that change state.
	calls int
	// startupPassed are the containers whose startup probe has passed. The facts from here on are by container ID.
	startupPassed map[string]bool
	// hook is the kubelet process that runs, or ran, the postStart hook; hookDone is whether the hook succeeded.
	hook     map[string]*Process
	hookDone map[string]bool
	// killedAlone are containers that a kubelet must kill independently of the pod's stop.
	killedAlone map[string]bool
	// stopFailed is when the runtime last failed to stop a container.
	stopFailed map[string]time.Time
	// told is the process that first told a container to stop, endedBy the one that has last told it so while it ran.
	told, endedBy map[string]*Process
	// preStop are the runs of a container's preStop hook.
	preStop map[string][]*hookRun
	// startedBy is the process that has sent the start of a container.
	startedBy map[string]*Process

	// starting are the containers from the beginning of their creation to the end of their start, with the process that starts
	// them, and startingSince when it began to. The facts from here on are by container name.
	starting      map[string]*Process
	startingSince map[string]time.Time
	// stopped is when a container was last stopped.
	stopped map[string]time.Time
	// attempted is the sandbox in which a start has last ended, well or not.
	attempted map[string]string

	// lastHeld is when a condition last held.
	lastHeld map[heldKey]time.Time
	// completeSince is the time since which all Standard containers have finished.
	completeSince time.Time
}

type heldKey struct {
	name      string
	condition dependency.Condition
}

// NewChecker returns a checker of the pod, which does not know of any call yet.
func NewChecker(subject *Subject, world World, report func(format string, args ...any), happened map[string]int) *Checker {
	return &Checker{
		Subject: subject, World: world, Report: report, Happened: happened,
		Signalled: map[string]time.Time{}, startupPassed: map[string]bool{},
		hook: map[string]*Process{}, hookDone: map[string]bool{}, killedAlone: map[string]bool{}, stopFailed: map[string]time.Time{},
		told: map[string]*Process{}, endedBy: map[string]*Process{}, preStop: map[string][]*hookRun{},
		startedBy: map[string]*Process{}, starting: map[string]*Process{}, startingSince: map[string]time.Time{},
		stopped: map[string]time.Time{}, attempted: map[string]string{}, lastHeld: map[heldKey]time.Time{},
	}
}

func (c *Checker) since(t time.Time) time.Duration { return c.World.Now().Sub(t) }

func (c *Checker) runs(id string) bool {
	for _, r := range c.World.Records() {
		if r.ID == id {
			return r.State == Running
		}
	}
	return false
}
