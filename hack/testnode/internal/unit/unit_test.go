// SPDX-License-Identifier: Apache-2.0

package unit

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestParseRun(t *testing.T) {
	const words = "-p Delegate=true -p StandardError=append:/r/kubelet.log --unit=kubelet-1.service --slice=runtime.slice " +
		"--remain-after-exit /k/kubelet --v 4 --x=50%% a$$b"
	got, err := parseRun(strings.Fields(words))
	if err != nil {
		t.Fatal(err)
	}
	want := Unit{Name: "kubelet-1", Argv: []string{"/k/kubelet", "--v", "4", "--x=50%", "a$b"}, Log: "/r/kubelet.log"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	for _, words := range []string{"--unit=a", "", "--scope -- true"} {
		if got, err := parseRun(strings.Fields(words)); err == nil {
			t.Errorf("%q: got %+v, want an error", words, got)
		}
	}
}

// The calls are those that upstream's tests use to restart a kubelet.
func TestSystemctl(t *testing.T) {
	manager := NewManager()
	unexpected := make(chan State, 10)
	manager.Exited = func(state State) { unexpected <- state }
	log := filepath.Join(t.TempDir(), "log")
	_, err := manager.SystemdRun(
		[]string{"-p", "StandardError=append:" + log, "--unit=kubelet-20260101T000000.service", "sleep", "60"}, os.Environ(), "/")
	if err != nil {
		t.Fatal(err)
	}
	call := func(words string) string {
		t.Helper()
		output, err := manager.Systemctl(strings.Fields(words))
		if err != nil {
			t.Fatalf("systemctl %s: %v", words, err)
		}
		return output
	}
	const unit = "kubelet-20260101T000000"
	if got := call("list-units *kubelet* --state=running"); !strings.Contains(got, unit) {
		t.Errorf("the running unit is not listed: %q", got)
	}
	first := manager.State(unit).Pid
	call("reset-failed " + unit)
	call("kill " + unit)
	waitUntil(t, func() bool { return !manager.State(unit).Running })
	if got := call("list-units *kubelet* --state=running"); got != "" {
		t.Errorf("a killed unit is listed as running: %q", got)
	}
	if got := call("list-units *kubelet*"); !strings.Contains(got, unit) {
		t.Errorf("a killed unit is not listed: %q", got)
	}
	call("restart " + unit + ".service")
	if state := manager.State(unit); !state.Running || state.Pid == first {
		t.Errorf("the unit was not restarted: %+v", state)
	}
	call("stop " + unit)
	if manager.State(unit).Running {
		t.Error("the unit still runs after stop")
	}
	if _, err := manager.Systemctl([]string{"mask", unit}); err == nil {
		t.Error("want an error for an unknown verb")
	}
	if len(unexpected) != 0 {
		t.Errorf("Exited was called for a requested end: %+v", <-unexpected)
	}
}

func TestStopResortsToKilling(t *testing.T) {
	manager := NewManager()
	ready := filepath.Join(t.TempDir(), "ready")
	err := manager.Start(Unit{
		Name: "deaf",
		Argv: []string{"sh", "-c", "trap '' TERM; touch " + ready + "; while :; do sleep 1; done"},
		Log:  "/dev/null", Env: os.Environ(),
	})
	if err != nil {
		t.Fatal(err)
	}
	waitUntil(t, func() bool { _, err := os.Stat(ready); return err == nil })
	if err := manager.Stop("deaf", syscall.SIGTERM, 200*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if state := manager.State("deaf"); state.Running || !strings.Contains(state.Ended, "killed") {
		t.Errorf("got %+v, want a killed unit", state)
	}
}

func TestExitedTellsOfEndsThatNobodyAskedFor(t *testing.T) {
	manager := NewManager()
	ends := make(chan State, 1)
	manager.Exited = func(state State) { ends <- state }
	if err := manager.Start(Unit{Name: "short", Argv: []string{"sh", "-c", "exit 3"}, Log: "/dev/null"}); err != nil {
		t.Fatal(err)
	}
	select {
	case state := <-ends:
		if state.Ended != "exit status 3" {
			t.Errorf("got %+v", state)
		}
	case <-time.After(10 * time.Second):
		t.Error("Exited was not called")
	}
}

func TestRestartAfter(t *testing.T) {
	manager := NewManager()
	unit := Unit{Name: "u", Argv: []string{"sleep", "60"}, Log: filepath.Join(t.TempDir(), "log"), RestartAfter: 20 * time.Millisecond}
	if err := manager.Start(unit); err != nil {
		t.Fatal(err)
	}
	kill := func() int {
		pid := manager.State("u").Pid
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		return pid
	}
	first := kill()
	waitUntil(t, func() bool { state := manager.State("u"); return state.Running && state.Pid != first })
	second := kill()
	// Whether the end or the request comes first: a unit that somebody stops stays down.
	if err := manager.Stop("u", syscall.SIGTERM, time.Second); err != nil {
		t.Fatal(err)
	}
	time.Sleep(5 * unit.RestartAfter)
	if state := manager.State("u"); state.Running || state.Pid != second {
		t.Errorf("the unit runs again after it was stopped: %+v", state)
	}
}

func TestParseSignal(t *testing.T) {
	tests := map[string]struct {
		want  syscall.Signal
		fails bool
	}{
		"": {want: syscall.SIGTERM}, "KILL": {want: syscall.SIGKILL}, "SIGKILL": {want: syscall.SIGKILL}, "9": {want: syscall.SIGKILL},
		"sigterm": {want: syscall.SIGTERM}, "NONSENSE": {fails: true}, "-1": {fails: true},
	}
	for text, test := range tests {
		t.Run(text, func(t *testing.T) {
			got, err := ParseSignal(text)
			if (err != nil) != test.fails || got != test.want {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}

func waitUntil(t *testing.T, happens func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !happens(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the expected state was not reached in 10 s")
		}
	}
}
