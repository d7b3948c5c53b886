// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
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
	// stop prevents further attempts. The attempt in flight goes on to its end.
	stop context.CancelFunc
	// tried is closed when the attempt in flight has ended.
	tried chan struct{}
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

// beginPull returns a new pull for the container, or nil if one is in progress: its own, or that of another container
// with the same image.
func (p *podRecord) beginPull(c *v1.Container, secrets []v1.Secret, stop context.CancelFunc) *imagePull {
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
	record.pull = &imagePull{image: c.Image, policy: c.ImagePullPolicy, secrets: secrets, stop: stop, tried: make(chan struct{})}
	return record.pull
}

// pullEnds records the end of an attempt, and reports whether its result differs from the last one.
func (p *imagePull) pullEnds(err error) (news bool) {
	failure := ""
	if err != nil {
		failure = err.Error()
	}
	news = !p.ended || p.failure != failure
	p.ended, p.failure, p.at = true, failure, time.Now()
	close(p.tried)
	return news
}

// pullAgain begins another attempt, and reports whether to make it.
func (p *imagePull) pullAgain(ctx context.Context) bool {
	if ctx.Err() != nil {
		return false
	}
	p.tried = make(chan struct{})
	return true
}

// endPull ends the pull for a container and returns it. The pull goes on if other containers share it.
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
	pull.stop()
	return pull
}
