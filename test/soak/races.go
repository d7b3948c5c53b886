// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"strings"
)

// isOfUpstream reports whether a data race is one of upstream's that is known, and has nothing of ours in it: the volume manager
// registers its metrics while its reconciler, which has just begun, already counts the volumes that it reconstructs.
func isOfUpstream(race string) bool {
	return strings.Contains(race, "pkg/kubelet/volumemanager/metrics/metrics.go:") &&
		strings.Contains(race, "volumemanager/reconciler.(*reconciler).reconstructVolume()") && !strings.Contains(race, "/dependency_")
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
			if isOfUpstream(rest) {
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
