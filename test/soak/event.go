// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"time"

	"k8s.io/kubernetes/test/utils/ordercheck"
)

// The kinds of events. The proxy records those of calls, kubelets, containers and sandboxes; the soak records the others.
const (
	callBegins       = "call begins"
	callEnds         = "call ends"
	kubeletBegins    = "kubelet begins"
	kubeletDies      = "kubelet dies"
	containerSeen    = "container seen"
	sandboxSeen      = "sandbox seen"
	podCreated       = "pod created"
	podDeleted       = "pod deleted"
	podEdited        = "pod edited"
	podStatus        = "pod status"
	podRests         = "pod rests"
	podGone          = "pod gone"
	sandboxKilled    = "sandbox killed"
	runtimeDies      = "runtime dies"
	runtimeAnswers   = "runtime answers"
	incidentHappened = "incident"
)

// Event is something that happened on the node. The zero values of its fields mean that they do not apply.
type Event struct {
	At   time.Time
	Kind string
	// Pod is the UID of the pod; events without one concern all pods.
	Pod string `json:",omitempty"`
	// Process is the PID of a kubelet.
	Process int `json:",omitempty"`
	// Call is the number of a call: its begin and its end have the same.
	Call uint64 `json:",omitempty"`
	// Verb is the operation of a call.
	Verb string `json:",omitempty"`
	// Sandbox and Container are IDs, Name is the name of a container.
	Sandbox   string `json:",omitempty"`
	Container string `json:",omitempty"`
	Name      string `json:",omitempty"`
	// Timeout is that of a stop, Grace the grace period of a deletion, both in seconds.
	Timeout int64 `json:",omitempty"`
	Grace   int64 `json:",omitempty"`
	// Code is the gRPC code of a call's answer, or the exit code of a container or command.
	Code int32 `json:",omitempty"`
	// Error is the error message of a call.
	Error string `json:",omitempty"`
	// State is that of a container or sandbox when it was seen.
	State string `json:",omitempty"`
	// StartedAt and FinishedAt are those of a container that was seen.
	StartedAt  time.Time `json:",omitzero"`
	FinishedAt time.Time `json:",omitzero"`
	// Ended are the containers of which the pod's status says that a kubelet ended them.
	Ended []string `json:",omitempty"`
	// Phase and Reason are those of the pod's status.
	Phase  string `json:",omitempty"`
	Reason string `json:",omitempty"`
	// Shown is what the pod's status shows about each container that does not run.
	Shown map[string]ordercheck.Shown `json:",omitempty"`
}

// eventLog writes events to a file, a line each.
type eventLog struct {
	lock sync.Mutex
	file *os.File
}

func createLog(path string) (*eventLog, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fmt.Errorf("create the log of events: %w", err)
	}
	return &eventLog{file: file}, nil
}

// add writes an event, at once: the process may be killed.
func (l *eventLog) add(e Event) {
	if e.At.IsZero() {
		e.At = time.Now()
	}
	line, err := json.Marshal(e)
	if err != nil {
		panic(err)
	}
	l.lock.Lock()
	defer l.lock.Unlock()
	if _, err := l.file.Write(append(line, '\n')); err != nil {
		fmt.Fprintln(os.Stderr, "soak: write an event:", err)
	}
}

// readLogs returns the events of several logs in the order of their times. A line that was cut off at the end is left out.
func readLogs(paths ...string) ([]Event, error) {
	var events []Event
	for _, path := range paths {
		file, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("read a log of events: %w", err)
		}
		defer file.Close()
		decoder := json.NewDecoder(bufio.NewReader(file))
		for {
			var e Event
			if err := decoder.Decode(&e); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				break
			} else if err != nil {
				return nil, fmt.Errorf("decode the log of events %q: %w", path, err)
			}
			events = append(events, e)
		}
	}
	slices.SortStableFunc(events, func(a, b Event) int { return cmp.Compare(a.At.UnixNano(), b.At.UnixNano()) })
	return events, nil
}
