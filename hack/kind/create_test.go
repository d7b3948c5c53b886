// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kubelet-ordering/hack/internal/progress"
	"kubelet-ordering/hack/kind/internal/command"
)

func arch() string { return runtime.GOARCH }

// inspected is what the engine says of an image.
func inspected(id string, labels string) string {
	return fmt.Sprintf(`[{"Id": "sha256:%s", "Architecture": "%s", "Config": {"Labels": {%s}}}]`, id, arch(), labels)
}

const oursLabels = `"kubelet-ordering.base": "kindest/node:v1.37.1", "kubelet-ordering.base-id": "11", "kubelet-ordering.version": "v1.37.1+ordering.1"`

// engineWithImages has an image of ours and the one that it was made from.
func engineWithImages() map[string]string {
	return map[string]string{
		"docker version": "", "docker info": `{"CgroupVersion": "1"}`,
		"docker images":                             "<none>:<none>\nours:1\nours:0\n",
		"docker image inspect ours:1":               inspected("22", oursLabels),
		"docker image inspect kindest/node:v1.37.1": inspected("11", ""),
		"docker image inspect same@sha256:11":       inspected("11", ""),
		"docker image inspect other":                inspected("33", ""),
		"kind get clusters":                         "c2\n",
		"kind create cluster":                       "",
		"kind delete cluster":                       "",
		"docker ps --filter label=io.x-k8s.kind.cluster=kind --filter label=io.x-k8s.kind.role=control-plane": "kind-control-plane\n",
		"docker ps --filter label=io.x-k8s.kind.cluster=kind --filter label=io.x-k8s.kind.role=worker":        "",
		"docker exec -i kind-control-plane kubectl --kubeconfig=/etc/kubernetes/admin.conf label":             "",
	}
}

func TestCreate(t *testing.T) {
	t.Setenv("KIND_CLUSTER_NAME", "")
	t.Setenv("KIND_EXPERIMENTAL_PROVIDER", "")
	t.Setenv("KIND", "")
	const (
		labelled = "docker exec -i kind-control-plane kubectl --kubeconfig=/etc/kubernetes/admin.conf label --overwrite node %s " +
			"node-restriction.kubernetes.io/container-dependencies=true"
		patch = "kubeadmConfigPatches:\n- |\n  kind: KubeletConfiguration\n  failCgroupV1: false\n"
	)
	tests := map[string]struct {
		args   []string
		config string
		change map[string]string
		steps  []string
		fails  string
	}{
		"all": {
			args: []string{"--workers", "1"},
			steps: []string{
				"kind create cluster --name kind --config - <<< apiVersion: kind.x-k8s.io/v1alpha4\nkind: Cluster\n" + patch +
					"nodes:\n- image: ours:1\n  role: control-plane\n- image: ours:1\n  role: worker\n",
				fmt.Sprintf(labelled, "kind-control-plane"), fmt.Sprintf(labelled, "kind-worker"),
			},
		},
		"mixed, with kind's flags": {
			args:   []string{"--ordered=worker", "--", "--wait=2m", "--config=CONFIG", "--retain"},
			config: "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nname: mine\nnodes: [{role: control-plane}, {role: worker, image: 'same@sha256:11'}]\n",
			change: map[string]string{
				"docker info": `{"CgroupVersion": "2"}`,
				"docker ps --filter label=io.x-k8s.kind.cluster=mine": "kind-control-plane\n",
			},
			steps: []string{
				"kind create cluster --name mine --config - --wait=2m --retain <<< apiVersion: kind.x-k8s.io/v1alpha4\nkind: Cluster\nname: mine\n" +
					"nodes:\n- image: kindest/node:v1.37.1\n  role: control-plane\n- image: ours:1\n  role: worker\n",
				fmt.Sprintf(labelled, "mine-worker"),
			},
		},
		"kind's image for the others": {
			args: []string{"--workers=1", "--ordered=worker", "--", "--image", "other"},
			steps: []string{
				"kind create cluster --name kind --config - <<< apiVersion: kind.x-k8s.io/v1alpha4\nkind: Cluster\n" + patch +
					"nodes:\n- image: other\n  role: control-plane\n- image: ours:1\n  role: worker\n", fmt.Sprintf(labelled, "kind-worker"),
			},
		},
		"kind's image, and all are ours":    {args: []string{"--", "--image", "other"}, fails: "kind.sh image --base other"},
		"kind's image is the one of ours":   {args: []string{"--", "--image", "same@sha256:11"}, steps: []string{"kind create", "docker exec"}},
		"no image":                          {change: map[string]string{"docker images": ""}, fails: "make one (kind.sh image"},
		"an image that is not ours":         {args: []string{"--image=other"}, fails: "no node image with this project's kubelet"},
		"the cluster exists":                {args: []string{"--", "--name", "c2"}, fails: `a kind cluster "c2" already`},
		"no such config":                    {args: []string{"--", "--config", "/nowhere"}, fails: "/nowhere"},
		"a kind flag without value":         {args: []string{"--", "--config"}, fails: "needs a value"},
		"kind's flags before the two lines": {args: []string{"--name", "x"}, fails: "flag provided but not defined"},
		"kind fails":                        {change: map[string]string{"kind create cluster": "error: no space"}, fails: "no space", steps: []string{"kind create"}},
		"kind is missing":                   {change: map[string]string{"kind get clusters": "error: not found"}, fails: "KIND="},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			fake := &command.Fake{Answers: engineWithImages()}
			for line, answer := range test.change {
				fake.Answers[line] = answer
			}
			args := append([]string{}, test.args...)
			if test.config != "" {
				path := filepath.Join(t.TempDir(), "config.yaml")
				if err := os.WriteFile(path, []byte(test.config), 0o644); err != nil {
					t.Fatal(err)
				}
				for i := range args {
					args[i] = strings.ReplaceAll(args[i], "CONFIG", path)
				}
			}
			tool := tool{Runner: fake, log: progress.New("test", io.Discard)}
			err := create(context.Background(), tool, args)
			if test.fails == "" && err != nil || test.fails != "" && (err == nil || !strings.Contains(err.Error(), test.fails)) {
				t.Errorf("got %v, want %q", err, test.fails)
			}
			expectSteps(t, fake.Ran, test.steps)
		})
	}
}

