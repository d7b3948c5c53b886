// SPDX-License-Identifier: Apache-2.0

// Package result has the results of a run.
package result

// Subject is what is measured.
type Subject string

// The subjects.
const (
	Ours     Subject = "ours"
	Pristine Subject = "pristine"
	// Runtime is the container runtime alone, on a node without a kubelet.
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
	// StopOff is the largest difference between the intended and the actual end of a container in a stop, in seconds.
	StopOff Metric = "stop-off"
	// One is the creation and start of one container in an existing sandbox, in seconds.
	One Metric = "one"
	// Crowd is the time from the appearance of the first of many manifests to the start of the last container, in seconds.
	Crowd Metric = "crowd"
	// CrowdStop is the time from the removal of the first of many manifests to the end of the last container, in seconds.
	CrowdStop Metric = "crowd-stop"
	// RestCPU and ChurnCPU are the CPU seconds that the kubelet used per second with many pods at rest and under churn. RestMemory and
	// ChurnMemory are its resident bytes at the end of each.
	RestCPU     Metric = "rest-cpu"
	RestMemory  Metric = "rest-memory"
	ChurnCPU    Metric = "churn-cpu"
	ChurnMemory Metric = "churn-memory"
	// RestCalls, ChurnCalls and TenantCalls are the kubelet's calls to the container runtime per second, and CrowdCalls those per pod until
	// the last container of many has started, CrowdStopCalls until it has ended.
	RestCalls      Metric = "rest-calls"
	ChurnCalls     Metric = "churn-calls"
	TenantCalls    Metric = "tenant-calls"
	CrowdCalls     Metric = "crowd-calls"
	CrowdStopCalls Metric = "crowd-stop-calls"
	// DrainStart is the time from the creation of the first of many pods by an API server until the last is Ready there, Drain that from
	// their deletion until the last is gone there, in seconds. DrainStartPatches and DrainPatches are the patches of statuses that the
	// API server got for each pod meanwhile, DrainStartRequests and DrainRequests those and its other
	// requests about pods and events, without lists and watches.
	DrainStart         Metric = "drain-start"
	DrainStartPatches  Metric = "drain-start-patches"
	DrainStartRequests Metric = "drain-start-requests"
	Drain              Metric = "drain"
	DrainPatches       Metric = "drain-patches"
	DrainRequests      Metric = "drain-requests"
	// The shares of a start, in seconds. Package breakdown says what they are.
	ShareSandbox Metric = "share-sandbox"
	ShareExit    Metric = "share-exit"
	ShareGate    Metric = "share-gate"
	ShareSync    Metric = "share-sync"
	SharePull    Metric = "share-pull"
	ShareCreate  Metric = "share-create"
	ShareStart   Metric = "share-start"
	ShareWarmUp  Metric = "share-warm-up"
	ShareProbe   Metric = "share-probe"
	ShareTotal   Metric = "share-total"
	// Latency of a gate: from the moment when the last of a container's dependencies holds until the kubelet is about to create the
	// container, in seconds. A pod has several. The others are its parts, in the same order: package breakdown says what they are.
	Latency     Metric = "latency"
	LatencyGate Metric = "latency-gate"
	LatencySync Metric = "latency-sync"
	LatencyPull Metric = "latency-pull"
	// TenantStart of an ordinary tenant: from the start of its first container until it is ready, in seconds. TenantWait: until then from
	// the appearance of the tenants' manifests.
	TenantStart Metric = "tenant-start"
	TenantWait  Metric = "tenant-wait"
	// ProbeGap and LongestProbeGap are the median and the longest time between two liveness probes of an ordinary tenant, in periods.
	ProbeGap        Metric = "probe-gap"
	LongestProbeGap Metric = "longest-probe-gap"
	// LostEvents is how many events of the start of ordinary tenants the kubelet did not record.
	LostEvents Metric = "lost-events"
	// TenantCPU and TenantMemory are like RestCPU and RestMemory.
	TenantCPU    Metric = "tenant-cpu"
	TenantMemory Metric = "tenant-memory"
)

// Sample is one measurement, or a failed one.
type Sample struct {
	Round   int
	Subject Subject
	// Case is the name of a pod, the number of containers for Runtime, or the name of a crowd's style.
	Case   string
	Metric Metric
	// Value is in the unit of the metric.
	Value float64
	// Together reports whether the pod ran at the same time as others.
	Together bool `json:",omitempty"`
	// Failure is why there is no value, or empty.
	Failure string `json:",omitempty"`
}
