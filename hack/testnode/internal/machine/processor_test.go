// SPDX-License-Identifier: Apache-2.0

package machine

import (
	"bytes"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

func TestMachinesSpreadOverProcessors(t *testing.T) {
	dir := t.TempDir()
	const machines = 6
	var taken []*processor
	of := map[int]int{}
	take := func() *processor {
		t.Helper()
		p, err := takeProcessor(dir)
		if err != nil {
			t.Fatal(err)
		}
		// Until then the lock is in use, which the collector must not end.
		t.Cleanup(p.release)
		of[p.number]++
		return p
	}
	for range machines {
		taken = append(taken, take())
	}
	// The processors that this process may use.
	usable := runtime.NumCPU()
	most := (machines + usable - 1) / usable
	for number, count := range of {
		if count > most {
			t.Errorf("%d of %d machines are on processor %d, want at most %d: %v", count, machines, number, most, of)
		}
	}

	ended := taken[1]
	ended.release()
	if again := take(); again.number != ended.number {
		t.Errorf("a new machine is on processor %d, want %d, where one has ended", again.number, ended.number)
	}
}

func TestMachineStaysOnItsProcessor(t *testing.T) {
	p, err := takeProcessor(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var output bytes.Buffer
	command := exec.Command("sh", "-c", "sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' /proc/self/status; :")
	command.Stdout = &output
	ended := make(chan error)
	go func() {
		// Never unlocked: the thread ends with this function.
		runtime.LockOSThread()
		err := p.start(command)
		if err == nil {
			err = command.Wait()
		}
		ended <- err
	}()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if got, want := strings.TrimSpace(output.String()), strconv.Itoa(p.number); got != want {
		t.Errorf("a child of the machine may run on processors %q, want %q", got, want)
	}
}
