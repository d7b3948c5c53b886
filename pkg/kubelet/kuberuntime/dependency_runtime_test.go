// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	apitest "k8s.io/cri-api/pkg/apis/testing"
)

// criCall is a call to the container runtime that changes state.
type criCall struct {
	// Verb is the operation: run, halt and discard of a sandbox; create, start, stop, update and remove of a container;
	// the name of a command that is executed in one.
	Verb string
	// Target is the name of the container, or the attempt of the sandbox.
	Target string
	// Timeout is the timeout of a stop, in seconds.
	Timeout int64
	// At is the time since the creation of the runtime.
	At time.Duration
}

func (c criCall) String() string { return c.Verb + " " + c.Target }

// recordingRuntime records the calls that change state. Unlike upstream's fake, it behaves like a real runtime behind
// gRPC: a call with a cancelled context has no effect, a name cannot be used twice, and a container that cannot be
// started is left exited, without a start time.
type recordingRuntime struct {
	*apitest.FakeRuntimeService
	began time.Time

	lock  sync.Mutex
	calls []criCall
	// reads counts the calls that change nothing.
	reads map[string]int
	// serve, if set, is called before each call takes effect, without the lock; the call returns its error.
	serve func(ctx context.Context, call criCall, id string) error
	// served, if set, is called after each call, with its error.
	served func(call criCall, id string, err error)
	// stopCode, if set, returns the exit code of a container that a call has stopped.
	stopCode func(id, name string) int32
	// canRead, if set, returns the error of the calls that read.
	canRead func() error
	// evented means that the status of a sandbox has the statuses of its pod's containers, for upstream's gate EventedPLEG.
	evented bool
	// down means that the runtime does not answer new calls.
	down atomic.Bool
}

// lostAnswer is the error of a call that takes effect although the caller does not hear so.
type lostAnswer struct{ error }

func (l *lostAnswer) Unwrap() error { return l.error }

// errDown is the error of a call to a runtime that is down.
var errDown = status.Error(codes.Unavailable,
	`connection error: desc = "transport: Error while dialing: dial unix /run/containerd.sock: connect: connection refused"`)

func newRecordingRuntime() *recordingRuntime {
	return &recordingRuntime{FakeRuntimeService: apitest.NewFakeRuntimeService(), began: time.Now(), reads: map[string]int{}}
}

func (r *recordingRuntime) read(what string) error {
	r.lock.Lock()
	r.reads[what]++
	r.lock.Unlock()
	switch {
	case r.down.Load():
		return errDown
	case r.canRead != nil:
		return r.canRead()
	}
	return nil
}

// readsSoFar returns how often each thing has been read.
func (r *recordingRuntime) readsSoFar() map[string]int {
	r.lock.Lock()
	defer r.lock.Unlock()
	return maps.Clone(r.reads)
}

func (r *recordingRuntime) forgetReads() {
	r.lock.Lock()
	defer r.lock.Unlock()
	clear(r.reads)
}

func (r *recordingRuntime) PodSandboxStatus(ctx context.Context, id string, verbose bool) (*runtimeapi.PodSandboxStatusResponse, error) {
	if err := r.read("status of sandbox " + id); err != nil {
		return nil, err
	}
	resp, err := r.FakeRuntimeService.PodSandboxStatus(ctx, id, verbose)
	if err != nil || !r.evented {
		return resp, err
	}
	resp.Timestamp = time.Now().UnixNano()
	for _, c := range r.records() {
		status, err := r.FakeRuntimeService.ContainerStatus(ctx, c.Id, verbose)
		if err != nil {
			return nil, err
		}
		resp.ContainersStatuses = append(resp.ContainersStatuses, status.Status)
	}
	return resp, nil
}

func (r *recordingRuntime) ListPodSandbox(ctx context.Context, filter *runtimeapi.PodSandboxFilter) ([]*runtimeapi.PodSandbox, error) {
	if err := r.read("list of sandboxes"); err != nil {
		return nil, err
	}
	return r.FakeRuntimeService.ListPodSandbox(ctx, filter)
}

