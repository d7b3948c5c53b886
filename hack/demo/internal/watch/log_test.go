// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"kubelet-ordering/internal/facts"
)

func TestParse(t *testing.T) {
	now := time.Date(2026, 11, 22, 21, 0, 10, 0, time.UTC)
	at := time.Date(2026, 11, 22, 21, 0, 3, 123456000, time.UTC)
	tests := map[string]struct {
		text string
		want *facts.Line
	}{
		"the event": {
			text: `I1122 21:00:03.123456   99 event.go:395] "Event occurred" object="default/p-node"` +
				` fieldPath="spec.containers{app}" kind="Pod" apiVersion="v1" type="Normal" reason="Killing" message="Stopping container app"`,
			want: &facts.Line{At: at, Container: "app", Step: facts.Told},
		},
		"the event of a native sidecar": {
			text: `I1122 21:00:03.123456   99 event.go:395] "Event occurred" object="default/p-node"` +
				` fieldPath="spec.initContainers{mesh}" kind="Pod" apiVersion="v1" type="Normal" reason="Killing" message="Stopping container mesh"`,
			want: &facts.Line{At: at, Container: "mesh", Step: facts.Told},
		},
		"another event": {
			text: `I1122 21:00:03.123456   99 event.go:395] "Event occurred" object="default/p-node"` +
				` fieldPath="spec.containers{app}" kind="Pod" apiVersion="v1" type="Normal" reason="Started" message="x"`,
		},
		"another pod": {
			text: `I1122 21:00:03.123456   99 event.go:395] "Event occurred" object="default/q-node"` +
				` fieldPath="spec.containers{app}" kind="Pod" apiVersion="v1" type="Normal" reason="Killing" message="x"`,
		},
		"the hook": {
			text: `I1122 21:00:03.123456   99 k.go:786] "Running preStop hook" pod="default/p-node" podUID="uid"` +
				` containerName="app" containerID="containerd://ab12"`,
			want: &facts.Line{At: at, Container: "app", Run: "ab12", Step: facts.HookBegan},
		},
		"the end of the hook": {
			text: `I1122 21:00:03.123456   99 k.go:806] "PreStop hook completed" pod="default/p-node" podUID="uid"` +
				` containerName="app" containerID="containerd://ab12"`,
			want: &facts.Line{At: at, Container: "app", Run: "ab12", Step: facts.HookEnded},
		},
		"the failure of the hook": {
			text: `E1122 21:00:03.123456   99 k.go:794] "PreStop hook failed" err="exit status 1" pod="default/p-node" podUID="uid"` +
				` containerName="app" containerID="containerd://ab12"`,
			want: &facts.Line{At: at, Container: "app", Run: "ab12", Step: facts.HookEnded},
		},
		"the signal": {
			text: `I1122 21:00:03.123456   99 k.go:912] "Killing container with a grace period" pod="default/p-node"` +
				` podUID="uid" containerName="app" containerID="containerd://ab12" gracePeriod=30`,
			want: &facts.Line{At: at, Container: "app", Run: "ab12", Step: facts.Signalled},
		},
		"a probe": {
			text: `I1122 21:00:03.123456   99 prober.go:114] "Probe succeeded" probeType="Readiness" pod="default/p-node"` +
				` podUID="uid" containerName="app"`,
			want: &facts.Line{At: at, Container: "app", Step: facts.Probed},
		},
		"another probe": {
			text: `I1122 21:00:03.123456   99 prober.go:114] "Probe succeeded" probeType="Liveness" pod="default/p-node"` +
				` podUID="uid" containerName="app"`,
		},
		"no header":      {text: `Killing container with a grace period`},
		"something else": {text: `I1122 21:00:03.123456   99 k.go:1] "SyncLoop" podUID="uid"`},
		"of another pod": {
			text: `I1122 21:00:03.123456   99 k.go:912] "Killing container with a grace period" podUID="other"` +
				` containerName="app" containerID="containerd://ab12"`,
		},
		"the override line": {
			text: `I1122 21:00:03.123456   99 k.go:891] "Killing container with a grace period override" podUID="uid"` +
				` containerName="app" containerID="containerd://ab12" gracePeriod=3`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, ok := parse(test.text, "default/p-node", "uid", now)
			if ok != (test.want != nil) {
				t.Fatalf("got %v, %v", got, ok)
			}
			if ok {
				if diff := cmp.Diff(*test.want, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestStampOfLastYear(t *testing.T) {
	got, ok := stamp("I1231 23:59:59.000000", time.Date(2027, 1, 1, 0, 0, 1, 0, time.UTC))
	if want := time.Date(2026, 12, 31, 23, 59, 59, 0, time.UTC); !ok || !got.Equal(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestTail(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, []byte("before\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	log, err := follow(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, step := range []struct {
		write string
		want  []string
	}{{write: ""}, {write: "one\ntw", want: []string{"one"}}, {write: "o\n", want: []string{"two"}}} {
		if _, err := file.WriteString(step.write); err != nil {
			t.Fatal(err)
		}
		got, err := log.lines()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(step.want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("after %q (-want +got):\n%s", step.write, diff)
		}
	}
}
