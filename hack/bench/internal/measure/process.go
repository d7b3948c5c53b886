// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// process is one on the node, by its number.
type process struct{ pid string }

// ticks a second: the unit of times in /proc, which Linux has fixed for programs.
const ticks = 100

// Used is the processor time of all its threads, also of those that have ended, in steps of 10 ms.
func (p process) Used() (time.Duration, error) {
	content, err := os.ReadFile("/proc/" + p.pid + "/stat")
	if err != nil {
		return 0, fmt.Errorf("read the kubelet's processor time (does it still run?): %w", err)
	}
	used, err := parseStat(string(content))
	if err != nil {
		return 0, fmt.Errorf("read the kubelet's processor time from /proc/%s/stat: %w", p.pid, err)
	}
	return used, nil
}

func parseStat(text string) (time.Duration, error) {
	// The name of the program, in parentheses, may have spaces in it; the state is the first field after it, the third of all.
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	const user, system = 14 - 3, 15 - 3
	if len(fields) <= system {
		return 0, fmt.Errorf("only %d fields in %q", len(fields), text)
	}
	var sum int64
	for _, field := range []string{fields[user], fields[system]} {
		value, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("a time is no number: %w", err)
		}
		sum += value
	}
	return time.Duration(sum) * time.Second / ticks, nil
}

// Memory is what it holds of the machine's memory (VmRSS), in bytes.
func (p process) Memory() (int64, error) {
	content, err := os.ReadFile("/proc/" + p.pid + "/status")
	if err != nil {
		return 0, fmt.Errorf("read the kubelet's memory (does it still run?): %w", err)
	}
	memory, err := parseStatus(string(content))
	if err != nil {
		return 0, fmt.Errorf("read the kubelet's memory from /proc/%s/status: %w", p.pid, err)
	}
	return memory, nil
}

func parseStatus(text string) (int64, error) {
	for line := range strings.Lines(text) {
		rest, found := strings.CutPrefix(line, "VmRSS:")
		if !found {
			continue
		}
		kilobytes, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("VmRSS is no number: %w", err)
		}
		return kilobytes * 1024, nil
	}
	return 0, fmt.Errorf("it has no VmRSS")
}
