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
	report := func(where, before string) string {
		return bar + "WARNING: DATA RACE\nWrite at 0x1 by goroutine 2:\n  f()\n      " + where + ":1 +0x2\n\nPrevious read at 0x1 by goroutine 3:\n  " +
			before + "\n" + bar
	}
	const reconstruct = "k8s.io/kubernetes/pkg/kubelet/volumemanager/reconciler.(*reconciler).reconstructVolume()"
	all := report("pkg/kubelet/kuberuntime/dependency_start.go", "g()") + report("pkg/kubelet/volumemanager/metrics/metrics.go", reconstruct) +
		report("pkg/kubelet/volumemanager/metrics/metrics.go", "pkg/kubelet/volumemanager/cache/dependency_orphan.go")
	log, file := filepath.Join(t.TempDir(), "kubelet.log"), filepath.Join(t.TempDir(), "races.txt")
	if err := os.WriteFile(log, []byte("I1127 begin\n"+all), 0o600); err != nil {
		t.Fatal(err)
	}
	found, upstream := races(log, file)
	want := []string{"Write at 0x1 by goroutine 2: f() pkg/kubelet/kuberuntime/dependency_start.go:1 +0x2",
		"Write at 0x1 by goroutine 2: f() pkg/kubelet/volumemanager/metrics/metrics.go:1 +0x2"}
	if diff := cmp.Diff(want, found); diff != "" || upstream != 1 {
		t.Errorf("%d races of upstream's, want 1; others (-want +got):\n%s", upstream, diff)
	}
	whole, err := os.ReadFile(file)
	if err != nil || string(whole) != all {
		t.Errorf("the file has %q (%v)", whole, err)
	}
	if found, _ := races(filepath.Join(t.TempDir(), "none"), file); len(found) != 1 {
		t.Errorf("a log that is missing gives %q", found)
	}
}
