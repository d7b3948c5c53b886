// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"kubelet-ordering/hack/bench/internal/result"
)

// callsMetric counts the kubelet's calls to the container runtime by their kind.
const callsMetric = "kubelet_runtime_operations_total"

// calls returns how many calls to the container runtime the kubelet has made, by their kind.
func (n *node) calls() (map[string]float64, error) {
	text, err := fromKubelet("/metrics", metricsTimeout)
	if err != nil {
		return nil, err
	}
	return callsIn(text)
}

// callsIn reads them from the kubelet's metrics.
func callsIn(metrics []byte) (map[string]float64, error) {
	calls := map[string]float64{}
	err := counters(metrics, callsMetric, func(labels map[string]string, value float64) { calls[labels["operation_type"]] += value })
	if err != nil {
		return nil, fmt.Errorf("the kubelet's metrics: %w", err)
	}
	return calls, nil
}

// counters yields the labels and the value of each counter with this name.
func counters(metrics []byte, name string, yield func(labels map[string]string, value float64)) error {
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(metrics))
	if err != nil {
		return fmt.Errorf("read them: %w", err)
	}
	family, found := families[name]
	if !found {
		return fmt.Errorf("they lack %s", name)
	}
	for _, m := range family.GetMetric() {
		labels := map[string]string{}
		for _, label := range m.GetLabel() {
			labels[label.GetName()] = label.GetValue()
		}
		yield(labels, m.GetCounter().GetValue())
	}
	return nil
}

// keepCalls records how many calls the kubelet has made since, divided by per, and says which.
func (n *node) keepCalls(name string, metric result.Metric, before map[string]float64, per float64) error {
	after, err := n.calls()
	if err != nil {
		return err
	}
	total, kinds := callsSince(before, after)
	n.job.Progress.Say("the kubelet made %.0f calls to the container runtime: %s", total, kinds)
	return n.keep(name, metric, total/per)
}

// callsSince returns the number of calls between two readings, and a text with their kinds, the most frequent first.
func callsSince(before, after map[string]float64) (total float64, kinds string) {
	made := map[string]float64{}
	for kind, calls := range after {
		if calls -= before[kind]; calls > 0 {
			made[kind] = calls
			total += calls
		}
	}
	sorted := slices.SortedFunc(maps.Keys(made), func(a, b string) int {
		return cmp.Or(cmp.Compare(made[b], made[a]), cmp.Compare(a, b))
	})
	texts := make([]string, len(sorted))
	for i, kind := range sorted {
		texts[i] = fmt.Sprintf("%s %.0f", kind, made[kind])
	}
	return total, strings.Join(texts, ", ")
}
