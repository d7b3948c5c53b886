// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"maps"
	"slices"
	"time"

	kubetypes "k8s.io/apimachinery/pkg/types"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/util/podstop"
)

// podRecord is what is remembered of one pod. It is guarded by the lock of its podRecords.
type podRecord struct {
	// containers are the records of the containers, by name.
	containers map[string]*containerRecord
	// instances are the records of the runtime's containers, by ID.
	instances map[string]*instanceRecord
	// ended are the starts that have ended and were not collected.
	ended []endedStart
	// lastEnd is when a start ended last. A status of the pod that is older may lack the container.
	lastEnd time.Time
	// memo has the graphs and the decisions that were made last.
	memo orderMemo
	// synced means that this process has synced the pod, so that it has seen its termination begin.
	synced bool
	// invalid is the text of the problems that users were told last.
	invalid string
	// stop is the clock of the stop that has begun, and stopped the sandbox that the stop is of.
	stop    *podstop.Clock
	stopped string
	// progress, if set, says how far the stop is that is going on.
	progress func() string
}

// endedStart is what a start has come to.
type endedStart struct {
	name   string
	result kubecontainer.PodSyncResult
}

// container returns the record of the container, which begins now unless there is one.
func (p *podRecord) container(name string) *containerRecord {
	c, known := p.containers[name]
	if !known {
		c = &containerRecord{}
		p.containers[name] = c
	}
	return c
}

// instance returns the record of the runtime's container, which begins now unless there is one.
func (p *podRecord) instance(id kubecontainer.ContainerID) *instanceRecord {
	i, known := p.instances[id.ID]
	if !known {
		i = &instanceRecord{id: id}
		p.instances[id.ID] = i
	}
	return i
}

// forgetInstances forgets the instances that the runtime has removed.
func (p *podRecord) forgetInstances(podStatus *kubecontainer.PodStatus) {
	maps.DeleteFunc(p.instances, func(id string, _ *instanceRecord) bool {
		return !slices.ContainsFunc(podStatus.ContainerStatuses, func(s *kubecontainer.Status) bool { return s.ID.ID == id })
	})
}

// startsInFlight reports whether a start has not ended.
func (p *podRecord) startsInFlight() bool {
	for _, c := range p.containers {
		if c.start != nil {
			return true
		}
	}
	return false
}

// endedSince reports whether a start has ended that a status of the given time may not show.
func (p *podRecord) endedSince(status time.Time) bool { return status.Before(p.lastEnd) }

// releaseAll ends all waits and pulls, as the pod is stopped or gone.
func (p *podRecord) releaseAll() {
	for name, c := range p.containers {
		c.release(false)
		p.endPull(name)
	}
}

// forgetFailures lets all containers be tried at once, in a new sandbox.
func (p *podRecord) forgetFailures() {
	for _, c := range p.containers {
		c.failure = nil
	}
}

// collectedStarts is what the starts of a pod have come to.
type collectedStarts struct {
	// inFlight are the containers whose start has not ended.
	inFlight []string
	// failed are the containers that are not to be tried again yet.
	failed []string
	// results are those of starts that ended since they were collected last, and of the failed ones.
	results []kubecontainer.PodSyncResult
	// lastEnd is when a start ended last. The pod's status must be read after the starts are collected, or be newer than that:
	// an older one may lack a container that is no longer in flight, and it would be started twice.
	lastEnd time.Time
}

// collect takes what the starts have come to.
func (p *podRecord) collect() collectedStarts {
	collected := collectedStarts{lastEnd: p.lastEnd}
	for _, ended := range p.ended {
		if err := ended.result.Error(); err == nil {
			collected.results = append(collected.results, ended.result)
		} else {
			p.container(ended.name).fail(ended.result, err)
		}
	}
	p.ended = nil
	for _, name := range slices.Sorted(maps.Keys(p.containers)) {
		c := p.containers[name]
		if c.start != nil {
			collected.inFlight = append(collected.inFlight, name)
		}
		if result, failed := c.stillFailed(); failed {
			collected.failed = append(collected.failed, name)
			collected.results = append(collected.results, result)
		}
	}
	return collected
}

// announce reports whether a problem of the pod is new to users.
func (p *podRecord) announce(invalid string) bool {
	isNew := p.invalid != invalid
	p.invalid = invalid
	return isNew
}

// stopClock returns the clock of the pod's stop, which begins now unless it has begun: a stop that is tried again has no more
// time than the first one had left, and a pod that is stopped for a new sandbox has its full period in that. latest, if set, is
// the time by which an earlier kubelet would have stopped the pod, and floors what the running containers get in any case.
func (p *podRecord) stopClock(sandbox string, grace time.Duration, latest time.Time, floors time.Duration) *podstop.Clock {
	if p.stop != nil && p.stopped == sandbox {
		p.stop.Shorten(grace)
		return p.stop
	}
	var deadline time.Time
	// A process that has not synced the pod finds it stopping already.
	if !p.synced && !latest.IsZero() {
		deadline = latest
		if least := time.Now().Add(floors); deadline.Before(least) {
			deadline = least
		}
	}
	p.stop, p.stopped = podstop.NewClock(grace, dependency.MaxUnorderedPeriod, deadline), sandbox
	return p.stop
}

// exceededLimits are the limits of the containers that were killed because they had not stopped within these, by container ID.
func (p *podRecord) exceededLimits() map[string]time.Duration {
	var limits map[string]time.Duration
	for _, i := range p.instances {
		if i.exceeded > 0 {
			if limits == nil {
				limits = map[string]time.Duration{}
			}
			limits[i.id.String()] = i.exceeded
		}
	}
	return limits
}

// stopProgress returns how far the pod's stop is, and the limits that containers have exceeded.
func (r *podRecords) stopProgress(uid kubetypes.UID) (message string, exceeded map[string]time.Duration) {
	var progress func() string
	r.ifKnown(uid, func(p *podRecord) { progress, exceeded = p.progress, p.exceededLimits() })
	if progress != nil {
		message = progress()
	}
	return message, exceeded
}
