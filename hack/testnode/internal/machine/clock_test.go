// SPDX-License-Identifier: Apache-2.0

package machine

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// timed prints how many milliseconds pass on its clock while a timer of 500 ms runs.
const timed = `#include <signal.h>
#include <stdio.h>
#include <time.h>
static long long now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1000LL + t.tv_nsec / 1000000; }
int main(void) {
	sigset_t alarm; int got; timer_t timer;
	struct itimerspec wait = {.it_value = {.tv_nsec = 500000000}};
	sigemptyset(&alarm); sigaddset(&alarm, SIGALRM); sigprocmask(SIG_BLOCK, &alarm, NULL);
	long long begin = now();
	timer_create(CLOCK_MONOTONIC, NULL, &timer);
	timer_settime(timer, 0, &wait, NULL);
	sigwait(&alarm, &got);
	printf("%lld\n", now() - begin);
	return 0;
}
`

// Under the clock, a timer takes longer than it says, and the program does not notice.
func TestSlowClock(t *testing.T) {
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("there is no C compiler here; hack/vm.sh installs one")
	}
	dir := t.TempDir()
	environment, err := slowClock(dir, 4)
	if err != nil {
		t.Fatal(err)
	}
	source, program := filepath.Join(dir, "timed.c"), filepath.Join(dir, "timed")
	if err := os.WriteFile(source, []byte(timed), 0o644); err != nil {
		t.Fatal(err)
	}
	if output, err := exec.Command("gcc", "-o", program, source).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	command := exec.Command(program)
	command.Env = append(os.Environ(), environment...)
	begin := time.Now()
	output, err := command.Output()
	took := time.Since(begin)
	seen, parseErr := strconv.Atoi(strings.TrimSpace(string(output)))
	if err != nil || parseErr != nil {
		t.Fatalf("%v, %v", err, parseErr)
	}
	if took < 2*time.Second {
		t.Errorf("the timer of 500 ms took %v, want 4 times as long", took)
	}
	if ratio := took.Seconds() * 1000 / float64(seen); seen < 500 || ratio < 3.5 {
		t.Errorf("the program saw %d ms pass in %v, want a quarter", seen, took)
	}
}

func TestSlowClockBounds(t *testing.T) {
	for factor, fails := range map[int]bool{-1: true, 0: true, 1: false, 101: true} {
		environment, err := slowClock(t.TempDir(), factor)
		if (err != nil) != fails || len(environment) > 0 {
			t.Errorf("factor %d: got %q, %v", factor, environment, err)
		}
	}
}
