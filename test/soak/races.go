// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"slices"
	"strings"
)

// ofUpstream are the data races that the pristine kubelet has as well, by a line that each report of them has.
var ofUpstream = []string{
	// The volume manager registers its metrics while the reconciler already counts volumes that it reconstructs.
	"pkg/kubelet/volumemanager/metrics/metrics.go:",
}

// races returns the data races in a log, each by the line below its title, and how many of upstream's there are beside them. It writes
// all of them as a whole to a file. A kubelet that was not built with the race detector reports none.
func races(log, file string) (found []string, upstream int) {
	text, err := os.ReadFile(log)
	if err != nil {
		return []string{"the kubelet's log is missing: " + err.Error()}, 0
	}
	const bar = "=================="
	var whole strings.Builder
	for _, part := range strings.Split(string(text), bar) {
		if rest, is := strings.CutPrefix(strings.TrimSpace(part), "WARNING: DATA RACE"); is {
			whole.WriteString(bar + part + bar + "\n")
			if slices.ContainsFunc(ofUpstream, func(line string) bool { return strings.Contains(rest, line) }) {
				upstream++
				continue
			}
			first, _, _ := strings.Cut(strings.TrimSpace(rest), "\n\n")
			found = append(found, strings.Join(strings.Fields(first), " "))
		}
	}
	if whole.Len() > 0 {
		_ = os.WriteFile(file, []byte(whole.String()), 0o644)
	}
	return found, upstream
}