// TestCreateInterrupted: what kind has made is deleted, with the exception of a cluster that was there before.
func TestCreateInterrupted(t *testing.T) {
	t.Setenv("KIND_CLUSTER_NAME", "")
	t.Setenv("KIND", "")
	for name, test := range map[string]struct {
		args []string
		want bool
	}{"by default": {nil, true}, "retained": {[]string{"--", "--retain"}, false}} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(context.Background())
			fake := &command.Fake{Answers: engineWithImages()}
			fake.Answers["kind create cluster"] = "error: interrupted"
			tool := tool{log: progress.New("test", io.Discard), Runner: runnerFunc(func(c context.Context, command command.Command) (string, error) {
				if len(command.Args) > 1 && command.Args[1] == "create" {
					cancel()
				}
				return fake.Run(c, command)
			})}
			if err := create(ctx, tool, test.args); err == nil {
				t.Error("want an error")
			}
			deleted := false
			for _, line := range fake.Ran {
				deleted = deleted || line == "kind delete cluster --name kind"
			}
			if deleted != test.want {
				t.Errorf("deleted: %t, want %t: %q", deleted, test.want, fake.Ran)
			}
		})
	}
}

func TestKindFlags(t *testing.T) {
	got, err := kindFlagsOf([]string{"-n", "a", "--config=c", "-v", "1", "--image", "i", "--retain=true", "--wait", "1m"})
	want := kindFlags{name: "a", config: "c", image: "i", retain: true, others: []string{"-v", "1", "--retain=true", "--wait", "1m"}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(kindFlags{})); diff != "" || err != nil {
		t.Errorf("%v, -want +got:\n%s", err, diff)
	}
	if got := want.cluster(func(string) string { return "environment" }); got != "a" {
		t.Errorf("the cluster is %q", got)
	}
	if got := (kindFlags{}).cluster(func(string) string { return "environment" }); got != "environment" {
		t.Errorf("the cluster is %q", got)
	}
}

func TestReadConfig(t *testing.T) {
	text, err := kindFlags{config: "-"}.readConfig(strings.NewReader("kind: Cluster"))
	if err != nil || string(text) != "kind: Cluster" {
		t.Errorf("got %q, %v", text, err)
	}
	if _, err := (kindFlags{config: "-"}).readConfig(strings.NewReader(strings.Repeat("x", maxConfig+1))); err == nil {
		t.Error("want an error for a configuration without an end")
	}
}
