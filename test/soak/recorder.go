// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// recorder turns calls and answers of the runtime into events.
type recorder struct {
	log     *eventLog
	runtime runtimeapi.RuntimeServiceClient
	calls   atomic.Uint64

	lock sync.Mutex
	// podOf is the UID of a sandbox's pod.
	podOf map[string]string
	// known are the containers, by their ID.
	known map[string]knownContainer
	// seen is the last state of a container or sandbox that a process has seen.
	seen map[seenKey]string
}

type knownContainer struct{ pod, sandbox, name string }

type seenKey struct {
	process int
	id      string
}

func newRecorder(log *eventLog, conn *grpc.ClientConn) *recorder {
	return &recorder{log: log, runtime: runtimeapi.NewRuntimeServiceClient(conn), podOf: map[string]string{},
		known: map[string]knownContainer{}, seen: map[seenKey]string{}}
}

// call is a call in progress.
type call struct {
	recorder *recorder
	event    Event
	// reads is the method of a call that changes nothing.
	reads string
}

// The labels of containers that name their pod and the container in it.
const (
	uidLabel  = "io.kubernetes.pod.uid"
	nameLabel = "io.kubernetes.container.name"
)

func (r *recorder) begin(process int, method string, request rawMessage) *call {
	c := &call{recorder: r, event: Event{Process: process, Call: r.calls.Add(1)}}
	e := &c.event
	r.lock.Lock()
	defer r.lock.Unlock()
	switch method {
	case "RunPodSandbox":
		m := decoded(request, &runtimeapi.RunPodSandboxRequest{})
		e.Verb, e.Pod = "run", m.GetConfig().GetMetadata().GetUid()
	case "StopPodSandbox":
		m := decoded(request, &runtimeapi.StopPodSandboxRequest{})
		e.Verb, e.Sandbox, e.Pod = "halt", m.PodSandboxId, r.podOf[m.PodSandboxId]
	case "RemovePodSandbox":
		m := decoded(request, &runtimeapi.RemovePodSandboxRequest{})
		e.Verb, e.Sandbox, e.Pod = "discard", m.PodSandboxId, r.podOf[m.PodSandboxId]
	case "CreateContainer":
		m := decoded(request, &runtimeapi.CreateContainerRequest{})
		e.Verb, e.Sandbox, e.Pod = "create", m.PodSandboxId, m.GetSandboxConfig().GetMetadata().GetUid()
		e.Name = m.GetConfig().GetMetadata().GetName()
	case "StartContainer":
		m := decoded(request, &runtimeapi.StartContainerRequest{})
		r.of(e, "start", m.ContainerId)
	case "StopContainer":
		m := decoded(request, &runtimeapi.StopContainerRequest{})
		r.of(e, "stop", m.ContainerId)
		e.Timeout = m.Timeout
	case "RemoveContainer":
		m := decoded(request, &runtimeapi.RemoveContainerRequest{})
		r.of(e, "remove", m.ContainerId)
		r.lock.Unlock()
		r.look(process, m.ContainerId)
		r.lock.Lock()
	case "ExecSync":
		m := decoded(request, &runtimeapi.ExecSyncRequest{})
		r.of(e, "exec", m.ContainerId)
		if len(m.Cmd) > 0 {
			// The last word of each command of the soak says what it is.
			e.Verb = m.Cmd[len(m.Cmd)-1]
		}
	default:
		c.reads = method
		return c
	}
	begun := *e
	begun.Kind = callBegins
	r.log.add(begun)
	return c
}

func (r *recorder) of(e *Event, verb, id string) {
	known := r.known[id]
	e.Verb, e.Container, e.Pod, e.Sandbox, e.Name = verb, id, known.pod, known.sandbox, known.name
}

// look records how a container ended before its record is removed.
func (r *recorder) look(process int, id string) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if answer, err := r.runtime.ContainerStatus(ctx, &runtimeapi.ContainerStatusRequest{ContainerId: id}); err == nil {
		r.lock.Lock()
		defer r.lock.Unlock()
		r.sawContainer(process, answer.GetStatus())
	}
}

