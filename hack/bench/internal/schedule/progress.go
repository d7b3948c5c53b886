// SPDX-License-Identifier: Apache-2.0

package schedule

import (
	"fmt"
	"os"
	"time"
)

// Progress tells where the whole run is.
type Progress struct {
	// Begin of the run.
	Begin time.Time
	// Title of what is done now, such as "round 1/3, ours".
	Title string
}

// Say writes a line, with the time that has passed.
func (p Progress) Say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "bench %6.0fs  %s: %s\n", time.Since(p.Begin).Seconds(), p.Title, fmt.Sprintf(format, args...))
}
