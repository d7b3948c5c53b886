// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRaces(t *testing.T) {
	const bar = "==================\n"
	report := func(where string) string {
		return bar + "WARNING: DATA RACE\nWrite at 0x1 by goroutine 2:\n  f()\n      " + where + ":1 +0x2\n\nPrevious read at 0x1 by goroutine 3:\n  g()\n" + bar
	}
	log, file := filepath.Join(t.TempDir(), "kubelet.log"), filepath.Join(t.TempDir(), "races.txt")
	text := "I1127 begin\n" + report("pkg/kubelet/kuberuntime/dependency_start.go") + "I1127 between\n" +
		report("pkg/kubelet/volumemanager/metrics/metrics.go")
	if err := os.WriteFile(log, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	found, upstream := races(log, file)
	want := []string{"Write at 0x1 by goroutine 2: f() pkg/kubelet/kuberuntime/dependency_start.go:1 +0x2"}
	if diff := cmp.Diff(want, found); diff != "" || upstream != 1 {
		t.Errorf("%d races of upstream's, want 1; others (-want +got):\n%s", upstream, diff)
	}
	whole, err := os.ReadFile(file)
	if err != nil || string(whole) != report("pkg/kubelet/kuberuntime/dependency_start.go")+report("pkg/kubelet/volumemanager/metrics/metrics.go") {
		t.Errorf("the file has %q (%v)", whole, err)
	}
	if found, _ := races(filepath.Join(t.TempDir(), "none"), file); len(found) != 1 {
		t.Errorf("a log that is missing gives %q", found)
	}
}
