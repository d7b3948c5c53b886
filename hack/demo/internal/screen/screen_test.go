// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"bytes"
	"strings"
	"testing"

	"kubelet-ordering/hack/demo/internal/sample"
	"kubelet-ordering/hack/demo/internal/timeline"
)

// TestPlainTellsEachEventOnce follows the whole sample.
func TestPlainTellsEachEventOnce(t *testing.T) {
	var out bytes.Buffer
	p := &plain{out: &out, width: 80, told: map[timeline.Event]bool{}}
	for seconds := 0.0; seconds < 16.2; seconds += 0.3 {
		pod, graph := sample.Mission(seconds)
		p.Show(timeline.Of(pod, graph, sample.At(seconds)))
	}
	log := out.String()
	for _, want := range []string{
		"certs        exited with code 0", "mesh         preStop", "mesh         stopping", "agent        ready",
		"app          waits for mesh Ready", "app          starting", "pod Succeeded",
	} {
		if n := strings.Count(log, want+"\n") + strings.Count(log, want+" \n"); n != 1 {
			t.Errorf("%q was told %d times:\n%s", want, n, log)
		}
	}
}
