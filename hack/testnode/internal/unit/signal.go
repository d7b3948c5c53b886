// SPDX-License-Identifier: Apache-2.0

package unit

import (
	"fmt"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// ParseSignal parses a signal such as KILL, SIGKILL or 9. An empty string means SIGTERM.
func ParseSignal(text string) (syscall.Signal, error) {
	if text == "" {
		return syscall.SIGTERM, nil
	}
	if number, err := strconv.Atoi(text); err == nil && number > 0 {
		return syscall.Signal(number), nil
	}
	signal := unix.SignalNum("SIG" + strings.TrimPrefix(strings.ToUpper(text), "SIG"))
	if signal == 0 {
		return 0, fmt.Errorf("signal %q is not known: use a name such as KILL, or a number", text)
	}
	return signal, nil
}
