// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"time"

	v1 "k8s.io/api/core/v1"
)

// imagePull is the pull of an image while the containers that need it wait: several of one pod may share it. It is guarded by
// the lock of the podRecords.
type imagePull struct {
	image string
	// policy says whether an image that is there is pulled all the same.
	policy v1.PullPolicy
	// secrets are those that the pod had when it was looked at last.
	secrets []v1.Secret
	// stop lets no further try begin. The try in flight is made to its end.
	stop context.CancelFunc
	// tried is closed when the try in flight has ended.
	tried chan struct{}
	// ended means that one try has ended; failure says why the last one failed.
	ended   bool
	failure string
	// at is when it ended.
	at time.Time
}

// outcome of the pull for a container that waits.
func (p *imagePull) outcome() (ended bool, failure string) {
	if p == nil {
		return false, ""
	}
	return p.ended, p.failure
}

// beginPull returns the pull that is to be made for the container, and nil when there is one: its own, or another
// container's of the same image.
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

// pullEnds takes note that a try has ended, and reports whether what came of it differs from what was known.
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

// pullAgain begins another try, and reports whether one is to be made.
func (p *imagePull) pullAgain(ctx context.Context) bool {
	if ctx.Err() != nil {
		return false
	}
	p.tried = make(chan struct{})
	return true
}

// endPull ends the pull for a container and returns it. It goes on for other containers that need the same image.
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
