// SPDX-License-Identifier: Apache-2.0

package cri

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// runtime is a fake runtime. Methods that it does not implement panic.
type runtime struct {
	cri.RuntimeServiceClient
	sandboxes  []*cri.PodSandbox
	containers []*cri.Container
	statuses   map[string]*cri.ContainerStatus
	asked      int
}

func (r *runtime) ListPodSandbox(context.Context, *cri.ListPodSandboxRequest, ...grpc.CallOption) (*cri.ListPodSandboxResponse, error) {
	return &cri.ListPodSandboxResponse{Items: r.sandboxes}, nil
}

func (r *runtime) ListContainers(context.Context, *cri.ListContainersRequest, ...grpc.CallOption) (*cri.ListContainersResponse, error) {
	return &cri.ListContainersResponse{Containers: r.containers}, nil
}

func (r *runtime) ContainerStatus(
	_ context.Context, request *cri.ContainerStatusRequest, _ ...grpc.CallOption,
) (*cri.ContainerStatusResponse, error) {
	r.asked++
	if status := r.statuses[request.ContainerId]; status != nil {
		return &cri.ContainerStatusResponse{Status: status}, nil
	}
	return nil, errors.New("not found")
}

func TestObserver(t *testing.T) {
	at := func(seconds int64) int64 { return (1e9 + seconds) * 1e9 }
	container := func(id string, state cri.ContainerState) *cri.Container {
		return &cri.Container{
			Id: id, PodSandboxId: "sandbox", Metadata: &cri.ContainerMetadata{Name: "app"}, State: state, CreatedAt: at(1),
		}
	}
	const (
		created = cri.ContainerState_CONTAINER_CREATED
		running = cri.ContainerState_CONTAINER_RUNNING
		exited  = cri.ContainerState_CONTAINER_EXITED
	)
	started := &cri.ContainerStatus{State: running, StartedAt: at(2)}
	ended := &cri.ContainerStatus{State: exited, StartedAt: at(2), FinishedAt: at(3), ExitCode: 7}
	record := Container{ID: "a", Name: "app", Created: moment(at(1))}
	recordOf := func(changes ...func(c *Container)) []*Container {
		c := record
		for _, change := range changes {
			change(&c)
		}
		return []*Container{&c}
	}
	hasStarted := func(c *Container) { c.Started = moment(at(2)) }
	hasEnded := func(c *Container) { c.Started, c.Finished, c.ExitCode = moment(at(2)), moment(at(3)), 7 }
	isLost := func(c *Container) { c.Lost = true }
	type look struct {
		state  *cri.ContainerState
		status *cri.ContainerStatus
	}
	listed := func(state cri.ContainerState, status *cri.ContainerStatus) look {
		return look{state: &state, status: status}
	}
	tests := map[string]struct {
		looks []look
		want  []*Container
		asked int
	}{
		"created":                {looks: []look{listed(created, nil)}, want: []*Container{&record}},
		"running":                {looks: []look{listed(created, nil), listed(running, started)}, want: recordOf(hasStarted), asked: 1},
		"queried once":           {looks: []look{listed(running, started), listed(running, started)}, want: recordOf(hasStarted), asked: 1},
		"exited":                 {looks: []look{listed(running, started), listed(exited, ended)}, want: recordOf(hasEnded), asked: 2},
		"exited, two looks":      {looks: []look{listed(exited, ended), listed(exited, ended)}, want: recordOf(hasEnded), asked: 1},
		"exited after the list":  {looks: []look{listed(running, ended)}, want: recordOf(hasEnded), asked: 1},
		"removed after its exit": {looks: []look{listed(exited, ended), {}}, want: recordOf(hasEnded), asked: 1},
		"lost":                   {looks: []look{listed(running, started), {}}, want: recordOf(hasStarted, isLost), asked: 1},
		"removed after the list": {looks: []look{listed(running, nil)}, want: []*Container{&record}, asked: 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			labelled := &cri.PodSandbox{Id: "sandbox", CreatedAt: at(0), Labels: map[string]string{"l": "p"}}
			r := &runtime{sandboxes: []*cri.PodSandbox{labelled, {Id: "other"}}}
			o := (&Client{runtime: r}).Observe("l")
			for _, look := range test.looks {
				r.containers, r.statuses = nil, map[string]*cri.ContainerStatus{"a": look.status}
				if look.state != nil {
					r.containers = []*cri.Container{container("a", *look.state), {Id: "b", PodSandboxId: "other"}}
				}
				if err := o.Look(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			for _, c := range o.Pods["p"].Containers {
				if c.Lost {
					if time.Since(c.Finished) > time.Minute {
						t.Errorf("the lost container finished at %v, want now", c.Finished)
					}
					c.Finished = time.Time{}
				}
			}
			want := map[string]*Pod{"p": {Created: moment(at(0)), Containers: test.want}}
			if diff := cmp.Diff(want, o.Pods); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if r.asked != test.asked {
				t.Errorf("queried the container %d times, want %d", r.asked, test.asked)
			}
		})
	}
}
