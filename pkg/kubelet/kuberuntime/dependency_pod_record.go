// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"maps"
	"slices"
	"strings"
	"time"

	kubetypes "k8s.io/apimachinery/pkg/types"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/util/podstop"
)

// podRecord is what this process remembers of one pod. The lock of its podRecords guards it.
type podRecord struct {
	// began is when this process first knew of the pod.
	began time.Time
	// containers are the records of the pod's containers, by name.
	containers map[string]*containerRecord
	// instances are the records of the runtime's containers, by ID.
	instances map[string]*instanceRecord
	// pulls are the pulls ahead of the starts of its containers. It is nil before the first.
	pulls *pullQueue
	// ended are the starts that have ended since the last collect.
	ended []endedStart
	// lastEnd is when a start last ended. An older status of the pod may lack the container.
	lastEnd time.Time
	// relisted is when an exit last led to a relist of the pod. relistPending means that another one is about to.
	relisted      time.Time
	relistPending bool
	// shown is when the status was read that the last sync began with, and changed when a start, a pull or a container has last ended.
	shown, changed time.Time
	// startsRelist means that the last sync needs no relist while a start is in flight.
	startsRelist bool
	// memo holds the last graphs and decisions.
	memo orderMemo
	// done are the containers that the pod may be Ready without, by its last decisions.
	done []string
	// synced means that this process has synced the pod, and so has seen its termination begin.
	synced bool
	// invalid is the last validation error that users were warned of.
	invalid string
	// stop is the clock of the stop in progress, and stopped the ID of the sandbox that it stops.
	stop    *podstop.Clock
	stopped string
	// stages are the stages of that stop that users know of.
	stages []string
	// progress, if set, describes the progress of the current stop.
	progress func() string
}

// endedStart is the result of a start.
type endedStart struct {
	name   string
	result kubecontainer.PodSyncResult
}

// container returns the record of the container, and creates it if there is none.
func (p *podRecord) container(name string) *containerRecord {
	c, known := p.containers[name]
	if !known {
		c = &containerRecord{}
		p.containers[name] = c
	}
	return c
}

// knows reports whether the container has a record.
func (p *podRecord) knows(name string) bool {
	_, known := p.containers[name]
	return known
}

// instance returns the record of the runtime's container, and creates it if there is none.
func (p *podRecord) instance(id kubecontainer.ContainerID) *instanceRecord {
	i, known := p.instances[id.ID]
	if !known {
		i = &instanceRecord{id: id, known: time.Now()}
		p.instances[id.ID] = i
	}
	return i
}

// forgetInstances forgets the instances that the runtime has removed. A status may lack a container that is newer.
func (p *podRecord) forgetInstances(podStatus *kubecontainer.PodStatus) {
	maps.DeleteFunc(p.instances, func(id string, i *instanceRecord) bool {
		return i.known.Before(podStatus.TimeStamp) && !slices.ContainsFunc(podStatus.ContainerStatuses, func(s *kubecontainer.Status) bool { return s.ID.ID == id })
	})
}

// startsInFlight reports whether any start is in flight.
func (p *podRecord) startsInFlight() bool {
	for _, c := range p.containers {
		if c.start != nil {
			return true
		}
	}
	return false
}

// endedSince reports whether a start has ended since the status was read, so that the status may not show it.
func (p *podRecord) endedSince(status time.Time) bool { return status.Before(p.lastEnd) }

// releaseAll ends all waits and pulls, because the pod is stopping or gone, and returns the waits.
func (p *podRecord) releaseAll() endedWaits {
	waits := endedWaits{}
	for name, c := range p.containers {
		if wait, waited := c.release(false); waited {
			waits[name] = wait
		}
		p.endPull(name)
	}
	return waits
}

// armGates forgets the failed starts and their back-offs, because all containers start anew: in a new sandbox, or because all
// restart.
func (p *podRecord) armGates() {
	for _, c := range p.containers {
		c.failure, c.attempted = nil, ""
	}
}

