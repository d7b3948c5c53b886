// SPDX-License-Identifier: Apache-2.0

// Package watch observes a pod by the container runtime, the kubelet and the kubelet's log.
package watch

import (
	"context"
	"errors"
	"time"

	"kubelet-ordering/hack/internal/cri"
	"kubelet-ordering/internal/facts"
)

// Watch queries all three sources and records what they say. It is not safe for concurrent use.
type Watch struct {
	// Runtime observes pods by RunLabel.
	Runtime  *cri.Observer
	Kubelet  Kubelet
	Recorder *facts.Recorder
	// Run is the value of the pod's RunLabel.
	Run string

	log           *tail
	name, uid, ip string
	unanswered    int
}

// FollowLog begins to follow the kubelet's log. Without it, the beginning of a stop is not observed.
func (w *Watch) FollowLog(path string) error {
	log, err := follow(path)
	w.log = log
	return err
}

// patience is how many consecutive queries may fail: a user may restart the kubelet.
const patience = 100

// Ask queries each source once.
func (w *Watch) Ask(ctx context.Context) error {
	err := errors.Join(w.askKubelet(ctx), w.askRuntime(ctx), w.readLog())
	if err == nil {
		w.unanswered = 0
		return nil
	}
	if w.unanswered++; w.unanswered < patience && ctx.Err() == nil {
		return nil
	}
	return err
}

func (w *Watch) askKubelet(ctx context.Context) error {
	asked := time.Now()
	pod, err := w.Kubelet.Pod(ctx, w.Run)
	if err != nil || pod == nil {
		return err
	}
	w.name, w.uid, w.ip = pod.Namespace+"/"+pod.Name, string(pod.UID), pod.Status.PodIP
	w.Recorder.Status(asked, time.Now(), &pod.Status)
	return nil
}

func (w *Watch) askRuntime(ctx context.Context) error {
	if err := w.Runtime.Look(ctx); err != nil {
		return err
	}
	if pod := w.Runtime.Pods[w.Run]; pod != nil {
		w.Recorder.Runs(records(pod.Containers))
	}
	return nil
}

// records copies what the runtime has reported so far.
func records(containers []*cri.Container) []facts.Record {
	var records []facts.Record
	for _, c := range containers {
		records = append(records, facts.Record(*c))
	}
	return records
}

// readLog comes last: a line about a container is useful only if the container is known.
func (w *Watch) readLog() error {
	if w.log == nil || w.uid == "" {
		return nil
	}
	lines, err := w.log.lines()
	if err != nil {
		return err
	}
	now := time.Now()
	for _, text := range lines {
		if line, ok := parse(text, w.name, w.uid, now); ok {
			w.Recorder.Log(line)
		}
	}
	return nil
}
