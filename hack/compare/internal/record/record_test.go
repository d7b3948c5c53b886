// SPDX-License-Identifier: Apache-2.0

package record

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// What has been recorded is there after an interruption, except for a line that it has cut off.
func TestLog(t *testing.T) {
	log := NewLog(filepath.Join(t.TempDir(), "new"), "ours")
	if got, err := log.Attempts("k1"); err != nil || len(got) > 0 {
		t.Fatalf("before the first result: %v, %v", got, err)
	}
	first := Attempt{Spec: "a", Group: "g", State: "failed", Seconds: 1, Message: "no", Kubelet: "k1", Ended: time.Unix(5, 0).UTC()}
	again := Attempt{Spec: "a", Group: "g", State: "passed", Kubelet: "k1", Ended: time.Unix(6, 0).UTC()}
	other := Attempt{Spec: "a", Group: "g", State: "passed", Kubelet: "k2", Ended: time.Unix(7, 0).UTC()}
	for _, attempts := range [][]Attempt{{first}, {again, other}} {
		if err := log.Append(attempts); err != nil {
			t.Fatal(err)
		}
	}
	content, err := os.ReadFile(log.path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(log.path, append(content, `{"spec":"b","kube`...), 0o600); err != nil {
		t.Fatal(err)
	}
	next := Attempt{Spec: "c", Group: "g", State: "passed", Kubelet: "k1", Ended: time.Unix(8, 0).UTC()}
	if err := log.Append([]Attempt{next}); err != nil {
		t.Fatal(err)
	}
	got, err := log.Attempts("k1")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string][]Attempt{"a": {first, again}, "c": {next}}, got); diff != "" {
		t.Errorf("attempts (-want +got):\n%s", diff)
	}
}
