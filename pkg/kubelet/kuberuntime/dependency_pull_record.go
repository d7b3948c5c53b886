// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"slices"
	"time"

	v1 "k8s.io/api/core/v1"
)

// imagePull is the pull of an image while the containers that need it wait. Several containers of a pod may share it.
// The lock of the podRecords guards it.
type imagePull struct {
	image string
	// policy is the pull policy of the container that the pull was begun for.
	policy v1.PullPolicy
	// secrets are the pull secrets that the pod had at its last sync.
	secrets []v1.Secret
	// try makes one attempt.
	try func(secrets []v1.Secret) error
	// inFlight is closed when the attempt in flight has ended. It is nil if there is none.
	inFlight chan struct{}
	// due is when the next attempt may be made, and pause is the pause after it.
	due   time.Time
	pause time.Duration
	// ended means that at least one attempt has ended; failure is the error of the last one, or "".
	ended   bool
	failure string
	// at is when the last attempt ended.
	at time.Time
}

// outcome returns whether an attempt has ended, and the error of the last one.
func (p *imagePull) outcome() (ended bool, failure string) {
	if p == nil {
		return false, ""
	}
	return p.ended, p.failure
}

// pullQueue holds the pulls of a pod that are not done, in the order of their turns. One attempt is in flight at a time:
// the kubelet pulls few images at once, and those of other pods must have their turn. It may outlive the record of its
// pod. The lock of the podRecords guards it.
type pullQueue struct {
	pulls []*imagePull
	// more means that the turn of other images comes once those of the queue have been pulled.
	more bool
	// working means that a goroutine makes the attempts; changed wakes it up.
	working bool
	changed chan struct{}
}

// beginPull makes sure that the container's image is pulled: by a pull of its own, or by that of another container with
// the same image. It returns the queue if no goroutine makes its attempts yet.
func (p *podRecord) beginPull(c *v1.Container, secrets []v1.Secret, try func(secrets []v1.Secret) error) *pullQueue {
	record := p.container(c.Name)
	if record.pull != nil && record.pull.image == c.Image {
		record.pull.secrets = secrets
		return nil
	}
	p.endPull(c.Name)
	for _, other := range p.containers {
		if pull := other.pull; pull != nil && pull.image == c.Image && (pull.policy == v1.PullAlways || c.ImagePullPolicy != v1.PullAlways) {
			record.pull = pull
			return nil
		}
	}
	record.pull = &imagePull{image: c.Image, policy: c.ImagePullPolicy, secrets: secrets, try: try, pause: minPullPause}
	if p.pulls == nil {
		p.pulls = &pullQueue{changed: make(chan struct{}, 1)}
	}
	p.pulls.pulls = append(p.pulls.pulls, record.pull)
	p.pulls.wakeUp()
	if p.pulls.working {
		return nil
	}
	p.pulls.working = true
	return p.pulls
}

// endPull ends the pull for a container and returns it. The pull goes on if other containers share it, and so does its
// attempt in flight.
func (p *podRecord) endPull(name string) *imagePull {
	record := p.container(name)
	pull := record.pull
	if pull == nil {
		return nil
	}
	record.pull = nil
	for _, other := range p.containers {
		if other.pull == pull {
			return pull
		}
	}
	p.pulls.drop(pull)
	p.pulls.wakeUp()
	return pull
}

func (q *pullQueue) wakeUp() {
	select {
	case q.changed <- struct{}{}:
	default:
	}
}

func (q *pullQueue) drop(pull *imagePull) {
	q.pulls = slices.DeleteFunc(q.pulls, func(other *imagePull) bool { return other == pull })
}

// begin begins the attempt whose turn it is, and returns its pull: of those that are due, the one that came first. If
// none is due, it returns how long it takes until one is. Without any pull, the queue's work is done.
func (q *pullQueue) begin() (pull *imagePull, wait time.Duration, done bool) {
	if len(q.pulls) == 0 {
		q.working = false
		return nil, 0, true
	}
	now := time.Now()
	wait = maxPullPause
	for _, pull := range q.pulls {
		if !pull.due.After(now) {
			pull.inFlight = make(chan struct{})
			return pull, 0, false
		}
		wait = min(wait, pull.due.Sub(now))
	}
	return nil, wait, false
}

// end records the end of the attempt in flight, and reports whether a sync has something to do about it: to show another error than
// that of the last attempt, or none any more, or to pull further images.
func (q *pullQueue) end(pull *imagePull, err error) (news bool) {
	failure := ""
	if err != nil {
		failure = err.Error()
	} else {
		q.drop(pull)
	}
	news = pull.failure != failure || !pull.ended && q.more
	pull.ended, pull.failure, pull.at = true, failure, time.Now()
	pull.due, pull.pause = pull.at.Add(pull.pause), min(2*pull.pause, maxPullPause)
	close(pull.inFlight)
	pull.inFlight = nil
	return news
}
