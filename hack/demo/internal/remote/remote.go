// SPDX-License-Identifier: Apache-2.0

// Package remote runs the demo's pod in a cluster and observes it from outside: kubectl has its status and its events, and crictl on
// its node the times of its containers.
package remote

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"strings"
	"time"

	v1 "k8s.io/api/core/v1"

	"golang.org/x/sync/errgroup"

	"kubelet-ordering/internal/facts"
)

// Label is the label of the nodes whose kubelet knows ordering.
const Label = "node-restriction.kubernetes.io/container-dependencies"

// NodeWord stands for the pod's node in the command that runs a program there.
const NodeWord = "NODE"

// Cluster observes one pod. It is not safe for concurrent use.
type Cluster struct {
	// Kubectl is the beginning of kubectl's command line, OnNode that of a command which runs a program on the node NODE.
	Kubectl, OnNode []string
	Recorder        *facts.Recorder
	// Run runs a command and returns its stdout. Nil means on this machine.
	Run func(ctx context.Context, stdin []byte, args []string) ([]byte, error)

	name, uid, node string
	seen            map[string]facts.Record
	told            map[string]bool
	unanswered      int
}

// patience is how many consecutive looks may fail: a user may restart the kubelet or the API server.
const patience = 20

// Create creates the pod on a node with the label, and returns the time just before.
func (c *Cluster) Create(ctx context.Context, pod *v1.Pod) (time.Time, error) {
	pod = pod.DeepCopy()
	if pod.Spec.NodeSelector == nil {
		pod.Spec.NodeSelector = map[string]string{}
	}
	pod.Spec.NodeSelector[Label] = "true"
	text, err := json.Marshal(pod)
	if err != nil {
		return time.Time{}, fmt.Errorf("encode pod %q: %w", pod.Name, err)
	}
	begin := time.Now()
	output, err := c.kubectl(ctx, text, "create", "-f", "-", "-o", "json")
	if err != nil {
		return begin, fmt.Errorf("create pod %q: %w", pod.Name, err)
	}
	var created v1.Pod
	if err := json.Unmarshal(output, &created); err != nil {
		return begin, fmt.Errorf("read the pod that was created: %w", err)
	}
	c.name, c.uid = created.Name, string(created.UID)
	c.seen, c.told = map[string]facts.Record{}, map[string]bool{}
	return begin, nil
}

// Delete deletes the pod, without waiting, and returns the time just before.
func (c *Cluster) Delete(ctx context.Context) (time.Time, error) {
	begin := time.Now()
	if c.name == "" {
		return begin, nil
	}
	if _, err := c.kubectl(ctx, nil, "delete", "pod", c.name, "--wait=false", "--ignore-not-found"); err != nil {
		return begin, fmt.Errorf("delete pod %q: %w", c.name, err)
	}
	return begin, nil
}

// Ask looks once.
func (c *Cluster) Ask(ctx context.Context) error {
	err := c.look(ctx)
	if err == nil {
		c.unanswered = 0
		return nil
	}
	if c.unanswered++; c.unanswered < patience && ctx.Err() == nil {
		return nil
	}
	return err
}

// answers are what the sources say at the same time.
type answers struct {
	pod        *v1.Pod
	events     v1.EventList
	containers []facts.Record
}

func (c *Cluster) look(ctx context.Context) error {
	asked := time.Now()
	var a answers
	group, limited := errgroup.WithContext(ctx)
	group.Go(func() (err error) { a.pod, err = c.pod(limited); return err })
	group.Go(func() error { return c.events(limited, &a.events) })
	group.Go(func() (err error) { a.containers, err = c.containers(limited); return err })
	if err := group.Wait(); err != nil {
		return err
	}
	now := time.Now()
	if a.pod != nil {
		c.node = a.pod.Spec.NodeName
		c.Recorder.Status(asked, now, &a.pod.Status)
	}
	if c.node != "" {
		c.record(a.containers, now)
	}
	for _, e := range a.events.Items {
		if match := killing.FindStringSubmatch(e.InvolvedObject.FieldPath); match != nil && !c.told[string(e.UID)] {
			c.told[string(e.UID)] = true
			// An event's own time has whole seconds.
			c.Recorder.Log(facts.Line{At: now, Container: match[1], Step: facts.Told})
		}
	}
	return nil
}

var killing = regexp.MustCompile(`^spec\.(?:initC|c)ontainers\{([^}]+)\}$`)

