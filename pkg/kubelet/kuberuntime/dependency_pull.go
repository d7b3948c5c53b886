// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"fmt"
	"slices"
	"time"

	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
	v1 "k8s.io/api/core/v1"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/klog/v2"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/ordering"
)

// The pauses between attempts to pull follow the image manager's back-off (10 s to 5 min), each a little longer, so
// that the back-off rejects no attempt.
const (
	minPullPause = 11 * time.Second
	maxPullPause = 301 * time.Second
	// pullAge is how old a pull may be to replace the pull at the start of a container with pull policy Always.
	pullAge = 10 * time.Minute
)

// pullAhead pulls the images of waiting containers whose turn it is, one after the other, and ends the pulls of those
// that will not start. An image that several containers of the pod need is pulled once.
func (s podStarter) pullAhead(ctx context.Context, decisions dependency.Decisions, left *leftWork) {
	// An attempt is never cancelled: the container's start waits for its end. The runtime gets the sandbox configuration
	// that the sandbox was created with.
	ctx = withPass(context.WithoutCancel(ctx),
		&containerPass{kubeGenericRuntimeManager: s.kubeGenericRuntimeManager, pod: s.pod, pinned: left.plan})
	more := slices.ContainsFunc(left.candidates, func(i int) bool {
		d := decisions.Containers[s.pod.Spec.Containers[i].Name]
		return d.Gate == dependency.Waiting && !d.PullImage
	})
	for _, i := range left.candidates {
		c := &s.pod.Spec.Containers[i]
		d := decisions.Containers[c.Name]
		if d.Gate == dependency.Unreachable || d.Finished {
			s.records.with(s.pod.UID, func(p *podRecord) { p.endPull(c.Name) })
		}
		if !d.PullImage || c.ImagePullPolicy == v1.PullNever {
			continue
		}
		try := func(secrets []v1.Secret) error { return s.pullOnce(ctx, s.pod, c, left.attempt, secrets) }
		var queue *pullQueue
		s.records.with(s.pod.UID, func(p *podRecord) {
			queue = p.beginPull(c, s.pullSecrets, try)
			if p.pulls != nil {
				p.pulls.more = more
			}
		})
		if queue != nil {
			go s.pullInTurn(ctx, queue)
		}
	}
}

// pullInTurn makes the attempts of the queue until all images are present or no longer needed.
func (s podStarter) pullInTurn(ctx context.Context, queue *pullQueue) {
	defer utilruntime.HandleCrashWithContext(ctx)
	for {
		var pull *imagePull
		var secrets []v1.Secret
		var wait time.Duration
		var done, news bool
		s.records.locked(func() {
			if pull, wait, done = queue.begin(); pull != nil {
				secrets = pull.secrets
			}
		})
		switch {
		case done:
			return
		case pull == nil:
			timer := time.NewTimer(wait)
			select {
			case <-timer.C:
			case <-queue.changed:
				timer.Stop()
			}
			continue
		}
		err := pull.try(secrets)
		s.records.locked(func() { news = queue.end(pull, err) })
		if news {
			s.requestPodSync(ctx, s.pod.UID)
		}
	}
}

// pullOnce pulls the image as the container's start would. It leaves an image that is already present to the start,
// which checks it anyway.
func (m *kubeGenericRuntimeManager) pullOnce(
	ctx context.Context, pod *v1.Pod, c *v1.Container, attempt uint32, pullSecrets []v1.Secret,
) error {
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
	klog.FromContext(ctx).V(3).Info("Pulling the image of a waiting container", "pod", klog.KObj(pod), "containerName", c.Name,
		"image", c.Image)
	ctx, span := ordering.BeginSpan(ctx, ordering.ImageSpan, pod, c.Name, semconv.ContainerImageName(c.Image),
		ordering.AheadAttribute.Bool(true))
	_, message, err := m.imagePuller.EnsureImageExists(ctx, ref, pod, c.Image, pullSecrets, sandboxConfig, handler, c.ImagePullPolicy)
	span.End(err)
	if err != nil && message != "" {
		return fmt.Errorf("%w: %s", err, message)
	}
	return err
}

// withImagePulled ends the pull ahead of a container that is about to start, and waits for its attempt in flight. It
// returns the pod for the start, changed so that an image that has just been pulled is not pulled again.
func (m *kubeGenericRuntimeManager) withImagePulled(ctx context.Context, pod *v1.Pod, name string) *v1.Pod {
	var pull *imagePull
	var inFlight chan struct{}
	m.records.with(pod.UID, func(p *podRecord) {
		if pull = p.endPull(name); pull != nil {
			inFlight = pull.inFlight
		}
	})
	i := slices.IndexFunc(pod.Spec.Containers, func(c v1.Container) bool { return c.Name == name })
	if pull == nil || i < 0 || pull.image != pod.Spec.Containers[i].Image {
		return pod
	}
	if inFlight != nil {
		select {
		case <-inFlight:
		case <-ctx.Done():
			return pod
		}
	}
	var usable bool
	m.records.locked(func() { usable = pull.ended && pull.failure == "" && time.Since(pull.at) < pullAge })
	if !usable || pod.Spec.Containers[i].ImagePullPolicy != v1.PullAlways {
		return pod
	}
	pulled := *pod
	pulled.Spec.Containers = slices.Clone(pod.Spec.Containers)
	pulled.Spec.Containers[i].ImagePullPolicy = v1.PullIfNotPresent
	return &pulled
}
