// SPDX-License-Identifier: Apache-2.0

package machine

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// A machine's kernel and its processes are processes here that take turns: one waits while another runs, ten thousand times a second and
// more. Where each turn wakes up another processor, that takes longer than the turn, and the machine's clock takes the wait for work: a
// container with a quota of processor time then waits for the rest of its period. On one processor, a machine is two to three times faster.

// machinesEach is how many machines may share a processor: more than memory has room for.
const machinesEach = 32

// processor is a processor for one machine.
type processor struct {
	number int
	lock   *os.File
}

// takeProcessor chooses one of the processors that this process may use, for as long as it runs, so that machines at the same time are
// spread over them: each holds the lock of one of the files in the directory.
func takeProcessor(dir string) (*processor, error) {
	var usable unix.CPUSet
	if err := unix.SchedGetaffinity(0, &usable); err != nil {
		return nil, fmt.Errorf("ask for the usable processors: %w", err)
	}
	var numbers []int
	for number := 0; len(numbers) < usable.Count(); number++ {
		if usable.IsSet(number) {
			numbers = append(numbers, number)
		}
	}
	for turn := range machinesEach * len(numbers) {
		lock, err := os.OpenFile(filepath.Join(dir, fmt.Sprintf("processor-%d.lock", turn)), os.O_CREATE|os.O_RDWR, 0o644)
		if err != nil {
			return nil, fmt.Errorf("choose a processor for the machine: %w", err)
		}
		err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return &processor{number: numbers[turn%len(numbers)], lock: lock}, nil
		}
		lock.Close()
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("choose a processor for the machine: %w", err)
		}
	}
	return nil, fmt.Errorf("%d machines run already, according to the locks in %s: wait for one to end", machinesEach*len(numbers), dir)
}

// start starts the command on the processor, where its children stay, too. The thread must be locked and never be used for anything else.
func (p *processor) start(command *exec.Cmd) error {
	var only unix.CPUSet
	only.Set(p.number)
	if err := unix.SchedSetaffinity(0, &only); err != nil {
		return fmt.Errorf("choose processor %d for the machine: %w", p.number, err)
	}
	return command.Start()
}

// release lets another machine have the place.
func (p *processor) release() { p.lock.Close() }
