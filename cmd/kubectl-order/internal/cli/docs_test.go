// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"os"
	"strings"
	"testing"

	"kubelet-ordering/internal/golden"
)

// TestReadmePicture draws the first picture of README.md. The other one is a run of the demo.
func TestReadmePicture(t *testing.T) {
	got := run(t, cluster(t), "", "graph", "-f", "../../../../hack/demo/pods/mission.yaml", "-o", "svg")
	golden.Check(t, "../../../../docs/mission-graph.svg", got.out)
}

// TestObservabilityPicture draws the picture of docs/observability.md, from a pod and its traces as a real node had them.
func TestObservabilityPicture(t *testing.T) {
	got := run(t, cluster(t), "", "timeline", "-f", "testdata/recorded/traced.yaml", "--traces", "testdata/recorded-traces.json", "-o", "svg")
	golden.Check(t, "../../../../docs/observability/traced.svg", got.out)
}

// TestDocs runs the commands of docs/kubectl-order.md, in the directory of the tests' files, and compares what they print with what the
// page shows. A line that ends in "..." is the beginning of one.
func TestDocs(t *testing.T) {
	t.Setenv("COLUMNS", "100")
	page, err := os.ReadFile("../../../../docs/kubectl-order.md")
	if err != nil {
		t.Fatal(err)
	}
	api := cluster(t)
	t.Chdir("testdata")
	ran := 0
	for _, block := range strings.Split(string(page), "```text\n")[1:] {
		block, _, _ = strings.Cut(block, "```")
		line, want, _ := strings.Cut(block, "\n")
		command, ok := strings.CutPrefix(line, "$ kubectl order ")
		if !ok {
			t.Errorf("the block does not begin with a command: %s", line)
			continue
		}
		ran++
		t.Run(command, func(t *testing.T) {
			got := run(t, api, "", strings.Fields(command)...)
			lines := strings.Split(strings.TrimRight(got.out, "\n"), "\n")
			shown := strings.Split(strings.TrimRight(want, "\n"), "\n")
			if len(lines) != len(shown) {
				t.Fatalf("the page shows %d lines, and there are %d:\n%s", len(shown), len(lines), got.out)
			}
			for i, line := range lines {
				begin, cut := strings.CutSuffix(shown[i], "...")
				if line != shown[i] && (!cut || !strings.HasPrefix(line, begin)) {
					t.Errorf("the page shows\n%s\nin place of\n%s", shown[i], line)
				}
			}
		})
	}
	if ran == 0 {
		t.Error("the page shows no command")
	}
}
