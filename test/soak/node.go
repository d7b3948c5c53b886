// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	v1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"k8s.io/kubernetes/pkg/kubelet/events"
)

// systemctl calls the node's systemctl, or its stand-in.
func systemctl(ctx context.Context, args ...string) error {
	output, err := exec.CommandContext(ctx, "systemctl", args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("systemctl %s: %w: %s", strings.Join(args, " "), err, bytes.TrimSpace(output))
	}
	return nil
}

// watch records the statuses of the pods until the context ends.
func (s *soak) watch(ctx context.Context) {
	for ctx.Err() == nil {
		watch, err := s.client.CoreV1().Pods(metav1.NamespaceDefault).Watch(ctx, metav1.ListOptions{LabelSelector: "soak=true"})
		if err != nil {
			time.Sleep(time.Second)
			continue
		}
		for change := range watch.ResultChan() {
			if pod, ok := change.Object.(*v1.Pod); ok {
				s.log.add(statusEvent(pod))
			}
		}
		watch.Stop()
	}
}

func statusEvent(pod *v1.Pod) Event {
	e := Event{Kind: podStatus, Pod: string(pod.UID), Phase: string(pod.Status.Phase), Reason: pod.Status.Reason}
	for _, statuses := range [][]v1.ContainerStatus{pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses} {
		for _, c := range statuses {
			if t := c.State.Terminated; t != nil && t.Reason == events.StoppedByKubelet {
				_, id, _ := strings.Cut(t.ContainerID, "://")
				e.Ended = append(e.Ended, id)
			}
		}
	}
	return e
}

// warmUp runs one small pod, and waits until it is gone.
func (s *soak) warmUp(ctx context.Context) error {
	pods := s.client.CoreV1().Pods(metav1.NamespaceDefault)
	pod := &v1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "warm-up"}, Spec: v1.PodSpec{NodeName: s.node,
		RestartPolicy: v1.RestartPolicyNever, TerminationGracePeriodSeconds: ptr.To[int64](1),
		Containers: []v1.Container{{Name: "c", Image: image, Command: []string{"true"}}}}}
	if _, err := pods.Create(ctx, pod, metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("create the first pod: %w", err)
	}
	deleted := false
	for began := time.Now(); time.Since(began) < 3*time.Minute; time.Sleep(500 * time.Millisecond) {
		got, err := pods.Get(ctx, pod.Name, metav1.GetOptions{})
		switch {
		case apierrors.IsNotFound(err):
			// What the kubelet keeps for a while goes, too.
			time.Sleep(5 * time.Second)
			return nil
		case err != nil:
			return fmt.Errorf("wait for the first pod: %w", err)
		case got.Status.Phase == v1.PodSucceeded && !deleted:
			deleted = true
			if err := pods.Delete(ctx, pod.Name, metav1.DeleteOptions{}); err != nil {
				return fmt.Errorf("delete the first pod: %w", err)
			}
		}
	}
	return fmt.Errorf("the first pod has not come and gone within 3 minutes: the node does not work")
}

// metricNames are the metrics of the kubelet that a soak compares.
var metricNames = []string{"go_goroutines", "process_resident_memory_bytes", "go_memstats_heap_inuse_bytes", "process_open_fds"}

// measure returns the kubelet's metrics. It waits until the kubelet answers.
func (s *soak) measure(ctx context.Context) (map[string]float64, error) {
	var last error
	for began := time.Now(); time.Since(began) < 2*time.Minute; time.Sleep(time.Second) {
		text, err := s.ask(ctx, "metrics")
		if err != nil {
			last = err
			continue
		}
		values := map[string]float64{}
		for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
			for _, name := range metricNames {
				if value, found := strings.CutPrefix(lines.Text(), name+" "); found {
					values[name], _ = strconv.ParseFloat(value, 64)
				}
			}
		}
		if len(values) == len(metricNames) {
			return values, nil
		}
		last = fmt.Errorf("the kubelet has only the metrics %v of %v", values, metricNames)
	}
	return nil, fmt.Errorf("read the kubelet's metrics: %w", last)
}

// ask returns the answer of the kubelet's server.
func (s *soak) ask(ctx context.Context, path ...string) ([]byte, error) {
	asking, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	request := s.client.CoreV1().RESTClient().Get().Resource("nodes").Name(s.node).SubResource(append([]string{"proxy"}, path...)...)
	if path[0] == "debug" {
		// As text, equal stacks counted.
		request = request.Param("debug", "1")
	}
	return request.DoRaw(asking)
}

// goroutines writes the stacks of the kubelet's goroutines to a file.
func (s *soak) goroutines(ctx context.Context, file string) {
	text, err := s.ask(ctx, "debug", "pprof", "goroutine")
	if err == nil {
		err = os.WriteFile(file, text, 0o644)
	}
	if err != nil {
		s.say("the stacks of the kubelet's goroutines are missing: %v", err)
	}
}
