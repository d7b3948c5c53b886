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
	legacyregistry.MustRegister(DependencyWaitDuration, DependencyBlockedContainers, DependencyStopStageDuration)
}
