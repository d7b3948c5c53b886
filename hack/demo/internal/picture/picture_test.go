// SPDX-License-Identifier: Apache-2.0

package picture

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kubelet-ordering/hack/demo/internal/sample"
	"kubelet-ordering/hack/demo/internal/timeline"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestDraw(t *testing.T) {
	pod, graph := sample.Mission(16)
	got := Draw(timeline.Of(pod, graph, sample.At(16)))
	const file = "testdata/mission.svg"
	if *update {
		if err := errors.Join(os.MkdirAll("testdata", 0o755), os.WriteFile(file, got, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v: run the test with -update", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s\nrun the test with -update if this is right", diff)
	}
}

// TestDrawIsXML holds for names that need escaping too, and for a pod that has just begun.
func TestDrawIsXML(t *testing.T) {
	for _, seconds := range []float64{0, 3, 8, 14, 16} {
		pod, graph := sample.Mission(seconds)
		pod.Reason = `a "reason" < b & c`
		decoder := xml.NewDecoder(bytes.NewReader(Draw(timeline.Of(pod, graph, sample.At(seconds)))))
		for {
			_, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("after %v s: %v", seconds, err)
			}
		}
	}
}
