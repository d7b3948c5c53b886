// SPDX-License-Identifier: Apache-2.0

package report

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kubelet-ordering/hack/bench/internal/result"
)

// goFile is a parsed file in Go's benchmark format.
type goFile struct {
	config map[string]string
	// values by unit, of each benchmark in the order of its lines.
	values map[string][]map[string]float64
}

var (
	configLine = regexp.MustCompile(`^([a-z][^\sA-Z]*):[ \t]+(.+)$`)
	benchLine  = regexp.MustCompile(`^(Benchmark[A-Z]\S*)\s+(\d+)((?:\s+\S+\s+\S+)+)$`)
)

// readGoBenchmark parses the format as its design says, and ignores lines that are neither configuration nor results.
func readGoBenchmark(t *testing.T, text string) goFile {
	t.Helper()
	f := goFile{config: map[string]string{}, values: map[string][]map[string]float64{}}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if m := configLine.FindStringSubmatch(line); m != nil {
			f.config[m[1]] = m[2]
		}
		if !strings.HasPrefix(line, "Benchmark") {
			continue
		}
		m := benchLine.FindStringSubmatch(line)
		if m == nil {
			t.Fatalf("no line of results: %q", line)
		}
		values := map[string]float64{}
		fields := strings.Fields(m[3])
		for i := 0; i < len(fields); i += 2 {
			value, err := strconv.ParseFloat(fields[i], 64)
			if err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			if _, twice := values[fields[i+1]]; twice {
				t.Errorf("%q has %s twice", line, fields[i+1])
			}
			values[fields[i+1]] = value
		}
		f.values[m[1]] = append(f.values[m[1]], values)
	}
	return f
}

func TestGoBenchmark(t *testing.T) {
	r := sample()
	again := result.Sample{Round: 1, Subject: result.Runtime, Case: "2", Metric: result.Start, Value: 0.25}
	r.Samples = append(r.Samples, again)
	got := readGoBenchmark(t, GoBenchmark(r))
	type line = map[string]float64
	want := goFile{
		config: map[string]string{"goos": "linux", "goarch": "amd64", "cpu": "Z 9", "cores": "2", "kernel": "6.8"},
		values: map[string][]map[string]float64{
			"BenchmarkRuntime/containers=1": {line{"sec/start": 0.15}, line{"sec/one": 0.1}},
			"BenchmarkRuntime/containers=2": {line{"sec/start": 0.2}, line{"sec/start": 0.25}},
			"BenchmarkPod/shape=chain-1/warmup=300ms/period=10/kubelet=ours": {
				line{"sec/start": 0.6}, line{"sec/start": 0.8}, line{"sec/stop": 0.2}, line{"sec/stop": 0.2},
			},
			"BenchmarkPod/shape=chain-1/warmup=300ms/period=10/kubelet=pristine": {line{"sec/start": 10.5}},
			"BenchmarkPod/shape=ordinary-1/warmup=0s/period=0/kubelet=ours":      {line{"sec/start": 0.3}},
			"BenchmarkTenant/pods=20/neighbors=30-hostile/kubelet=ours": {
				line{"sec/start": 0.2}, line{"sec/start": 0.3}, line{"sec/start": 0.9}, line{"lost-events": 0}, line{"lost-events": 2},
			},
			"BenchmarkTenant/pods=20/neighbors=30-idle/kubelet=ours": {
				line{"sec/start": 0.1}, line{"sec/start": 0.2}, line{"sec/start": 0.3}, line{"lost-events": 0}, line{"cpu-sec/sec": 0.08},
			},
			"BenchmarkTenant/pods=20/neighbors=30-hostile/kubelet=pristine": {line{"cpu-sec/sec": 0.2}},
			"BenchmarkCrowd/pods=100/order=ordered/kubelet=ours": {
				line{"sec/start": 40}, line{"calls/pod": 30}, line{"sec/stop": 2}, line{"drain-patches/pod": 6},
			},
			"BenchmarkCrowd/pods=100/order=native/kubelet=pristine":               {line{"drain-patches/pod": 3}},
			"BenchmarkCrowd/pods=100/order=ordered/load=rest/kubelet=ours":        {line{"cpu-sec/sec": 0.05}},
			"BenchmarkCrowd/pods=100/order=unordered/kubelet=pristine":            {line{"sec/start": 32}, line{"calls/pod": 20}, line{"stop-calls/pod": 7}, line{"drain-patches/pod": 2}},
			"BenchmarkCrowd/pods=100/order=unordered/load=churn/kubelet=pristine": {line{"calls/sec": 3}},
			"BenchmarkCrowd/pods=100/order=unordered/load=rest/kubelet=pristine":  {line{"calls/sec": 6}, line{"cpu-sec/sec": 0.04}, line{"B": 100 << 20}},
		},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(goFile{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
