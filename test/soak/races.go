// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"strings"
)

// races returns the data races in a log, each by the line below its title, and writes them as a whole to a file. A kubelet that was
// not built with the race detector reports none.
func races(log, file string) (found []string) {
	text, err := os.ReadFile(log)
	if err != nil {
		return []string{"the kubelet's log is missing: " + err.Error()}
	}
	const bar = "=================="
	var whole strings.Builder
	for _, part := range strings.Split(string(text), bar) {
		if rest, is := strings.CutPrefix(strings.TrimSpace(part), "WARNING: DATA RACE"); is {
			first, _, _ := strings.Cut(strings.TrimSpace(rest), "\n\n")
			found = append(found, strings.Join(strings.Fields(first), " "))
			whole.WriteString(bar + part + bar + "\n")
		}
	}
	if len(found) > 0 {
		_ = os.WriteFile(file, []byte(whole.String()), 0o644)
	}
	return found
}