// ContainerStatus reports a container that has been removed meanwhile as a real runtime does.
func (r *recordingRuntime) ContainerStatus(ctx context.Context, id string, verbose bool) (*runtimeapi.ContainerStatusResponse, error) {
	if err := r.read("status of container " + id); err != nil {
		return nil, err
	}
	response, err := r.FakeRuntimeService.ContainerStatus(ctx, id, verbose)
	if err != nil {
		return nil, status.Error(codes.NotFound, err.Error())
	}
	return response, nil
}

func (r *recordingRuntime) ListContainers(ctx context.Context, filter *runtimeapi.ContainerFilter) ([]*runtimeapi.Container, error) {
	if err := r.read("list of containers"); err != nil {
		return nil, err
	}
	return r.FakeRuntimeService.ListContainers(ctx, filter)
}

func (r *recordingRuntime) do(ctx context.Context, verb, target, id string, timeout int64, do func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if r.down.Load() {
		return errDown
	}
	r.lock.Lock()
	call := criCall{Verb: verb, Target: target, Timeout: timeout, At: time.Since(r.began)}
	r.calls = append(r.calls, call)
	serve, served := r.serve, r.served
	r.lock.Unlock()
	var err error
	if serve != nil {
		err = serve(ctx, call, id)
	}
	var lost *lostAnswer
	switch {
	case err == nil:
		err = do()
	case errors.As(err, &lost):
		// If it has no effect after all, the caller hears the same.
		_ = do()
		err = lost.error
	}
	if served != nil {
		served(call, id, err)
	}
	return err
}

// GetContainerEvents reports that the runtime has no stream of events.
func (r *recordingRuntime) GetContainerEvents(
	context.Context, chan *runtimeapi.ContainerEventResponse, func(runtimeapi.RuntimeService_GetContainerEventsClient),
) error {
	return status.Error(codes.Unimplemented, "no events")
}

// history returns the calls so far.
func (r *recordingRuntime) history() []criCall {
	r.lock.Lock()
	defer r.lock.Unlock()
	return slices.Clone(r.calls)
}

// verbs returns the calls so far as text, and forgets them.
func (r *recordingRuntime) verbs() []string {
	r.lock.Lock()
	defer r.lock.Unlock()
	var texts []string
	for _, c := range r.calls {
		texts = append(texts, c.String())
	}
	r.calls = nil
	return texts
}

// containerName returns the name of the container with the ID.
func (r *recordingRuntime) containerName(id string) string {
	r.FakeRuntimeService.Lock()
	defer r.FakeRuntimeService.Unlock()
	if c, known := r.Containers[id]; known {
		return c.Metadata.Name
	}
	return "?" + id
}

func attemptOf(sandboxID string) string { return "#" + sandboxID[strings.LastIndex(sandboxID, "_")+1:] }

func (r *recordingRuntime) RunPodSandbox(ctx context.Context, config *runtimeapi.PodSandboxConfig, handler string) (id string, err error) {
	err = r.do(ctx, "run", fmt.Sprintf("#%d", config.Metadata.Attempt), apitest.BuildSandboxName(config.Metadata), 0, func() (err error) {
		id, err = r.FakeRuntimeService.RunPodSandbox(ctx, config, handler)
		return err
	})
	return id, err
}

func (r *recordingRuntime) StopPodSandbox(ctx context.Context, id string) error {
	return r.do(ctx, "halt", attemptOf(id), id, 0, func() error {
		// A runtime kills the containers of a sandbox that it stops.
		r.exitAll(id, 137)
		return r.FakeRuntimeService.StopPodSandbox(ctx, id)
	})
}

func (r *recordingRuntime) RemovePodSandbox(ctx context.Context, id string) error {
	return r.do(ctx, "discard", attemptOf(id), id, 0, func() error { return r.FakeRuntimeService.RemovePodSandbox(ctx, id) })
}

func (r *recordingRuntime) CreateContainer(
	ctx context.Context, sandboxID string, config *runtimeapi.ContainerConfig, sandboxConfig *runtimeapi.PodSandboxConfig,
) (id string, err error) {
	name := apitest.BuildContainerName(config.Metadata, sandboxID)
	err = r.do(ctx, "create", config.Metadata.Name, name, 0, func() (err error) {
		r.FakeRuntimeService.Lock()
		_, taken := r.Containers[name]
		sandbox, known := r.Sandboxes[sandboxID]
		running := known && sandbox.State == runtimeapi.PodSandboxState_SANDBOX_READY
		r.FakeRuntimeService.Unlock()
		switch {
		case taken:
			return fmt.Errorf("the container name %q is reserved", name)
		case !running:
			return fmt.Errorf("the sandbox %q is not running", sandboxID)
		}
		id, err = r.FakeRuntimeService.CreateContainer(ctx, sandboxID, config, sandboxConfig)
		return err
	})
	return id, err
}

