// SPDX-License-Identifier: Apache-2.0

package command_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"kubelet-ordering/hack/kind/internal/command"
)

func TestMachine(t *testing.T) {
	ctx := context.Background()
	output, err := command.Output(ctx, command.Machine{}, "sh", "-c", "echo out; echo err >&2")
	if err != nil || output != "out" {
		t.Errorf("got %q, %v", output, err)
	}
	_, err = command.Output(ctx, command.Machine{}, "sh", "-c", "echo why >&2; exit 3")
	if err == nil || !strings.Contains(err.Error(), "exit status 3: why") {
		t.Errorf("got %v, want the status and what the command says", err)
	}
	_, err = command.Output(ctx, command.Machine{}, "no-such-program")
	if err == nil || !strings.Contains(err.Error(), "not installed") {
		t.Errorf("got %v, want that the program is missing", err)
	}
	var told bytes.Buffer
	read := command.Command{Args: []string{"sh", "-c", "cat; echo step >&2"}, Stdin: strings.NewReader("in"), Tell: &told}
	if output, err := (command.Machine{}).Run(ctx, read); err != nil || output != "in" || told.String() != "step\n" {
		t.Errorf("got %q, told %q, %v", output, told.String(), err)
	}
}

func TestMachineIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	begin := time.Now()
	_, err := command.Machine{}.Run(ctx, command.Command{Args: []string{"sleep", "60"}, Detach: true})
	if took := time.Since(begin); err == nil || took > 20*time.Second {
		t.Errorf("got %v after %v", err, took)
	}
}
