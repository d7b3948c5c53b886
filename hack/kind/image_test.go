// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"io"
	"strings"
	"testing"

	"kubelet-ordering/hack/internal/progress"
	"kubelet-ordering/hack/kind/internal/command"
)

func TestImage(t *testing.T) {
	t.Setenv("KIND_EXPERIMENTAL_PROVIDER", "")
	const (
		facts = "docker exec -i id "
		good  = "version v1.37.1\nkubelet /usr/bin/kubelet\nlibc glibc 2.99\nruns v1.37.1+ordering.1\nsystemd 252\n"
		tag   = "kubelet-ordering/node:v1.37.1_ordering.1"
	)
	probed := []string{"docker create -i", "docker cp", "docker start id", facts, "docker rm -f -v id"}
	made := append(append([]string{}, probed...),
		"docker build -t "+tag+" --label kubelet-ordering.base=base --label kubelet-ordering.base-id=11 --label kubelet-ordering.version=v1.37.1+ordering.1",
		"docker run --rm --network=none --entrypoint /usr/bin/kubelet "+tag+" --version")
	tests := map[string]struct {
		args   []string
		change map[string]string
		steps  []string
		fails  string
	}{
		"fits": {steps: made},
		"is pulled": {
			change: map[string]string{"docker image inspect base": "error: No such image", "docker pull base": "error: no network"},
			steps:  []string{"docker pull base"}, fails: "no network",
		},
		"another minor version": {
			change: map[string]string{facts: strings.Replace(good, "version v1.37.1", "version v1.36.2", 1)}, steps: probed,
			fails: "take --base kindest/node:v1.37.x",
		},
		"another minor version, forced": {
			args: []string{"--force"}, change: map[string]string{facts: strings.Replace(good, "version v1.37.1", "version v1.36.2", 1)}, steps: made,
		},
		"another architecture": {
			change: map[string]string{"docker image inspect base": `[{"Id": "11", "Architecture": "vax"}]`}, fails: "build it on a machine with vax",
		},
		"it does not run": {
			args: []string{"--force"}, change: map[string]string{facts: "version v1.37.1\nlibc glibc 2.99\nfails no such file\n"}, steps: probed,
			fails: "no such file",
		},
		"a stock kubelet": {
			change: map[string]string{facts: strings.Replace(good, "+ordering.1", "", 1)}, steps: probed, fails: "not a kubelet of this project",
		},
		"a base of ours": {
			change: map[string]string{"docker image inspect base": inspected("11", oursLabels)}, fails: "--base kindest/node:v1.37.1",
		},
		"the image is wrong": {change: map[string]string{"docker run": "Kubernetes v1.37.1"}, steps: made, fails: "instead of"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			fake := &command.Fake{Answers: map[string]string{
				"docker version": "", "docker info": `{"CgroupVersion": "2"}`, "docker image inspect base": inspected("11", ""),
				"docker create": "id\n", "docker cp": "", "docker start": "", "docker rm": "", facts: good, "docker build": "",
				"docker run": "Kubernetes v1.37.1+ordering.1",
			}}
			for line, answer := range test.change {
				fake.Answers[line] = answer
			}
			tool := tool{Runner: fake, log: progress.New("test", io.Discard), repo: t.TempDir()}
			err := image(context.Background(), tool, append([]string{"--base=base", "--kubelet=" + self(t)}, test.args...))
			if test.fails == "" && err != nil || test.fails != "" && (err == nil || !strings.Contains(err.Error(), test.fails)) {
				t.Errorf("got %v, want %q", err, test.fails)
			}
			expectSteps(t, fake.Ran, test.steps)
		})
	}
}

func TestDockerfile(t *testing.T) {
	want := "FROM base AS base\nFROM base\nCOPY --from=base /k /k.stock\nCOPY kubelet /k\nCOPY kubectl-order /usr/bin/kubectl-order\n"
	if got := dockerfile("base", "/k", true); got != want {
		t.Errorf("got %q", got)
	}
	if got := dockerfile("base", "/k", false); strings.Contains(got, "order") {
		t.Errorf("got %q", got)
	}
}
