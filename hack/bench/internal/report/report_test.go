// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kubelet-ordering/hack/bench/internal/result"
	"kubelet-ordering/hack/bench/internal/shape"
)

// sample is a run of one chain and one ordinary pod, and of crowds.
func sample() result.Run {
	chain := shape.Case{Kind: shape.Chain, Size: 1, WarmUp: 300 * time.Millisecond, Period: 10}
	plain := shape.Case{Kind: shape.Ordinary, Size: 1}
	r := result.Run{
		Begin: time.Date(2026, 11, 24, 17, 0, 0, 0, time.UTC), Took: 120, Rounds: 2, Crowd: 100, Rest: 60, Neighbors: 30, Tenants: 20,
		Machine:  result.Machine{Arch: "amd64", Cores: 2, CPU: "Z 9", Kernel: "6.8"},
		Versions: map[result.Subject]string{result.Ours: "A", result.Pristine: "B"},
		Cases:    []shape.Case{chain, plain, {Kind: shape.Diamond}},
	}
	add := func(subject result.Subject, name string, metric result.Metric, values ...float64) {
		for i, value := range values {
			r.Samples = append(r.Samples, result.Sample{Round: i + 1, Subject: subject, Case: name, Metric: metric, Value: value})
		}
	}
	add(result.Runtime, "1", result.Start, 0.15)
	add(result.Runtime, "1", result.One, 0.1)
	add(result.Runtime, "2", result.Start, 0.2)
	add(result.Ours, chain.Name(), result.Start, 0.6, 0.8)
	add(result.Ours, chain.Name(), result.Stop, 0.2, 0.2)
	add(result.Pristine, chain.Name(), result.Start, 10.5)
	add(result.Ours, plain.Name(), result.Start, 0.3)
	add(result.Ours, "crowd-ordered", result.Crowd, 40)
	add(result.Pristine, "crowd-unordered", result.Crowd, 32)
	add(result.Ours, "crowd-ordered", result.CrowdCalls, 30)
	add(result.Pristine, "crowd-unordered", result.CrowdCalls, 20)
	add(result.Ours, "crowd-ordered", result.CrowdStop, 2)
	add(result.Pristine, "crowd-unordered", result.CrowdStopCalls, 7)
	add(result.Pristine, "crowd-unordered", result.RestCalls, 6)
	add(result.Pristine, "crowd-unordered", result.ChurnCalls, 3)
	add(result.Ours, "crowd-ordered", result.RestCPU, 0.05)
	add(result.Pristine, "crowd-unordered", result.RestCPU, 0.04)
	add(result.Pristine, "crowd-unordered", result.RestMemory, 100<<20)
	add(result.Ours, "crowd-ordered", result.DrainPatches, 6)
	add(result.Pristine, "crowd-native", result.DrainPatches, 3)
	add(result.Pristine, "crowd-unordered", result.DrainPatches, 2)
	add(result.Ours, "tenant-hostile", result.TenantStart, 0.2, 0.3, 0.9)
	add(result.Ours, "tenant-hostile", result.LostEvents, 0, 2)
	add(result.Ours, "tenant-idle", result.TenantStart, 0.1, 0.2, 0.3)
	add(result.Ours, "tenant-idle", result.LostEvents, 0)
	add(result.Ours, "tenant-idle", result.TenantCPU, 0.08)
	add(result.Pristine, "tenant-hostile", result.TenantCPU, 0.2)
	for i, s := range r.Samples {
		r.Samples[i].Together = s.Subject == result.Pristine && s.Case == chain.Name()
	}
	late := result.Sample{Round: 2, Subject: result.Pristine, Case: chain.Name(), Metric: result.Stop, Failure: "too late"}
	r.Samples = append(r.Samples, late)
	return r
}

