// SPDX-License-Identifier: Apache-2.0

package schedule

import (
	"fmt"
	"os"
	"time"
)

// Progress tells how far the whole run is.
type Progress struct {
	// Begin of the run.
	Begin time.Time
	// Title of what is done now, such as "round 1/3, ours".
	Title string
	// Done and Total are the work that is done and all of it, by what was expected of it.
	Done, Total time.Duration
}

// Add counts work as done.
func (p *Progress) Add(work time.Duration) { p.Done += work }

// Say writes a line, with what remains.
func (p *Progress) Say(format string, args ...any) {
	elapsed := time.Since(p.Begin)
	fmt.Fprintf(os.Stderr, "bench %6.0fs  %s: %s; %s left\n", elapsed.Seconds(), p.Title, fmt.Sprintf(format, args...), rough(p.Left(elapsed)))
}

// Left is roughly how much time remains: the work that is left, at the speed so far once that is known.
func (p *Progress) Left(elapsed time.Duration) time.Duration {
	left := max(p.Total-p.Done, 0)
	if p.Done < time.Minute {
		return left
	}
	return time.Duration(float64(left) * elapsed.Seconds() / p.Done.Seconds())
}

func rough(d time.Duration) string {
	if d < 90*time.Second {
		return fmt.Sprintf("about %.0f s", d.Seconds())
	}
	return fmt.Sprintf("about %.0f min", d.Minutes())
}