// collectedStarts is the state of a pod's starts.
type collectedStarts struct {
	// inFlight are the containers with a start in flight.
	inFlight []string
	// failed are the containers whose start failed and is not due for a retry.
	failed []string
	// results are the results of the starts that ended since the last collect, and of the failed ones.
	results []kubecontainer.PodSyncResult
	// lastEnd is when a start last ended. The pod's status must be newer than that, or be read after the starts are
	// collected: an older one may lack a container that is no longer in flight, and the container would be started
	// twice.
	lastEnd time.Time
}

// collect returns the state of the pod's starts, and drops the results of those that have ended.
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

// announce reports whether users have not yet been warned of this problem.
func (p *podRecord) announce(invalid string) bool {
	isNew := p.invalid != invalid
	p.invalid = invalid
	return isNew
}

// stopClock returns the clock of the pod's stop, and starts it if it does not run yet. A retried stop gets only the
// time that the first attempt had left; a stop of a later sandbox gets the full period again. latest, if set, is the
// time by which an earlier kubelet process would have stopped the pod; floors is the time that the running containers
// get in any case.
func (p *podRecord) stopClock(sandbox string, grace time.Duration, latest time.Time, floors time.Duration) *podstop.Clock {
	if p.stop != nil && p.stopped == sandbox {
		p.stop.Shorten(grace)
		return p.stop
	}
	var deadline time.Time
	// A process that has not synced the pod found it already stopping.
	if !p.synced && !latest.IsZero() {
		deadline = latest
		if least := time.Now().Add(floors); deadline.Before(least) {
			deadline = least
		}
	}
	p.stop, p.stopped = podstop.NewClock(grace, dependency.MaxUnorderedPeriod, deadline), sandbox
	p.stages = nil
	return p.stop
}

// maxAnnouncedStages bounds the events of a stop that is retried again and again.
const maxAnnouncedStages = 128

// announceStage reports whether users do not know of a stage of the stop yet.
func (p *podRecord) announceStage(stage string) bool {
	if slices.Contains(p.stages, stage) || len(p.stages) == maxAnnouncedStages {
		return false
	}
	p.stages = append(p.stages, stage)
	return true
}

// exceededLimits returns the limits that containers exceeded and were killed for, by container ID.
func (p *podRecord) exceededLimits() map[string]time.Duration {
	var limits map[string]time.Duration
	for _, i := range p.instances {
		if i.exceeded != nil {
			if limits == nil {
				limits = map[string]time.Duration{}
			}
			limits[i.id.String()] = *i.exceeded
		}
	}
	return limits
}

// killBegins records that the kubelet begins to kill a container. why is empty if its pod stops. A kill that fails may have had an
// effect.
func (p *podRecord) killBegins(id kubecontainer.ContainerID, why string) {
	if i := p.instance(id); i.kill == nil {
		i.kill = &instanceKill{began: time.Now(), why: why}
	}
}

// stoppedAlone returns why the kubelet killed containers alone, by container ID.
func (p *podRecord) stoppedAlone() map[string]string {
	var stopped map[string]string
	for _, i := range p.instances {
		if i.kill == nil || i.kill.why == "" || !i.stopped {
			continue
		}
		if stopped == nil {
			stopped = map[string]string{}
		}
		// Upstream meant to restart it, which has failed.
		stopped[i.id.String()] = strings.TrimSuffix(i.kill.why, ", will be restarted")
	}
	return stopped
}

// showStop sets what the order has on the pod's stop.
func (r *podRecords) showStop(uid kubetypes.UID, order *PodOrder) {
	var progress func() string
	r.ifKnown(uid, func(p *podRecord) {
		progress, order.ExceededLimits = p.progress, p.exceededLimits()
		order.StoppedAlone = p.stoppedAlone()
	})
	if progress != nil {
		order.Stop = progress()
	}
}
