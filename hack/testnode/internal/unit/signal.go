// SPDX-License-Identifier: Apache-2.0

package unit

import (
	"fmt"
	"strconv"
	"strings"
	"syscall"
)

// ParseSignal understands KILL, SIGKILL and 9; nothing means SIGTERM.
func ParseSignal(text string) (syscall.Signal, error) {
	if number, err := strconv.Atoi(text); err == nil && number > 0 {
		return syscall.Signal(number), nil
	}
	signal, ok := map[string]syscall.Signal{
		"": syscall.SIGTERM, "TERM": syscall.SIGTERM, "KILL": syscall.SIGKILL, "INT": syscall.SIGINT, "HUP": syscall.SIGHUP,
		"QUIT": syscall.SIGQUIT, "STOP": syscall.SIGSTOP, "CONT": syscall.SIGCONT, "ABRT": syscall.SIGABRT,
		"USR1": syscall.SIGUSR1, "USR2": syscall.SIGUSR2,
	}[strings.TrimPrefix(strings.ToUpper(text), "SIG")]
	if !ok {
		return 0, fmt.Errorf("signal %q is not known: use a name such as KILL, or a number", text)
	}
	return signal, nil
}
