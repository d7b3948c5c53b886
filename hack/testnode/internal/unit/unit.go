// SPDX-License-Identifier: Apache-2.0

// Package unit runs the programs of a test node, and implements the few commands of systemd with which tests manage them.
package unit

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sort"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Unit is a program that can be stopped and started again with the same arguments.
type Unit struct {
	Name string
	Argv []string
	Env  []string
	Dir  string
	// Log is the path of the file that the program's output is appended to.
	Log string
	// RestartAfter is how long after its end the unit is started again, if it ended by itself; 0 means that it is not.
	RestartAfter time.Duration
}

// State says whether a unit runs, and the process of its last start.
type State struct {
	Name    string
	Running bool
	Pid     int
	// Ended says how the last process ended, such as "exit status 1".
	Ended string
}

// Manager manages the units of one node. Its methods are safe for concurrent use.
type Manager struct {
	// Exited, if set, is called for every process that ends by itself, without Signal or Stop.
	Exited func(State)

	mutex sync.Mutex
	units map[string]*entry
}

type entry struct {
	unit  Unit
	state State
	asked bool
	// process knows whether it was reaped, so that a signal cannot reach another process with a reused PID.
	process *os.Process
	done    chan struct{}
}

// NewManager returns a manager without units.
func NewManager() *Manager {
	return &Manager{units: map[string]*entry{}}
}

// Start starts a new unit, or one that has ended, possibly with new arguments.
func (m *Manager) Start(unit Unit) error {
	unit.Name = trim(unit.Name)
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if old := m.units[unit.Name]; old != nil && old.state.Running {
		return fmt.Errorf("unit %q runs already, as process %d: stop it first", unit.Name, old.state.Pid)
	}
	return m.launch(unit)
}

// Again starts a unit that has ended, with the arguments of its last start.
func (m *Manager) Again(name string) error {
	old, err := m.find(name)
	if err != nil {
		return err
	}
	return m.Start(old.unit)
}

func (m *Manager) launch(unit Unit) error {
	log, err := os.OpenFile(unit.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("open the log of unit %q: %w", unit.Name, err)
	}
	defer log.Close()
	command := exec.Command(unit.Argv[0], unit.Argv[1:]...)
	command.Env, command.Dir = unit.Env, unit.Dir
	command.Stdout, command.Stderr = log, log
	// A new session keeps the terminal's Ctrl-C away: only the owner of the node stops units.
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := command.Start(); err != nil {
		return fmt.Errorf("start unit %q: %w", unit.Name, err)
	}
	started := &entry{
		unit:    unit,
		state:   State{Name: unit.Name, Running: true, Pid: command.Process.Pid},
		process: command.Process,
		done:    make(chan struct{}),
	}
	m.units[unit.Name] = started
	go func() {
		_ = command.Wait()
		m.mutex.Lock()
		started.state.Running, started.state.Ended = false, command.ProcessState.String()
		state, asked := started.state, started.asked
		m.mutex.Unlock()
		close(started.done)
		if !asked && m.Exited != nil {
			m.Exited(state)
		}
		if !asked && unit.RestartAfter > 0 {
			time.Sleep(unit.RestartAfter)
			m.relaunch(started)
		}
	}()
	return nil
}

// relaunch starts a unit again that has ended by itself, unless it was stopped or started since.
func (m *Manager) relaunch(ended *entry) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if m.units[ended.unit.Name] != ended || ended.asked {
		return
	}
	if err := m.launch(ended.unit); err != nil {
		ended.state.Ended = err.Error()
	}
}

// Signal sends a signal to a running unit. If the unit ends afterwards, Exited is not called.
func (m *Manager) Signal(name string, signal syscall.Signal) error {
	found, err := m.find(name)
	if err != nil {
		return err
	}
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if !found.state.Running {
		return fmt.Errorf("unit %q does not run: it ended with %q", found.unit.Name, found.state.Ended)
	}
	found.asked = true
	if err := found.process.Signal(signal); err != nil {
		return fmt.Errorf("send %v to unit %q: %w", signal, found.unit.Name, err)
	}
	return nil
}

// Stop sends the signal to a unit, and SIGKILL if it does not end within the limit. A unit that has ended is not an error.
func (m *Manager) Stop(name string, signal syscall.Signal, limit time.Duration) error {
	found, err := m.find(name)
	if err != nil {
		return err
	}
	m.mutex.Lock()
	found.asked = true
	m.mutex.Unlock()
	for _, next := range []syscall.Signal{signal, syscall.SIGKILL} {
		if err := m.Signal(name, next); err != nil && !m.ended(found) && !errors.Is(err, os.ErrProcessDone) {
			return err
		}
		select {
		case <-found.done:
			return nil
		case <-time.After(limit):
		}
	}
	return fmt.Errorf("unit %q, process %d, does not end: it may hang in the kernel", found.unit.Name, found.state.Pid)
}

func (m *Manager) ended(found *entry) bool {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return !found.state.Running
}

// States returns the states of all units, sorted by name.
func (m *Manager) States() []State {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	var states []State
	for _, found := range m.units {
		states = append(states, found.state)
	}
	sort.Slice(states, func(i, j int) bool { return states[i].Name < states[j].Name })
	return states
}

// State returns the state of one unit. A unit that was never started does not run.
func (m *Manager) State(name string) State {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if found := m.units[trim(name)]; found != nil {
		return found.state
	}
	return State{Name: trim(name)}
}

func trim(name string) string { return strings.TrimSuffix(name, ".service") }

func (m *Manager) find(name string) (*entry, error) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	found := m.units[trim(name)]
	if found == nil {
		return nil, fmt.Errorf("unit %q has never been started", trim(name))
	}
	return found, nil
}
