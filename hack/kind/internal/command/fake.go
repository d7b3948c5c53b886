// SPDX-License-Identifier: Apache-2.0

package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Fake answers commands in tests.
type Fake struct {
	// Answers are the outputs by the beginning of the command line. The longest beginning counts. An answer that begins with
	// "error: " fails the command.
	Answers map[string]string
	// Ran are the commands that ran, with what they read from stdin if that is short.
	Ran []string
}

// Run answers the command. A command without an answer fails.
func (f *Fake) Run(ctx context.Context, c Command) (string, error) {
	line := strings.Join(c.Args, " ")
	ran := line
	if c.Stdin != nil {
		text, err := io.ReadAll(c.Stdin)
		if err != nil {
			return "", err
		}
		if len(text) < 1000 {
			ran += " <<< " + string(text)
		}
	}
	f.Ran = append(f.Ran, ran)
	if err := ctx.Err(); err != nil {
		return "", err
	}
	best, found := "", false
	for beginning := range f.Answers {
		if strings.HasPrefix(line, beginning) && (!found || len(beginning) > len(best)) {
			best, found = beginning, true
		}
	}
	if !found {
		return "", fmt.Errorf("the test has no answer for the command %q", line)
	}
	if problem, fails := strings.CutPrefix(f.Answers[best], "error: "); fails {
		return "", &Error{Args: c.Args, Stderr: problem, Err: errors.New("exit status 1")}
	}
	return f.Answers[best], nil
}
