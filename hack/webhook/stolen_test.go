// SPDX-License-Identifier: Apache-2.0

package webhook

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// window is how long a part of a run is. The kernel counts in hundredths of a second.
const window = 250 * time.Millisecond

// windows are the parts of a run, one after the other: the time of the processors, in hundredths of a second, that the hypervisor gave
// to other machines in each. Where it took some, a latency says more of them than of the program.
type windows []int

// watchStolen samples until done is closed, and then sends the windows.
func watchStolen(t *testing.T, done <-chan struct{}) <-chan windows {
	t.Helper()
	result := make(chan windows, 1)
	last := stolen(t)
	go func() {
		var all windows
		ticker := time.NewTicker(window)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				result <- all
				return
			case <-ticker.C:
				now := stolen(t)
				all = append(all, now-last)
				last = now
			}
		}
	}()
	return result
}

// stolen returns the time that the hypervisor has taken from all processors since the machine started.
func stolen(t *testing.T) int {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		t.Error(err)
		return 0
	}
	line, _, _ := strings.Cut(string(text), "\n")
	fields := strings.Fields(line)
	if len(fields) < 9 {
		return 0
	}
	var ticks int
	if _, err := fmt.Sscan(fields[8], &ticks); err != nil {
		t.Error(err)
	}
	return ticks
}

// total returns the share of the processors that was taken.
func (w windows) total(processors int) float64 {
	var ticks int
	for _, each := range w {
		ticks += each
	}
	return float64(ticks) / (float64(len(w)*processors) * window.Seconds() * 100)
}

// undisturbed reports whether nothing was taken while something took from a time, since the beginning of the run, to another, nor in
// the window before, whose work may have been left over.
func (w windows) undisturbed(from, to time.Duration) bool {
	for i := max(0, int(from/window)-1); i <= int(to/window); i++ {
		if i >= len(w) || w[i] > 0 {
			return false
		}
	}
	return true
}
