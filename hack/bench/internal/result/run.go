// SPDX-License-Identifier: Apache-2.0

package result

import (
	"slices"
	"time"

	"kubelet-ordering/hack/bench/internal/shape"
)

// Run has all results of one run of the benchmark.
type Run struct {
	Begin time.Time
	// Took is how long it ran, in seconds.
	Took    float64
	Machine Machine
	// Versions of the kubelets.
	Versions  map[Subject]string
	Arguments []string
	Rounds    int
	// Crowd is how many pods a crowd has.
	Crowd int
	// Beside is how many pods at rest were beside those whose starts were traced.
	Beside int
	// Rest is how long a crowd was measured at rest, and again under churn, in seconds.
	Rest float64
	// Neighbors is how many hostile or idle tenants there are beside the ordinary ones, Tenants how many of the latter.
	Neighbors, Tenants int

	Cases   []shape.Case
	Samples []Sample
}

// Values returns the values of all samples of one thing, without failures.
func (r Run) Values(subject Subject, name string, metric Metric) []float64 {
	var values []float64
	for _, s := range r.Samples {
		if s.Subject == subject && s.Case == name && s.Metric == metric && s.Failure == "" {
			values = append(values, s.Value)
		}
	}
	return values
}

// Failures returns the failed samples.
func (r Run) Failures() []Sample {
	return slices.DeleteFunc(slices.Clone(r.Samples), func(s Sample) bool { return s.Failure == "" })
}