// answer records what a process learns.
func (c *call) answer(answer rawMessage) {
	r, e := c.recorder, &c.event
	r.lock.Lock()
	defer r.lock.Unlock()
	switch {
	case e.Verb == "run":
		e.Sandbox = decoded(answer, &runtimeapi.RunPodSandboxResponse{}).PodSandboxId
		r.podOf[e.Sandbox] = e.Pod
	case e.Verb == "create":
		e.Container = decoded(answer, &runtimeapi.CreateContainerResponse{}).ContainerId
		r.known[e.Container] = knownContainer{e.Pod, e.Sandbox, e.Name}
	case c.reads == "" && e.Container != "" && e.Verb != "start" && e.Verb != "stop" && e.Verb != "remove":
		if decoded(answer, &runtimeapi.ExecSyncResponse{}).ExitCode != 0 {
			e.Error, e.Code = "the command failed", int32(codes.Unknown)
		}
	case c.reads == "ContainerStatus":
		r.sawContainer(e.Process, decoded(answer, &runtimeapi.ContainerStatusResponse{}).GetStatus())
	case c.reads == "ListContainers":
		r.sawContainers(e.Process, decoded(answer, &runtimeapi.ListContainersResponse{}).GetContainers())
	case c.reads == "StreamContainers":
		r.sawContainers(e.Process, decoded(answer, &runtimeapi.StreamContainersResponse{}).GetContainers())
	case c.reads == "ListPodSandbox":
		r.sawSandboxes(e.Process, decoded(answer, &runtimeapi.ListPodSandboxResponse{}).GetItems())
	case c.reads == "StreamPodSandboxes":
		r.sawSandboxes(e.Process, decoded(answer, &runtimeapi.StreamPodSandboxesResponse{}).GetPodSandboxes())
	}
}

// sawContainers records containers of whose creation nobody has heard.
func (r *recorder) sawContainers(process int, containers []*runtimeapi.Container) {
	for _, c := range containers {
		if _, known := r.known[c.GetId()]; known {
			continue
		}
		found := knownContainer{c.GetLabels()[uidLabel], c.GetPodSandboxId(), c.GetLabels()[nameLabel]}
		r.known[c.GetId()] = found
		r.log.add(Event{Kind: containerSeen, Process: process, Pod: found.pod, Sandbox: found.sandbox, Container: c.GetId(), Name: found.name,
			State: strings.TrimPrefix(runtimeapi.ContainerState_CONTAINER_CREATED.String(), "CONTAINER_")})
	}
}

func (r *recorder) sawContainer(process int, c *runtimeapi.ContainerStatus) {
	state := strings.TrimPrefix(c.GetState().String(), "CONTAINER_")
	key := seenKey{process, c.GetId()}
	if c == nil || r.seen[key] == state {
		return
	}
	r.seen[key] = state
	known := r.known[c.GetId()]
	e := Event{Kind: containerSeen, Process: process, Pod: c.GetLabels()[uidLabel], Sandbox: known.sandbox, Container: c.GetId(),
		Name: c.GetLabels()[nameLabel], State: state, Code: c.GetExitCode()}
	if c.GetStartedAt() > 0 {
		e.StartedAt = time.Unix(0, c.GetStartedAt())
	}
	if c.GetFinishedAt() > 0 {
		e.FinishedAt = time.Unix(0, c.GetFinishedAt())
	}
	r.log.add(e)
}

func (r *recorder) sawSandboxes(process int, sandboxes []*runtimeapi.PodSandbox) {
	for _, s := range sandboxes {
		state, key := strings.TrimPrefix(s.GetState().String(), "SANDBOX_"), seenKey{process, s.GetId()}
		if r.seen[key] == state {
			continue
		}
		r.seen[key] = state
		uid := s.GetMetadata().GetUid()
		r.podOf[s.GetId()] = uid
		r.log.add(Event{Kind: sandboxSeen, Process: process, Pod: uid, Sandbox: s.GetId(), State: state,
			StartedAt: time.Unix(0, s.GetCreatedAt())})
	}
}

// end records the end of a call that changes state.
func (c *call) end(err error) {
	if c.reads != "" {
		return
	}
	e := c.event
	e.Kind = callEnds
	if err != nil {
		e.Error, e.Code = status.Convert(err).Message(), int32(status.Code(err))
	}
	c.recorder.log.add(e)
}

// decoded returns the message, or of one that it does not understand as much as it got: the proxy forwards it all the same.
func decoded[M proto.Message](raw rawMessage, m M) M {
	_ = proto.Unmarshal(raw, m)
	return m
}