// pod returns the pod, or nil if it is gone.
func (c *Cluster) pod(ctx context.Context) (*v1.Pod, error) {
	output, err := c.kubectl(ctx, nil, "get", "pod", c.name, "--ignore-not-found", "-o", "json")
	if err != nil || len(bytes.TrimSpace(output)) == 0 {
		return nil, err
	}
	pod := &v1.Pod{}
	if err := json.Unmarshal(output, pod); err != nil {
		return nil, fmt.Errorf("read the pod: %w", err)
	}
	if string(pod.UID) != c.uid {
		return nil, nil
	}
	return pod, nil
}

func (c *Cluster) events(ctx context.Context, list *v1.EventList) error {
	output, err := c.kubectl(ctx, nil, "get", "events", "--field-selector", "involvedObject.uid="+c.uid+",reason=Killing", "-o", "json")
	if err != nil {
		return err
	}
	if err := json.Unmarshal(output, list); err != nil {
		return fmt.Errorf("read the pod's events: %w", err)
	}
	return nil
}

// inspect prints the pod's containers as the runtime knows them. One that is removed meanwhile fails it, which the next look sees.
const inspect = `ids=$(crictl ps -a -q --label "io.kubernetes.pod.uid=$1") || exit 1; [ -z "$ids" ] || crictl inspect $ids || :`

func (c *Cluster) containers(ctx context.Context) ([]facts.Record, error) {
	if c.node == "" {
		return nil, nil
	}
	var args []string
	for _, word := range c.OnNode {
		args = append(args, strings.ReplaceAll(word, NodeWord, c.node))
	}
	// ssh joins its arguments with spaces for a shell on the node: the script would come apart as one of them.
	output, err := c.run(ctx, []byte(inspect), append(args, "sh", "-s", "--", c.uid))
	if err != nil {
		return nil, fmt.Errorf("ask the runtime of node %q: %w", c.node, err)
	}
	return parse(output)
}

// status is what crictl inspect says of a container.
type status struct {
	Status struct {
		ID       string
		Metadata struct{ Name string }
		State    string
		ExitCode int32
		// A time that has not come is 1970, or empty.
		CreatedAt, StartedAt, FinishedAt string
	}
}

// parse reads a stream of containers: objects, or lists of them.
func parse(output []byte) (list []facts.Record, err error) {
	decoder := json.NewDecoder(bytes.NewReader(output))
	for {
		var next json.RawMessage
		if err := decoder.Decode(&next); errors.Is(err, io.EOF) {
			return list, nil
		} else if err != nil {
			return nil, fmt.Errorf("read what crictl says: %w", err)
		}
		all := []status{{}}
		if bytes.HasPrefix(bytes.TrimSpace(next), []byte("[")) {
			err = json.Unmarshal(next, &all)
		} else {
			err = json.Unmarshal(next, &all[0])
		}
		if err != nil {
			return nil, fmt.Errorf("read what crictl says: %w", err)
		}
		for _, s := range all {
			container := facts.Record{
				ID: s.Status.ID, Name: s.Status.Metadata.Name, Created: moment(s.Status.CreatedAt), Started: moment(s.Status.StartedAt),
			}
			if s.Status.State == "CONTAINER_EXITED" {
				container.Finished, container.ExitCode = moment(s.Status.FinishedAt), s.Status.ExitCode
			}
			list = append(list, container)
		}
	}
}

func moment(text string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || t.Unix() <= 0 {
		return time.Time{}
	}
	return t
}

// record passes the containers on. One that ran and is gone has finished at a time that nobody knows.
func (c *Cluster) record(list []facts.Record, now time.Time) {
	present := map[string]bool{}
	for _, container := range list {
		present[container.ID], c.seen[container.ID] = true, container
	}
	var all []facts.Record
	for id, container := range c.seen {
		if !present[id] && container.Finished.IsZero() {
			container.Finished, container.Lost = now, true
			c.seen[id] = container
		}
		all = append(all, container)
	}
	c.Recorder.Runs(all)
}

func (c *Cluster) kubectl(ctx context.Context, stdin []byte, args ...string) ([]byte, error) {
	return c.run(ctx, stdin, append(append([]string{}, c.Kubectl...), args...))
}

func (c *Cluster) run(ctx context.Context, stdin []byte, args []string) ([]byte, error) {
	if c.Run != nil {
		return c.Run(ctx, stdin, args)
	}
	command := exec.CommandContext(ctx, args[0], args[1:]...)
	command.WaitDelay = 10 * time.Second
	if stdin != nil {
		command.Stdin = bytes.NewReader(stdin)
	}
	output, err := command.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return output, fmt.Errorf("%s: %w: %s", strings.Join(args[:min(len(args), 6)], " "), err, bytes.TrimSpace(exit.Stderr))
	}
	return output, err
}
