// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"fmt"
	"slices"
	"time"

	v1 "k8s.io/api/core/v1"
	kubetypes "k8s.io/apimachinery/pkg/types"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/klog/v2"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
)

// The pauses between tries of a pull follow the image manager's back-off (10 s to 5 min), each a little longer, so that no
// try is made in vain.
const (
	minPullPause = 11 * time.Second
	maxPullPause = 301 * time.Second
	// pullAge is how old a pull may be that spares a container with the policy Always the pull at its start.
	pullAge = 10 * time.Minute
)

// imagePull is the pull of an image while the containers that need it wait. It is guarded by the lock of its manager.
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
	// ended tells that one try has ended; failure says why the last one failed.
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

// pullAhead pulls the images of containers that wait, where the order has come to them, and ends the pulls of those that do
// not wait any more. An image that several containers of the pod need is pulled once.
func (m *kubeGenericRuntimeManager) pullAhead(ctx context.Context, pod *v1.Pod, decisions dependency.Decisions, pass *orderPass, pullSecrets []v1.Secret) {
	for _, i := range pass.candidates {
		c := &pod.Spec.Containers[i]
		d := decisions.Containers[c.Name]
		if d.Gate == dependency.Unreachable || d.Finished {
			m.dependencies.endPull(pod.UID, c.Name)
		}
		if !d.PullImage || c.ImagePullPolicy == v1.PullNever {
			continue
		}
		pullCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
		pull := m.dependencies.beginPull(pod.UID, c, pullSecrets, cancel)
		if pull == nil {
			cancel()
			continue
		}
		go m.pullUntilDone(pullCtx, pod, c, pass.actions.Attempt, pull)
	}
}

// pullUntilDone tries until the image is there or the wait for it is over.
func (m *kubeGenericRuntimeManager) pullUntilDone(ctx context.Context, pod *v1.Pod, c *v1.Container, attempt uint32, pull *imagePull) {
	defer utilruntime.HandleCrashWithContext(ctx)
	for pause := minPullPause; ; pause = min(2*pause, maxPullPause) {
		// A try that is made is made to its end: the container's start waits for it.
		err := m.pullOnce(context.WithoutCancel(ctx), pod, c, attempt, m.dependencies.secretsOf(pull))
		news := m.dependencies.pullTried(pull, err)
		if news {
			m.requestPodSync(ctx, pod.UID)
		}
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		if !m.dependencies.pullAgain(ctx, pull) {
			return
		}
	}
}

// pullOnce pulls the image as the container's start would. An image that is there already is left to the start, which has
// to look at it anyway.
func (m *kubeGenericRuntimeManager) pullOnce(ctx context.Context, pod *v1.Pod, c *v1.Container, attempt uint32, pullSecrets []v1.Secret) error {
	handler, err := m.getPodRuntimeHandler(pod)
	if err != nil {
		return err
	}
	if c.ImagePullPolicy != v1.PullAlways {
		if ref, err := m.GetImageRef(ctx, kubecontainer.ImageSpec{Image: c.Image, RuntimeHandler: handler}); err == nil && ref != "" {
			return nil
		}
	}
	sandboxConfig, err := m.generatePodSandboxConfig(ctx, pod, attempt)
	if err != nil {
		return err
	}
	ref, err := kubecontainer.GenerateContainerRef(pod, c)
	if err != nil {
		return fmt.Errorf("naming container %q of pod %q: %w", c.Name, klog.KObj(pod), err)
	}
	klog.FromContext(ctx).V(3).Info("Pulling the image of a waiting container", "pod", klog.KObj(pod), "containerName", c.Name, "image", c.Image)
	_, message, err := m.imagePuller.EnsureImageExists(ctx, ref, pod, c.Image, pullSecrets, sandboxConfig, handler, c.ImagePullPolicy)
	if err != nil && message != "" {
		return fmt.Errorf("%w: %s", err, message)
	}
	return err
}

// beginPull returns the pull that is to be made for the container, and nil when there is one: its own, or another
// container's of the same image.
func (d *dependencyManager) beginPull(uid kubetypes.UID, c *v1.Container, secrets []v1.Secret, stop context.CancelFunc) *imagePull {
	d.lock.Lock()
	defer d.lock.Unlock()
	p := d.pod(uid)
	if pull, known := p.pulls[c.Name]; known && pull.image == c.Image {
		pull.secrets = secrets
		return nil
	}
	p.endPull(c.Name)
	for _, pull := range p.pulls {
		if pull.image == c.Image && (pull.policy == v1.PullAlways || c.ImagePullPolicy != v1.PullAlways) {
			p.pulls[c.Name] = pull
			return nil
		}
	}
	pull := &imagePull{image: c.Image, policy: c.ImagePullPolicy, secrets: secrets, stop: stop, tried: make(chan struct{})}
	p.pulls[c.Name] = pull
	return pull
}

func (d *dependencyManager) secretsOf(pull *imagePull) []v1.Secret {
	d.lock.Lock()
	defer d.lock.Unlock()
	return pull.secrets
}

// pullTried tells whether what came of a try differs from what was known.
func (d *dependencyManager) pullTried(pull *imagePull, err error) bool {
	d.lock.Lock()
	defer d.lock.Unlock()
	failure := ""
	if err != nil {
		failure = err.Error()
	}
	news := !pull.ended || pull.failure != failure
	pull.ended, pull.failure, pull.at = true, failure, time.Now()
	close(pull.tried)
	return news
}

// pullAgain tells whether another try is to be made.
func (d *dependencyManager) pullAgain(ctx context.Context, pull *imagePull) bool {
	d.lock.Lock()
	defer d.lock.Unlock()
	if ctx.Err() != nil {
		return false
	}
	pull.tried = make(chan struct{})
	return true
}

// endPull ends the pull for a container, unless other containers need the same image.
func (d *dependencyManager) endPull(uid kubetypes.UID, name string) *imagePull {
	d.lock.Lock()
	defer d.lock.Unlock()
	return d.pod(uid).endPull(name)
}

// endPull does so; the lock must be held.
func (p *orderedPod) endPull(name string) *imagePull {
	pull, known := p.pulls[name]
	if !known {
		return nil
	}
	delete(p.pulls, name)
	for _, other := range p.pulls {
		if other == pull {
			return pull
		}
	}
	pull.stop()
	return pull
}

// endPulls ends all pulls of a pod; the lock must be held.
func (p *orderedPod) endPulls() {
	for _, pull := range p.pulls {
		pull.stop()
	}
	clear(p.pulls)
}

// withImagePulled ends the pull for a container that is about to be started, when the try in flight has ended. It returns
// the pod as the start is to see it: an image that has just been pulled is not pulled again.
func (d *dependencyManager) withImagePulled(ctx context.Context, pod *v1.Pod, name string) *v1.Pod {
	pull := d.endPull(pod.UID, name)
	if pull == nil {
		return pod
	}
	d.lock.Lock()
	tried := pull.tried
	d.lock.Unlock()
	select {
	case <-tried:
	case <-ctx.Done():
		return pod
	}
	d.lock.Lock()
	usable := pull.failure == "" && time.Since(pull.at) < pullAge
	d.lock.Unlock()
	if !usable {
		return pod
	}
	pulled := *pod
	pulled.Spec.Containers = slices.Clone(pod.Spec.Containers)
	for i := range pulled.Spec.Containers {
		if c := &pulled.Spec.Containers[i]; c.Name == name && c.ImagePullPolicy == v1.PullAlways {
			c.ImagePullPolicy = v1.PullIfNotPresent
		}
	}
	return &pulled
}