func (r *recordingRuntime) StartContainer(ctx context.Context, id string) error {
	err := r.do(ctx, "start", r.containerName(id), id, 0, func() error { return r.FakeRuntimeService.StartContainer(ctx, id) })
	if err != nil {
		r.FakeRuntimeService.Lock()
		if c, known := r.Containers[id]; known && c.State == runtimeapi.ContainerState_CONTAINER_CREATED && ctx.Err() == nil &&
			!errors.Is(err, errKubeletGone) && status.Code(err) != codes.Unavailable {
			c.State, c.ExitCode, c.Reason, c.FinishedAt = runtimeapi.ContainerState_CONTAINER_EXITED, 128, "StartError", time.Now().UnixNano()
		}
		r.FakeRuntimeService.Unlock()
	}
	return err
}

func (r *recordingRuntime) StopContainer(ctx context.Context, id string, timeout int64) error {
	name := r.containerName(id)
	return r.do(ctx, "stop", name, id, timeout, func() error {
		code := int32(143)
		if r.stopCode != nil {
			code = r.stopCode(id, name)
		}
		r.exit(id, code)
		return nil
	})
}

func (r *recordingRuntime) RemoveContainer(ctx context.Context, id string) error {
	return r.do(ctx, "remove", r.containerName(id), id, 0, func() error { return r.FakeRuntimeService.RemoveContainer(ctx, id) })
}

func (r *recordingRuntime) UpdateContainerResources(ctx context.Context, id string, resources *runtimeapi.ContainerResources) error {
	return r.do(ctx, "update", r.containerName(id), id, 0, func() error {
		return r.FakeRuntimeService.UpdateContainerResources(ctx, id, resources)
	})
}

func (r *recordingRuntime) ExecSync(
	ctx context.Context, id string, command []string, _ time.Duration,
) (stdout, stderr []byte, err error) {
	err = r.do(ctx, command[0], r.containerName(id), id, 0, func() error { return nil })
	return nil, nil, err
}

// exit ends a running container.
func (r *recordingRuntime) exit(id string, code int32) {
	r.FakeRuntimeService.Lock()
	defer r.FakeRuntimeService.Unlock()
	if c, known := r.Containers[id]; known && c.State == runtimeapi.ContainerState_CONTAINER_RUNNING {
		c.State, c.ExitCode, c.FinishedAt = runtimeapi.ContainerState_CONTAINER_EXITED, code, time.Now().UnixNano()
	}
}

// exitAll ends all containers of a sandbox.
func (r *recordingRuntime) exitAll(sandboxID string, code int32) {
	for _, c := range r.records() {
		if c.SandboxID == sandboxID {
			r.exit(c.Id, code)
		}
	}
}

// records returns copies of all container records, newest first.
func (r *recordingRuntime) records() []*apitest.FakeContainer {
	r.FakeRuntimeService.Lock()
	defer r.FakeRuntimeService.Unlock()
	var records []*apitest.FakeContainer
	for _, c := range r.Containers {
		records = append(records, &apitest.FakeContainer{SandboxID: c.SandboxID, ContainerStatus: runtimeapi.ContainerStatus{
			Id: c.Id, Metadata: c.Metadata, State: c.State, ExitCode: c.ExitCode,
			CreatedAt: c.CreatedAt, StartedAt: c.StartedAt, FinishedAt: c.FinishedAt}})
	}
	slices.SortFunc(records, func(a, b *apitest.FakeContainer) int {
		if d := b.CreatedAt - a.CreatedAt; d != 0 {
			return int(min(max(d, -1), 1))
		}
		return strings.Compare(a.Id, b.Id)
	})
	return records
}

// sorted returns concurrent calls in a stable order.
func sorted(calls []string) []string {
	calls = slices.Clone(calls)
	slices.Sort(calls)
	return calls
}
