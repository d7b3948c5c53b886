// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kubelet-ordering/hack/kind/internal/command"
)

func TestChoose(t *testing.T) {
	both := map[string]string{"docker version": "", "podman version": ""}
	tests := map[string]struct {
		answers  map[string]string
		provider string
		want     string
		fails    string
	}{
		"both":             {answers: both, want: "docker"},
		"kind's variable":  {answers: both, provider: "podman", want: "podman"},
		"docker is down":   {answers: map[string]string{"docker version": "error: no daemon", "podman version": ""}, want: "podman"},
		"none":             {fails: "install and start docker or podman"},
		"the chosen one":   {answers: map[string]string{"docker version": ""}, provider: "podman", fails: "no container engine answers"},
		"another provider": {answers: both, provider: "nerdctl", fails: "use docker or podman"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			e, err := Choose(context.Background(), &command.Fake{Answers: test.answers}, func(string) string { return test.provider })
			if test.fails != "" {
				if err == nil || !strings.Contains(err.Error(), test.fails) {
					t.Errorf("got %v, want %q", err, test.fails)
				}
			} else if err != nil || e.Program != test.want {
				t.Errorf("got %q, %v", e.Program, err)
			}
		})
	}
}

func engine(answers map[string]string) Engine {
	return Engine{Runner: &command.Fake{Answers: answers}, Program: "docker"}
}

func TestCgroupVersion(t *testing.T) {
	tests := map[string]int{
		`{"CgroupVersion": "1"}`: 1, `{"CgroupVersion": "2"}`: 2, `{"host": {"cgroupVersion": "v1"}}`: 1,
		`{"host": {"cgroupVersion": "v2"}}`: 2, `{}`: 1, `{"CgroupVersion": "3"}`: 0, `no JSON`: 0,
	}
	for info, want := range tests {
		got, err := engine(map[string]string{"docker info": info}).CgroupVersion(context.Background())
		if got != want || (err != nil) != (want == 0) {
			t.Errorf("%s: got %d, %v, want %d", info, got, err, want)
		}
	}
}

func TestImage(t *testing.T) {
	e := engine(map[string]string{
		"docker image inspect one":    `[{"Id": "sha256:12", "Architecture": "arm64", "Config": {"Labels": {"a": "b"}}}]`,
		"docker image inspect none":   "error: Error: No such image: none",
		"docker image inspect podman": "error: podman: image not known",
		"docker image inspect broken": "error: cannot connect",
	})
	image, there, err := e.Image(context.Background(), "one")
	if want := (Image{ID: "12", Architecture: "arm64", Labels: map[string]string{"a": "b"}}); err != nil || !there || !cmp.Equal(image, want) {
		t.Errorf("got %+v, %t, %v", image, there, err)
	}
	for _, name := range []string{"none", "podman"} {
		if _, there, err := e.Image(context.Background(), name); there || err != nil {
			t.Errorf("%s: got %t, %v", name, there, err)
		}
	}
	if _, _, err := e.Image(context.Background(), "broken"); err == nil {
		t.Error("want the engine's error")
	}
}

func TestNodes(t *testing.T) {
	e := engine(map[string]string{
		"docker container inspect --format {{json .Config.Labels}} kind-worker":                               `{"io.x-k8s.kind.cluster": "kind", "io.x-k8s.kind.role": "worker"}`,
		"docker container inspect --format {{json .Config.Labels}} web":                                       `{}`,
		"docker container inspect --format {{json .Config.Labels}} none":                                      "error: Error: No such container: none",
		"docker container inspect --format {{json .Config.Labels}} podman":                                    `error: Error: no container with name or ID "podman" found: no such container`,
		"docker ps --filter label=io.x-k8s.kind.cluster=kind --filter label=io.x-k8s.kind.role=worker":        "kind-worker\nkind-worker2\n",
		"docker ps --filter label=io.x-k8s.kind.cluster=kind --filter label=io.x-k8s.kind.role=control-plane": "kind-control-plane\n",
		"docker ps --filter label=io.x-k8s.kind.cluster=gone":                                                 "",
	})
	for name, want := range map[string]bool{"kind-worker": true, "web": false, "none": false, "podman": false} {
		if _, ok, err := e.Node(context.Background(), name); ok != want || err != nil {
			t.Errorf("%s: got %t, %v", name, ok, err)
		}
	}
	nodes, err := e.Nodes(context.Background(), "kind")
	if diff := cmp.Diff([]string{"kind-control-plane", "kind-worker", "kind-worker2"}, nodes); diff != "" || err != nil {
		t.Errorf("%v, -want +got:\n%s", err, diff)
	}
	if _, err := e.Nodes(context.Background(), "gone"); err == nil {
		t.Error("want an error for a cluster without nodes")
	}
}
