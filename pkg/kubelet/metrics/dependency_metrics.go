// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"k8s.io/component-base/metrics"
	"k8s.io/component-base/metrics/legacyregistry"
)

var (
	// DependencyWaitDuration is how long a container was held back until a condition became true. A container that
	// waits for several conditions is counted once for each.
	DependencyWaitDuration = metrics.NewHistogramVec(
		&metrics.HistogramOpts{
			Subsystem:      KubeletSubsystem,
			Name:           "container_dependency_wait_duration_seconds",
			Help:           "Duration in seconds that a container was held back until a condition that it waits for was true, by condition.",
			Buckets:        metrics.ExponentialBuckets(0.05, 2, 14),
			StabilityLevel: metrics.ALPHA,
		},
		[]string{"condition"},
	)
	// DependencyBlockedContainers is the number of containers that are currently held back.
	DependencyBlockedContainers = metrics.NewGauge(
		&metrics.GaugeOpts{
			Subsystem:      KubeletSubsystem,
			Name:           "container_dependency_blocked_containers",
			Help:           "Number of containers that are held back until the containers that they wait for are where they need them.",
			StabilityLevel: metrics.ALPHA,
		},
	)
	// DependencyPods is the number of pods whose containers have an order, held pods included.
	DependencyPods = metrics.NewGauge(
		&metrics.GaugeOpts{
			Subsystem: KubeletSubsystem,
			Name:      "container_dependency_pods",
			Help: "Number of pods on the node that use an order of their containers. " +
				"A pod that is gone is counted until the kubelet cleans up.",
			StabilityLevel: metrics.ALPHA,
		},
	)
	// DependencyHeldPodsTotal counts the pods that were held because their order cannot be followed.
	DependencyHeldPodsTotal = metrics.NewCounter(
		&metrics.CounterOpts{
			Subsystem:      KubeletSubsystem,
			Name:           "container_dependency_held_pods_total",
			Help:           "Cumulative number of pods that were held because the order of their containers is invalid.",
			StabilityLevel: metrics.ALPHA,
		},
	)
	// DependencyFailuresTotal counts the containers that could never start.
	DependencyFailuresTotal = metrics.NewCounter(
		&metrics.CounterOpts{
			Subsystem:      KubeletSubsystem,
			Name:           "container_dependency_failures_total",
			Help:           "Cumulative number of containers that could never start because of a container that they wait for.",
			StabilityLevel: metrics.ALPHA,
		},
	)
	// DependencyExceededStopLimitsTotal counts the containers that were killed at the end of their stop limit.
	DependencyExceededStopLimitsTotal = metrics.NewCounter(
		&metrics.CounterOpts{
			Subsystem:      KubeletSubsystem,
			Name:           "container_dependency_exceeded_stop_limits_total",
			Help:           "Cumulative number of containers that did not stop within their limit in an ordered stop, and were killed.",
			StabilityLevel: metrics.ALPHA,
		},
	)
	// DependencyStopStageDuration is how long the stages of an ordered stop took.
	DependencyStopStageDuration = metrics.NewHistogram(
		&metrics.HistogramOpts{
			Subsystem: KubeletSubsystem,
			Name:      "container_dependency_stop_stage_duration_seconds",
			Help: "Duration in seconds of a stage of an ordered stop, " +
				"from the first container that was told to stop to the last that had stopped.",
			Buckets:        metrics.ExponentialBuckets(0.05, 2, 14),
			StabilityLevel: metrics.ALPHA,
		},
	)
)

func init() {
	legacyregistry.MustRegister(DependencyWaitDuration, DependencyBlockedContainers, DependencyPods, DependencyHeldPodsTotal,
		DependencyFailuresTotal, DependencyExceededStopLimitsTotal, DependencyStopStageDuration)
}
