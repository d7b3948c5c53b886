// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"kubelet-ordering/hack/demo/internal/manifest"
	"kubelet-ordering/hack/demo/internal/verdict"
	"kubelet-ordering/hack/demo/internal/watch"
	"kubelet-ordering/hack/internal/onnode"
	"kubelet-ordering/internal/facts"
	"kubelet-ordering/internal/picture"
	"kubelet-ordering/internal/screen"
	"kubelet-ordering/internal/timeline"
)

// show runs the pod on this node. The pod may still run at the end: it goes down with the node.
func show(m *manifest.Manifest, o options) (int, error) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	limited, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	node, err := onnode.Open()
	if err != nil {
		return 1, err
	}
	defer node.Runtime.Close()
	images, err := node.Runtime.Images(limited)
	if err != nil {
		return 1, err
	}
	if err := m.CheckImages(images); err != nil {
		return 2, err
	}

	pod := facts.NewPod(m.Pod, m.Graph)
	w := &watch.Watch{
		Runtime:  node.Runtime.Observe(watch.RunLabel),
		Kubelet:  watch.Kubelet{URL: node.KubeletURL},
		Recorder: &facts.Recorder{Pod: pod},
		Run:      strconv.Itoa(os.Getpid()) + "-" + strconv.FormatInt(time.Now().UnixNano(), 36),
	}
	if err := w.FollowLog(filepath.Join(node.Root, "kubelet.log")); err != nil {
		fmt.Fprintf(os.Stderr, "demo: %v; the picture will not show when containers are told to stop\n", err)
	}
	view := screen.On(os.Stdout, m.Legend())
	metav1.SetMetaDataLabel(&m.Pod.ObjectMeta, watch.RunLabel, w.Run)
	if pod.Begin, err = node.Manifests.Place(m.Pod); err != nil {
		return 1, err
	}
	withdraw := func() (err error) { pod.Withdrawn, err = node.Manifests.Withdraw(pod.Name); return err }
	var readPage func(context.Context)
	if page := m.Pod.Annotations[manifest.PageAnnotation]; page != "" {
		readPage = func(ctx context.Context) { w.ReadPage(ctx, page) }
	}
	err = follow(limited, w, pod, func(now time.Time) { view.Show(timeline.Of(pod, m.Graph, now)) }, readPage, stopAfter(o, pod), withdraw)
	return conclude(ctx, limited, view, m, pod, o, err)
}

// conclude shows how the pod ended, and returns the exit code. The error is what ended the watch, if anything did.
func conclude(
	ctx, limited context.Context, view screen.Screen, m *manifest.Manifest, pod *facts.Pod, o options, err error,
) (int, error) {
	final := timeline.Of(pod, m.Graph, time.Now())
	if ctx.Err() != nil {
		view.Interrupted(final)
		return 130, errors.New("interrupted")
	}
	findings := verdict.Check(pod, m.Graph, o.expect)
	view.Final(final, verdict.Lines(findings))
	if o.svg != "" {
		if err := os.WriteFile(o.svg, picture.Draw(final), 0o644); err != nil {
			return 1, fmt.Errorf("write the SVG picture (name a file that can be written with -svg): %w", err)
		}
	}
	switch {
	case limited.Err() != nil:
		return 1, fmt.Errorf("pod %q has not ended within %v: see the picture, or raise -timeout", pod.Name, o.timeout)
	case err != nil:
		return 1, err
	case !verdict.Passed(findings):
		return 1, nil
	}
	return 0, nil
}

// stopAfter is when to delete a pod that does not end by itself; 0 means never.
func stopAfter(o options, pod *facts.Pod) time.Duration {
	if o.stopAfter == 0 && pod.RestartPolicy == "Always" {
		return 5 * time.Second
	}
	return o.stopAfter
}
