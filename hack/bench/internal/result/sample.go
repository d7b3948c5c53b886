// SPDX-License-Identifier: Apache-2.0

// Package result is what was measured, and how it is kept.
package result

// Subject is what was measured.
type Subject string

// The subjects.
const (
	Ours     Subject = "ours"
	Pristine Subject = "pristine"
	// Runtime is the container runtime alone, asked directly, on a node without a kubelet.
	Runtime Subject = "runtime"
)

// Metric is a quantity.
type Metric string

// The metrics, with their units.
const (
	// Start of a pod: from the creation of its sandbox to the start of its last container, in seconds.
	Start Metric = "start"
	// Stop of a pod: from the removal of its manifest to the exit of its last container, in seconds.
	Stop Metric = "stop"
	// StopOff is the most by which a container of a stop ended earlier or later than it was to, in seconds.
	StopOff Metric = "stop-off"
	// One container's creation and start in a sandbox that is there, in seconds.
	One Metric = "one"
	// Crowd is the time from the appearance of the first of many manifests to the start of the last app, in seconds.
	Crowd Metric = "crowd"
	// RestCPU and ChurnCPU are processor seconds that the kubelet used per second, RestMemory and ChurnMemory the bytes of memory
	// that it held at the end, while many pods ran and while some of them were replaced all the time.
	RestCPU     Metric = "rest-cpu"
	RestMemory  Metric = "rest-memory"
	ChurnCPU    Metric = "churn-cpu"
	ChurnMemory Metric = "churn-memory"
)

// Sample is one measurement, or the failure of one.
type Sample struct {
	Round   int
	Subject Subject
	// Case is the name of a pod, the number of containers for Runtime, or the name of a crowd's style.
	Case   string
	Metric Metric
	// Value is in the unit of the metric.
	Value float64
	// Together is true of a pod that ran at the same time as others.
	Together bool `json:",omitempty"`
	// Failure is why there is no value; else it is empty.
	Failure string `json:",omitempty"`
}
