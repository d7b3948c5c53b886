// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// fakeRuntime answers a few calls.
type fakeRuntime struct {
	runtimeapi.UnimplementedRuntimeServiceServer
}

func (fakeRuntime) RunPodSandbox(
	context.Context, *runtimeapi.RunPodSandboxRequest,
) (*runtimeapi.RunPodSandboxResponse, error) {
	return &runtimeapi.RunPodSandboxResponse{PodSandboxId: "box"}, nil
}

func (fakeRuntime) CreateContainer(
	context.Context, *runtimeapi.CreateContainerRequest,
) (*runtimeapi.CreateContainerResponse, error) {
	return &runtimeapi.CreateContainerResponse{ContainerId: "id"}, nil
}

func (fakeRuntime) StartContainer(
	context.Context, *runtimeapi.StartContainerRequest,
) (*runtimeapi.StartContainerResponse, error) {
	return nil, status.Error(codes.NotFound, "no such container")
}

func (fakeRuntime) ExecSync(
	context.Context, *runtimeapi.ExecSyncRequest,
) (*runtimeapi.ExecSyncResponse, error) {
	return &runtimeapi.ExecSyncResponse{ExitCode: 3, Stdout: []byte("out")}, nil
}

// The proxy changes nothing, and records the calls that change something.
func TestProxy(t *testing.T) {
	dir := t.TempDir()
	behind, before, path := filepath.Join(dir, "runtime.sock"), filepath.Join(dir, "proxy.sock"), filepath.Join(dir, "log")
	listener, err := net.Listen("unix", behind)
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	runtimeapi.RegisterRuntimeServiceServer(server, fakeRuntime{})
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- serveProxy(ctx, before, behind, path) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	conn, err := dialRuntime(before)
	if err != nil {
		t.Fatal(err)
	}
	client := runtimeapi.NewRuntimeServiceClient(conn)
	waitFor := grpc.WaitForReady(true)
	config := &runtimeapi.PodSandboxConfig{Metadata: &runtimeapi.PodSandboxMetadata{Uid: "uid"}}
	answer, err := client.RunPodSandbox(ctx, &runtimeapi.RunPodSandboxRequest{Config: config}, waitFor)
	if err != nil || answer.PodSandboxId != "box" {
		t.Errorf("RunPodSandbox answers %v, %v", answer, err)
	}
	created, err := client.CreateContainer(ctx, &runtimeapi.CreateContainerRequest{PodSandboxId: "box", SandboxConfig: config,
		Config: &runtimeapi.ContainerConfig{Metadata: &runtimeapi.ContainerMetadata{Name: "app"}}})
	if err != nil || created.ContainerId != "id" {
		t.Errorf("CreateContainer answers %v, %v", created, err)
	}
	if _, err := client.StartContainer(ctx, &runtimeapi.StartContainerRequest{ContainerId: "id"}); status.Code(err) != codes.NotFound {
		t.Errorf("StartContainer answers %v, want NotFound", err)
	}
	ran, err := client.ExecSync(ctx, &runtimeapi.ExecSyncRequest{ContainerId: "id", Cmd: []string{"test", "-e", readyFile}})
	if err != nil || ran.ExitCode != 3 || string(ran.Stdout) != "out" {
		t.Errorf("ExecSync answers %v, %v", ran, err)
	}
	if _, err := client.Version(ctx, &runtimeapi.VersionRequest{}); status.Code(err) != codes.Unimplemented {
		t.Errorf("Version answers %v, want Unimplemented", err)
	}
	conn.Close()

	var got []Event
	for len(got) == 0 || got[len(got)-1].Kind != kubeletDies {
		if got, err = readLogs(path); err != nil || t.Context().Err() != nil {
			t.Fatal(err)
		}
	}
	for i := range got {
		got[i].At = got[0].At
		if got[i].Process != os.Getpid() {
			t.Errorf("%v is said to come from process %d", got[i], got[i].Process)
		}
	}
	at, me := got[0].At, os.Getpid()
	call := func(kind string, number uint64, verb string, e Event) Event {
		e.At, e.Process, e.Kind, e.Call, e.Verb, e.Pod = at, me, kind, number, verb, "uid"
		return e
	}
	app := Event{Sandbox: "box", Container: "id", Name: "app"}
	failed := func(why string, code codes.Code) Event {
		e := app
		e.Error, e.Code = why, int32(code)
		return e
	}
	want := []Event{
		{At: at, Kind: kubeletBegins, Process: me},
		call(callBegins, 1, "run", Event{}),
		call(callEnds, 1, "run", Event{Sandbox: "box"}),
		call(callBegins, 2, "create", Event{Sandbox: "box", Name: "app"}),
		call(callEnds, 2, "create", app),
		call(callBegins, 3, "start", app),
		call(callEnds, 3, "start", failed("no such container", codes.NotFound)),
		call(callBegins, 4, readyFile, app),
		call(callEnds, 4, readyFile, failed("the command failed", codes.Unknown)),
		{At: at, Kind: kubeletDies, Process: me},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the log differs (-want +got):\n%s", diff)
	}
}