func TestRows(t *testing.T) {
	r := sample()
	want := []Row{
		{
			Case: r.Cases[0], Bound: 0.55,
			Ours:     Found{Start: Summary{N: 2, Median: 0.7, Min: 0.6, Max: 0.8}, Stop: Summary{N: 2, Median: 0.2, Min: 0.2, Max: 0.2}},
			Pristine: Found{Start: Summary{N: 1, Median: 10.5, Min: 10.5, Max: 10.5}, Together: true},
		},
		{Case: r.Cases[1], Bound: 0.15, Ours: Found{Start: Summary{N: 1, Median: 0.3, Min: 0.3, Max: 0.3}}},
	}
	near := cmp.Comparer(func(a, b float64) bool { return a-b < 1e-9 && b-a < 1e-9 })
	if diff := cmp.Diff(want, Rows(r), near); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMarkdown(t *testing.T) {
	r := sample()
	deaf := shape.Case{Kind: shape.Deaf, Size: 3}
	r.Cases = append(r.Cases, deaf)
	r.Arguments = []string{"-rounds", "2"}
	for metric, value := range map[result.Metric]float64{result.Start: 0.4, result.Stop: 16, result.StopOff: 0.14} {
		r.Samples = append(r.Samples, result.Sample{Round: 1, Subject: result.Ours, Case: deaf.Name(), Metric: metric, Value: value})
	}
	text, err := Markdown(r)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"a start": "| chain-1    | 0.3 s   | 10 s   |          2 |  0.55 | 0.70 (0.60–0.80) " +
			"|  10.50 † |       1.27 |           19.1 |          0.07 |\n",
		"no pristine": "| ordinary-1 | –       | –      |          1 |  0.15 |             0.30 " +
			"|        – |       2.00 |              – |             – |\n",
		"a stop":   "| chain-1    | 0.3 s   | 10 s   |          2 | 0.20 (0.20–0.20) |        – |             – |\n",
		"deaf":     "| deaf-3 |          3 | 16.00 | 0.14 |        – |        1.00 |               – |\n",
		"flags":    "- flags: `-rounds 2`\n\n## Start\n",
		"together": "\n† These pods",
		"many": "| ours, ordered             | 40.00 [1.25] |   30.0 [1.50] | 2.00 [–] |         – [–] |       50.0 [1.25] " +
			"|               – [–] |      – [–] |                 – [–] |                   – [–] |      – [–] |\n",
		"none of many": "| ours, unordered           |        – [–] |         – [–] |    – [–] |         – [–] |             – [–] " +
			"|               – [–] |      – [–] |                 – [–] |                   – [–] |      – [–] |\n",
		"no ratio": "| pristine, unordered       | 32.00 [1.00] |   20.0 [1.00] |    – [–] |    7.0 [1.00] |       40.0 [1.00] " +
			"|          100 [1.00] | 6.0 [1.00] |                 – [–] |                   – [–] | 3.0 [1.00] |\n",
		"a drain": "| ours, ordered             |    – [–] |                  – [–] |            – [–] |    – [–] " +
			"|            6.00 [3.00] |            – [–] |\n",
		"beside hostile pods": "| ours, hostile      | 0.30 [1.50] | 0.90 [3.00] |                – |   – " +
			"|         – |       – |       2 [–] |         – |           – |\n",
		"beside idle pods": "| ours, idle         |        0.20 |        0.30 |                – |   – " +
			"|         – |       – |           0 |        80 |           – |\n",
		"a failed pod":   "- round 2, pristine, chain-1-300ms-p10, stop: too late\n",
		"where and when": "2026-11-24 17:00 UTC on 2 cores of Z 9, Linux 6.8, rounds: 2, minutes: 2.",
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(text, want) {
				t.Errorf("want %q in:\n%s", want, text)
			}
		})
	}
}

func TestMarkdownOfNothing(t *testing.T) {
	text, err := Markdown(result.Run{})
	if err != nil || strings.Contains(text, "|") || strings.Contains(text, "##") {
		t.Errorf("got %v, %s", err, text)
	}
}

// TestSVGIsXML includes a run without results.
func TestSVGIsXML(t *testing.T) {
	for name, rows := range map[string][]Row{"usual": Rows(sample()), "nothing": nil} {
		t.Run(name, func(t *testing.T) {
			picture := SVG(rows)
			if bytes.Contains(picture, []byte("NaN")) || bytes.Contains(picture, []byte("Inf")) {
				t.Error("something stands nowhere")
			}
			for decoder := xml.NewDecoder(bytes.NewReader(picture)); ; {
				_, err := decoder.Token()
				if errors.Is(err, io.EOF) {
					return
				}
				if err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}
