// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"os"
	"strconv"
	"testing"
	"time"
)

func TestUsage(t *testing.T) {
	self := strconv.Itoa(os.Getpid())
	before, memory, err := usage(self)
	if err != nil {
		t.Fatal(err)
	}
	if memory < 1<<20 || memory > 1<<40 {
		t.Errorf("got %.0f bytes", memory)
	}
	// Work for a fifth of a second, and expect it in seconds, not in ticks.
	rounds := 0
	for begin := time.Now(); time.Since(begin) < 200*time.Millisecond; {
		rounds++
	}
	after, _, err := usage(self)
	if err != nil {
		t.Fatal(err)
	}
	if used := after - before; used <= 0 || used > 10 {
		t.Errorf("got %v s for %d rounds", used, rounds)
	}
	for name, pid := range map[string]string{"no number": "", "no process": "0"} {
		if _, _, err := usage(pid); err == nil {
			t.Errorf("%s was found", name)
		}
	}
}
