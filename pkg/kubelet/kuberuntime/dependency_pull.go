// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"fmt"
	"slices"
	"time"

	v1 "k8s.io/api/core/v1"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/klog/v2"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
)

// The pauses between attempts to pull follow the image manager's back-off (10 s to 5 min), each a little longer, so
// that the back-off rejects no attempt.
const (
	minPullPause = 11 * time.Second
	maxPullPause = 301 * time.Second
	// pullAge is how old a pull may be to replace the pull at the start of a container with pull policy Always.
	pullAge = 10 * time.Minute
)

// pullAhead pulls the images of waiting containers whose turn it is, and ends the pulls of those that will not start.
// An image that several containers of the pod need is pulled once.
func (s podStarter) pullAhead(ctx context.Context, decisions dependency.Decisions, left *leftWork) {
	for _, i := range left.candidates {
		c := &s.pod.Spec.Containers[i]
		d := decisions.Containers[c.Name]
		if d.Gate == dependency.Unreachable || d.Finished {
			s.records.with(s.pod.UID, func(p *podRecord) { p.endPull(c.Name) })
		}
		if !d.PullImage || c.ImagePullPolicy == v1.PullNever {
			continue
		}
		pullCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
		var pull *imagePull
		s.records.with(s.pod.UID, func(p *podRecord) { pull = p.beginPull(c, s.pullSecrets, cancel) })
		if pull == nil {
			cancel()
			continue
		}
		go s.pullUntilDone(pullCtx, c, left, pull)
	}
}

// pullUntilDone retries until the image is present or ctx is cancelled.
func (s podStarter) pullUntilDone(ctx context.Context, c *v1.Container, left *leftWork, pull *imagePull) {
	defer utilruntime.HandleCrashWithContext(ctx)
	// The runtime gets the sandbox configuration that the sandbox was created with.
	pass := &containerPass{kubeGenericRuntimeManager: s.kubeGenericRuntimeManager, pod: s.pod, pinned: left.plan}
	for pause := minPullPause; ; pause = min(2*pause, maxPullPause) {
		var secrets []v1.Secret
		s.records.locked(func() { secrets = pull.secrets })
		// An attempt is never cancelled: the container's start waits for its end.
		err := s.pullOnce(withPass(context.WithoutCancel(ctx), pass), s.pod, c, left.attempt, secrets)
		var news, again bool
		s.records.locked(func() { news = pull.pullEnds(err) })
		if news {
			s.requestPodSync(ctx, s.pod.UID)
		}
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		s.records.locked(func() { again = pull.pullAgain(ctx) })
		if !again {
			return
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
	_, message, err := m.imagePuller.EnsureImageExists(ctx, ref, pod, c.Image, pullSecrets, sandboxConfig, handler, c.ImagePullPolicy)
	if err != nil && message != "" {
		return fmt.Errorf("%w: %s", err, message)
	}
	return err
}

// withImagePulled ends the pull ahead of a container that is about to start, and waits for the attempt in flight. It
// returns the pod for the start, changed so that an image that has just been pulled is not pulled again.
func (m *kubeGenericRuntimeManager) withImagePulled(ctx context.Context, pod *v1.Pod, name string) *v1.Pod {
	var pull *imagePull
	var tried chan struct{}
	m.records.with(pod.UID, func(p *podRecord) {
		if pull = p.endPull(name); pull != nil {
			tried = pull.tried
		}
	})
	if pull == nil {
		return pod
	}
	select {
	case <-tried:
	case <-ctx.Done():
		return pod
	}
	var usable bool
	m.records.with(pod.UID, func(*podRecord) { usable = pull.failure == "" && time.Since(pull.at) < pullAge })
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
