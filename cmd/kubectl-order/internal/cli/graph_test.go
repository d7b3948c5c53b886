// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

// hostile is a pod that tries to write to the terminal, and to break out of each picture's language. A cluster would refuse its names.
const hostile = `{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "\u001b]0;evil\u0007\"><script>", "annotations": {
	"container.lifecycle.alpha.kubernetes.io/a\"];\nx [label=\"|<b>\u001b[31m": "{\"type\": \"Sidecar\"}"}},
	"spec": {"containers": [{"name": "a\"];\nx [label=\"|<b>\u001b[31m"}, {"name": "app#quot;</text>"}]}}`

func TestGraph(t *testing.T) {
	tests := map[string]string{
		"text":     "graph -f testdata/mission.yaml",
		"json":     "graph -f testdata/report.yaml -o json",
		"yaml":     "graph -f testdata/report.yaml -o yaml",
		"dot":      "graph -f testdata/mission.yaml -o dot",
		"mermaid":  "graph -f testdata/mission.yaml -o mermaid",
		"svg":      "graph -f testdata/mission.yaml -o svg",
		"all.dot":  "graph -f testdata/mission.yaml -o dot --all",
		"invalid":  "graph -f testdata/wrong.yaml",
		"field":    "graph -f testdata/field.yaml",
		"natives":  "graph -f testdata/natives.yaml",
		"a format": "graph -f testdata/mission.yaml -o png",
	}
	for name, line := range tests {
		t.Run(name, func(t *testing.T) {
			checkGolden(t, "graph-"+strings.ReplaceAll(name, " ", "-")+".txt", run(t, cluster(t), "", strings.Fields(line)...).all())
		})
	}
}

// TestGraphEscapes draws a hostile pod in all formats: no control character is printed, and each picture is still well-formed.
func TestGraphEscapes(t *testing.T) {
	for _, format := range []string{"text", "json", "yaml", "dot", "mermaid", "svg"} {
		t.Run(format, func(t *testing.T) {
			got := run(t, cluster(t), hostile, "graph", "-f", "-", "-o", format)
			if got.code != Fine || strings.ContainsAny(got.all(), "\x1b\x07\r") {
				t.Errorf("got %q", got.all())
			}
			if format != "json" && format != "yaml" && strings.Contains(got.out, "\nx [") {
				t.Errorf("a name ends its line: %q", got.out)
			}
			switch format {
			case "dot":
				if strings.Contains(got.out, `a"`) {
					t.Errorf("a name ends its string: %s", got.out)
				}
			case "mermaid":
				if strings.Contains(got.out, "<b>") || strings.Contains(got.out, "#quot;</") {
					t.Errorf("a name is not quoted: %s", got.out)
				}
			case "svg":
				if strings.Contains(got.out, "<script") || strings.Contains(got.out, "<b>") {
					t.Errorf("a name is an element: %s", got.out)
				}
				wellFormed(t, got.out)
			}
		})
	}
}

// wellFormed fails the test if the text is no XML.
func wellFormed(t *testing.T, text string) {
	t.Helper()
	decoder := xml.NewDecoder(bytes.NewReader([]byte(text)))
	for {
		_, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%v in %s", err, text)
		}
	}
}
