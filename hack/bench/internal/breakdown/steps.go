// SPDX-License-Identifier: Apache-2.0

// Package breakdown says where the time of a pod's start goes, by what the kubelet logs at level 4. Ours and the pristine kubelet log the
// same steps.
package breakdown

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"
)

// Steps are the times at which a container took the steps of its start. Those that the log does not have are zero.
type Steps struct {
	// Open is when the kubelet found that the container may start; only ours says so.
	Open time.Time
	// Creating is when its start began, Pulled when its image was on the node, and Created, Started when the runtime had done so.
	Creating, Pulled, Created, Started time.Time
	// Probed is when a probe first succeeded.
	Probed time.Time
}

// opened returns how long after a moment the kubelet found that the container may start, and how long after that its start began. A
// kubelet that does not say when it found so found it when the start began.
func (s *Steps) opened(since time.Time) (gate, sync time.Duration) {
	open := s.Open
	if open.Before(since) || open.After(s.Creating) {
		open = s.Creating
	}
	return open.Sub(since), s.Creating.Sub(open)
}

// Log is what a kubelet's log says about the starts of pods.
type Log struct {
	// Pods has the steps of all containers, by the name of the pod and then of the container.
	Pods map[string]map[string]*Steps
	// Exits are the times at which the container runtime told the kubelet of a container's exit, by the container's ID. The pristine
	// kubelet does not ask to be told.
	Exits map[string]time.Time
}

// step matches a line about one container of a pod, as the kubelet logs its events (level 3) and its work (level 4).
var (
	header    = regexp.MustCompile(`^[IWE](\d{4} \d\d:\d\d:\d\d\.\d{6}) `)
	eventLine = regexp.MustCompile(`"Event occurred" object="[^"/]*/([^"]+)" fieldPath="spec\.(?:initContainers|containers)\{([^}]+)\}".* reason="(Pulled|Created|Started)"`)
	creating  = regexp.MustCompile(`"Creating container in pod" .*container="([^"]+)" pod="[^"/]*/([^"]+)"`)
	satisfied = regexp.MustCompile(`"Dependencies of container are satisfied" pod="[^"/]*/([^"]+)" containerName="([^"]+)"`)
	stopped   = regexp.MustCompile(`"container event received" resp="container_id:\\"([^"\\]+)\\" +container_event_type:CONTAINER_STOPPED_EVENT`)
	succeeded = regexp.MustCompile(`"Probe succeeded" .*pod="[^"/]*/([^"]+)".* containerName="([^"]+)"`)
)

// Read reads a kubelet's log. Of a step that is taken again, the first counts. klog's lines have no year, which is that of now; their
// times are local.
func Read(log io.Reader, now time.Time) (*Log, error) {
	found := &Log{Pods: map[string]map[string]*Steps{}, Exits: map[string]time.Time{}}
	for reader := bufio.NewReader(log); ; {
		line, err := reader.ReadString('\n')
		if err := found.read(line, now); err != nil {
			return nil, err
		}
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read the kubelet's log: %w", err)
		}
	}
}

func (l *Log) read(line string, now time.Time) error {
	head := header.FindStringSubmatch(line)
	if head == nil {
		return nil
	}
	var pod, container, exited string
	var at func(*Steps) *time.Time
	switch {
	case strings.Contains(line, `"Event occurred"`):
		if m := eventLine.FindStringSubmatch(line); m != nil {
			pod, container = m[1], m[2]
			at = map[string]func(*Steps) *time.Time{
				"Pulled":  func(s *Steps) *time.Time { return &s.Pulled },
				"Created": func(s *Steps) *time.Time { return &s.Created },
				"Started": func(s *Steps) *time.Time { return &s.Started },
			}[m[3]]
		}
	case strings.Contains(line, `"container event received"`):
		if m := stopped.FindStringSubmatch(line); m != nil {
			exited = m[1]
		}
	case strings.Contains(line, `"Creating container in pod"`):
		if m := creating.FindStringSubmatch(line); m != nil {
			container, pod = m[1], m[2]
			at = func(s *Steps) *time.Time { return &s.Creating }
		}
	case strings.Contains(line, `"Dependencies of container are satisfied"`):
		if m := satisfied.FindStringSubmatch(line); m != nil {
			pod, container = m[1], m[2]
			at = func(s *Steps) *time.Time { return &s.Open }
		}
	case strings.Contains(line, `"Probe succeeded"`):
		if m := succeeded.FindStringSubmatch(line); m != nil {
			pod, container = m[1], m[2]
			at = func(s *Steps) *time.Time { return &s.Probed }
		}
	}
	if at == nil && exited == "" {
		return nil
	}
	when, err := time.ParseInLocation("2006 0102 15:04:05.000000", now.Format("2006 ")+head[1], time.Local)
	if err != nil {
		return fmt.Errorf("line %q of the kubelet's log has no time: %w", line, err)
	}
	if exited != "" {
		l.Exits[exited] = when
		return nil
	}
	if l.Pods[pod] == nil {
		l.Pods[pod] = map[string]*Steps{}
	}
	if l.Pods[pod][container] == nil {
		l.Pods[pod][container] = &Steps{}
	}
	if step := at(l.Pods[pod][container]); step.IsZero() {
		*step = when
	}
	return nil
}
