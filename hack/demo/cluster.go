// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"kubelet-ordering/hack/demo/internal/manifest"
	"kubelet-ordering/hack/demo/internal/remote"
	"kubelet-ordering/internal/facts"
	"kubelet-ordering/internal/screen"
	"kubelet-ordering/internal/timeline"
)

// showInCluster runs the pod in a cluster, and deletes it at the end. It does not read the pod's page: the pod's network need not
// be reachable from here.
func showInCluster(m *manifest.Manifest, o options) (code int, err error) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	limited, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	pod := facts.NewPod(m.Pod, m.Graph)
	cluster := &remote.Cluster{
		Kubectl: strings.Fields(o.kubectl), OnNode: strings.Fields(o.onNode), Recorder: &facts.Recorder{Pod: pod},
	}
	view := screen.On(os.Stdout, m.Legend())
	if pod.Begin, err = cluster.Create(limited, m.Pod); err != nil {
		return 1, err
	}
	defer func() {
		after, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
		defer cancel()
		if _, deleting := cluster.Delete(after); deleting != nil {
			code, err = max(code, 1), errors.Join(err, deleting)
		}
	}()
	withdraw := func() (err error) { pod.Withdrawn, err = cluster.Delete(limited); return err }
	err = follow(limited, cluster, pod, func(now time.Time) { view.Show(timeline.Of(pod, m.Graph, now)) }, nil, stopAfter(o, pod), withdraw)
	return conclude(ctx, limited, view, m, pod, o, err)
}
