// SPDX-License-Identifier: Apache-2.0

package machine

import (
	_ "embed"
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"
)

//go:embed inside.sh
var insideScript string

// script returns the shell script that runs in the machine. Its terminal is the machine's tty1.
func (r Run) script() string {
	var lines []string
	if r.Shell {
		if columns, rows, err := term.GetSize(int(os.Stdin.Fd())); err == nil {
			lines = append(lines, fmt.Sprintf("stty rows %d cols %d", rows, columns))
		}
		lines = append(lines, "echo 'This is the machine; exit takes it down.'", "exec bash -l")
	} else {
		// The machine's terminal passes on the command's output as it is.
		lines = append(lines, "stty -opost", "exec </dev/null")
		if r.Terminal {
			lines = append(lines, "exec "+quoted(r.Command))
		} else {
			// Programs that decorate what they write to a terminal must not see the machine's.
			lines = append(lines, "set -o pipefail", quoted(r.Command)+" 2>&1 | cat")
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

// quoted returns the words of a command as a shell reads them.
func quoted(words []string) string {
	var quoted []string
	for _, word := range words {
		quoted = append(quoted, "'"+strings.ReplaceAll(word, "'", `'\''`)+"'")
	}
	return strings.Join(quoted, " ")
}
