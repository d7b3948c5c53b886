// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"slices"
	"strings"

	"kubelet-ordering/hack/bench/internal/result"
	"kubelet-ordering/hack/bench/internal/shape"
)

// units of the metrics in Go's benchmark format. The load of a crowd at rest and under churn has the same units: the names differ.
var units = map[result.Metric]string{
	result.Start: "sec/start", result.Stop: "sec/stop", result.StopOff: "sec/off", result.One: "sec/one", result.Crowd: "sec/start",
	result.ShareSandbox: "sec/sandbox", result.ShareExit: "sec/exit", result.ShareGate: "sec/gate", result.ShareSync: "sec/sync", result.SharePull: "sec/pull", result.ShareCreate: "sec/create",
	result.ShareStart: "sec/container-start", result.ShareWarmUp: "sec/warm-up", result.ShareProbe: "sec/probe",
	result.ShareTotal: "sec/traced-start", result.Latency: "sec/gate-to-create",
	result.RestCPU: "cpu-sec/sec", result.RestMemory: "B", result.ChurnCPU: "cpu-sec/sec", result.ChurnMemory: "B",
	result.RestCalls: "calls/sec", result.ChurnCalls: "calls/sec", result.TenantCalls: "calls/sec", result.CrowdCalls: "calls/pod",
	result.CrowdStop: "sec/stop", result.CrowdStopCalls: "stop-calls/pod",
	result.DrainStart: "sec/api-start", result.DrainStartPatches: "start-patches/pod", result.DrainStartRequests: "start-requests/pod",
	result.Drain: "sec/drain", result.DrainPatches: "drain-patches/pod", result.DrainRequests: "drain-requests/pod",
	result.TenantStart: "sec/start", result.TenantWait: "sec/wait", result.TenantCPU: "cpu-sec/sec", result.TenantMemory: "B",
	result.ProbeGap: "periods/probe", result.LongestProbeGap: "periods/longest", result.LostEvents: "lost-events",
}

// GoBenchmark returns the run in Go's benchmark format (golang.org/design/14313-benchmark-format), which benchstat reads: a line for
// each sample that has not failed. `benchstat -col /kubelet FILE` compares the kubelets, and
// `benchstat OLD NEW` two runs.
func GoBenchmark(r result.Run) string {
	var text strings.Builder
	// benchstat does not compare runs whose configurations differ, so what differs between any two runs is a comment.
	fmt.Fprintf(&text, "Begun %s. ours: %s. pristine: %s.\n\n",
		r.Begin.UTC().Format("2006-01-02 15:04 UTC"), r.Versions[result.Ours], r.Versions[result.Pristine])
	fmt.Fprintf(&text, "goos: linux\ngoarch: %s\ncpu: %s\ncores: %d\nkernel: %s\n",
		r.Machine.Arch, r.Machine.CPU, r.Machine.Cores, r.Machine.Kernel)
	for _, s := range r.Samples {
		if s.Failure == "" {
			fmt.Fprintf(&text, "%s 1 %v %s\n", goName(r, s), s.Value, units[s.Metric])
		}
	}
	return text.String()
}

func goName(r result.Run, s result.Sample) string {
	if s.Subject == result.Runtime {
		return "BenchmarkRuntime/containers=" + s.Case
	}
	if i := slices.IndexFunc(r.Cases, func(c shape.Case) bool { return c.Name() == s.Case }); i >= 0 {
		c := r.Cases[i]
		return fmt.Sprintf("BenchmarkPod/shape=%s/warmup=%v/period=%d/kubelet=%s", c.Shape(), c.WarmUp, c.Period, s.Subject)
	}
	if neighbors, found := strings.CutPrefix(s.Case, "tenant-"); found {
		return fmt.Sprintf("BenchmarkTenant/pods=%d/neighbors=%d-%s/kubelet=%s", r.Tenants, r.Neighbors, neighbors, s.Subject)
	}
	load := ""
	switch s.Metric {
	case result.RestCPU, result.RestMemory, result.RestCalls:
		load = "/load=rest"
	case result.ChurnCPU, result.ChurnMemory, result.ChurnCalls:
		load = "/load=churn"
	}
	return fmt.Sprintf("BenchmarkCrowd/pods=%d/order=%s%s/kubelet=%s", r.Crowd, strings.TrimPrefix(s.Case, "crowd-"), load, s.Subject)
}
