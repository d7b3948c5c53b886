// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kubelet-ordering/hack/internal/progress"
	"kubelet-ordering/hack/kind/internal/command"
)

const (
	labels    = "docker container inspect --format {{json .Config.Labels}} n1"
	planes    = "docker ps --filter label=io.x-k8s.kind.cluster=c --filter label=io.x-k8s.kind.role=control-plane"
	workers   = "docker ps --filter label=io.x-k8s.kind.cluster=c --filter label=io.x-k8s.kind.role=worker"
	ask       = "docker exec -i cp kubectl --kubeconfig=/etc/kubernetes/admin.conf "
	onNode    = "docker exec -i n1 "
	listing   = ask + "get pods --all-namespaces --field-selector spec.nodeName=n1 -o json"
	labelling = ask + "label --overwrite node n1 node-restriction.kubernetes.io/container-dependencies=true"
	taking    = ask + "label node n1 node-restriction.kubernetes.io/container-dependencies-"
)

// cluster answers for a kind cluster c with the nodes cp and n1.
func cluster(to string) map[string]string {
	answers := map[string]string{
		"docker version": "", planes: "cp\n", workers: "n1\n",
		labels:                      `{"io.x-k8s.kind.cluster": "c", "io.x-k8s.kind.role": "worker"}`,
		ask + "get node n1 -o json": `{"metadata": {"name": "n1"}}`,
		ask + "cordon n1":           "", ask + "uncordon n1": "", labelling: "", taking: "",
		listing:                     `{"items": []}`,
		onNode + "env TIMEOUT=20 ":  "kubelet /usr/bin/kubelet\nversion v1.37.1\narch " + arch() + "\nlibc glibc 2.99\nruns v1.37.1+ordering.1\nnode n1\n",
		onNode + "rm -f":            "",
		onNode + "sh -c umask":      "",
		onNode + "env TIMEOUT=120 ": "from v1.37.1\nto v1.37.1+ordering.1\nready yes\nseconds 3\nkept 5\n",
	}
	if to == "stock" {
		answers[onNode+"env TIMEOUT=120 "] = "from v1.37.1+ordering.1\nto v1.37.1\nready yes\nseconds 3\nkept 5\n"
	}
	return answers
}

// hanging is a pod that would hang under the node's own kubelet.
const hanging = `{"items": [{"metadata": {"namespace": "default", "name": "report-x",
  "annotations": {"container.lifecycle.alpha.kubernetes.io/logs": "{\"type\": \"Sidecar\"}"}},
  "spec": {"restartPolicy": "Never", "containers": [{"name": "work"}, {"name": "logs", "restartPolicy": "Always"}]},
  "status": {"phase": "Running"}}]}`

func TestSwitch(t *testing.T) {
	tests := map[string]struct {
		to     string
		change map[string]string
		flags  []string
		// steps are the beginnings of the commands that change something, in order.
		steps []string
		fails string
	}{
		"ours": {to: "ours", steps: []string{ask + "cordon n1", onNode + "sh -c umask", labelling, onNode + "env TIMEOUT=120 sh -s -- ours",
			onNode + "rm -f", ask + "uncordon n1"}},
		"ours does not come up": {
			to: "ours", change: map[string]string{onNode + "env TIMEOUT=120 ": "error: it is back"}, fails: "it is back",
			steps: []string{ask + "cordon n1", onNode + "sh -c umask", labelling, onNode + "env TIMEOUT=120 sh -s -- ours", taking,
				onNode + "rm -f", ask + "uncordon n1"},
		},
		"ours does not come up on a node with the label": {
			to: "ours", change: map[string]string{onNode + "env TIMEOUT=120 ": "error: it is back", ask + "get node n1 -o json": `{"metadata": {"labels": {"node-restriction.kubernetes.io/container-dependencies": "true"}}}`}, fails: "it is back",
			steps: []string{ask + "cordon n1", onNode + "sh -c umask", labelling, onNode + "env TIMEOUT=120 sh -s -- ours",
				onNode + "rm -f", ask + "uncordon n1"},
		},
		"stock": {to: "stock", steps: []string{ask + "cordon n1", onNode + "env TIMEOUT=120 sh -s -- stock", taking, ask + "uncordon n1"}},
		"stock under a pod that would hang": {
			to: "stock", change: map[string]string{listing: hanging}, fails: "default/report-x: the pod would not end: nothing stops its Sidecars logs",
		},
		"forced": {
			to: "stock", change: map[string]string{listing: hanging}, flags: []string{"--force"},
			steps: []string{ask + "cordon n1", onNode + "env TIMEOUT=120 sh -s -- stock", taking, ask + "uncordon n1"},
		},
		"a cordoned node stays cordoned": {
			to: "stock", change: map[string]string{ask + "get node n1 -o json": `{"spec": {"unschedulable": true}}`},
			steps: []string{onNode + "env TIMEOUT=120 sh -s -- stock", taking},
		},
		"the pods are not known": {to: "stock", change: map[string]string{listing: "error: forbidden"}, fails: "see which pods run"},
		"the node keeps its kubelet": {
			to: "stock", change: map[string]string{onNode + "env TIMEOUT=120 ": "error: it did not come up"}, fails: "it did not come up",
			steps: []string{ask + "cordon n1", onNode + "env TIMEOUT=120 sh -s -- stock", ask + "uncordon n1"},
		},
		"drained": {
			to: "ours", flags: []string{"--drain", "--drain-flags=--force --delete-emptydir-data"}, change: map[string]string{ask + "drain": ""},
			steps: []string{ask + "drain n1 --ignore-daemonsets --force --delete-emptydir-data", onNode + "sh -c umask",
				labelling, onNode + "env TIMEOUT=120 sh -s -- ours", onNode + "rm -f", ask + "uncordon n1"},
		},
		"a cordoned node is drained, and stays cordoned": {
			to: "stock", flags: []string{"--drain"},
			change: map[string]string{ask + "drain": "", ask + "get node n1 -o json": `{"spec": {"unschedulable": true}}`},
			steps:  []string{ask + "drain n1", onNode + "env TIMEOUT=120 sh -s -- stock", taking},
		},
		"it cannot be drained": {
			to: "ours", flags: []string{"--drain"}, change: map[string]string{ask + "drain": "error: a pod has no controller"},
			steps: []string{ask + "drain n1", ask + "uncordon n1"}, fails: "a pod has no controller",
		},
		"it does not fit": {
			to: "ours", change: map[string]string{onNode + "env TIMEOUT=20 ": "kubelet /k\nversion v1.36.0\narch " + arch() +
				"\nlibc glibc 2.99\nruns v1.37.1+ordering.1\n"},
			steps: []string{ask + "cordon n1", onNode + "sh -c umask", onNode + "rm -f", ask + "uncordon n1"}, fails: "another minor version: take a node of v1.37.x",
		},
		"the wrong machine": {
			to: "ours", change: map[string]string{onNode + "env TIMEOUT=20 ": "node n2\n"}, fails: `is the node "n2" of its cluster`,
		},
		"no such node":     {to: "ours", change: map[string]string{labels: "error: No such container"}, fails: "needs --ssh or --here"},
		"a load balancer":  {to: "ours", change: map[string]string{labels: `{"io.x-k8s.kind.cluster": "c", "io.x-k8s.kind.role": "external-load-balancer"}`}, fails: "has no kubelet"},
		"no ours or stock": {to: "theirs", fails: "ours or stock"},
		"not Ready in the end": {
			to: "ours", flags: []string{"--timeout=2s"}, change: map[string]string{
				onNode + "env TIMEOUT=2 sh -s -- ours":  "from v1.37.1\nto v1.37.1+ordering.1\nready unknown\n",
				onNode + "env TIMEOUT=2 sh -s -- stock": "",
			},
			steps: []string{ask + "cordon n1", onNode + "sh -c umask", labelling, onNode + "env TIMEOUT=2 sh -s -- ours",
				onNode + "env TIMEOUT=2 sh -s -- stock", taking, onNode + "rm -f", ask + "uncordon n1"},
			fails: "v1.37.1 is back",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			fake := &command.Fake{Answers: cluster(test.to)}
			for line, answer := range test.change {
				fake.Answers[line] = answer
			}
			tool := tool{Runner: fake, log: progress.New("test", io.Discard), repo: "/repo"}
			err := exchange(context.Background(), tool, append([]string{"n1", test.to, "--kubelet=" + self(t)}, test.flags...))
			if test.fails == "" && err != nil || test.fails != "" && (err == nil || !strings.Contains(err.Error(), test.fails)) {
				t.Errorf("got %v, want %q", err, test.fails)
			}
			expectSteps(t, fake.Ran, test.steps)
		})
	}
}

// expectSteps compares the commands that change something.
func expectSteps(t *testing.T, ran, want []string) {
	t.Helper()
	changes := slices.DeleteFunc(slices.Clone(ran), func(line string) bool {
		for _, reads := range []string{"docker version", "docker info", "docker ps", "docker images", "docker image inspect", "docker container inspect",
			ask + "get ", onNode + "env TIMEOUT=20 ", "kind get "} {
			if strings.HasPrefix(line, reads) {
				return true
			}
		}
		return false
	})
	if len(changes) != len(want) {
		t.Errorf("got the steps\n%s\nwant\n%s", strings.Join(changes, "\n"), strings.Join(want, "\n"))
		return
	}
	for i := range want {
		if !strings.HasPrefix(changes[i], want[i]) {
			t.Errorf("step %d is %q, want %q", i, changes[i], want[i])
		}
	}
}

// self is this test's binary, which stands for a kubelet of this architecture.
func self(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// TestInterrupted: a signal before the node's script ends the switch, a later one does not.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	fake := &command.Fake{Answers: cluster("ours")}
	interrupting := runnerFunc(func(c context.Context, command command.Command) (string, error) {
		output, err := fake.Run(c, command)
		if strings.Contains(strings.Join(command.Args, " "), "TIMEOUT=120") {
			cancel()
		}
		return output, err
	})
	tool := tool{Runner: interrupting, log: progress.New("test", io.Discard)}
	if err := exchange(ctx, tool, []string{"n1", "ours", "--kubelet=" + self(t)}); err != nil {
		t.Errorf("the switch that had begun did not end: %v", err)
	}
	if !slices.Contains(fake.Ran, labelling) {
		t.Error("the node has our kubelet and not the label")
	}
	fake.Ran = nil
	if err := exchange(ctx, tool, []string{"n1", "ours", "--kubelet=" + self(t)}); err == nil {
		t.Error("the switch went on after a signal")
	}
	if diff := cmp.Diff([]string{"docker version"}, fake.Ran); diff != "" {
		t.Errorf("ran after the signal (-want +got):\n%s", diff)
	}
}

type runnerFunc func(ctx context.Context, c command.Command) (string, error)

func (f runnerFunc) Run(ctx context.Context, c command.Command) (string, error) { return f(ctx, c) }

func TestReachElsewhere(t *testing.T) {
	tests := map[string]struct {
		flags []string
		want  []string
	}{
		"ssh": {
			flags: []string{"--ssh=me@host", "--context=mine"},
			want:  []string{"kubectl --context=mine get node n1 -o json", `ssh me@host -- exec sh -c '[ "$(id -u)" = 0 ]`},
		},
		"here": {
			flags: []string{"--here", "--kubeconfig=conf"},
			want:  []string{"kubectl --kubeconfig=conf get node n1 -o json", `sh -c [ "$(id -u)" = 0 ]`},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			fake := &command.Fake{Answers: map[string]string{
				test.want[0]: `{}`, test.want[1]: "error: unreachable",
			}}
			tool := tool{Runner: fake, log: progress.New("test", io.Discard)}
			err := exchange(context.Background(), tool, append([]string{"n1", "stock"}, test.flags...))
			if err == nil || !strings.Contains(err.Error(), "unreachable") {
				t.Errorf("got %v", err)
			}
			for i, want := range test.want {
				if i >= len(fake.Ran) || !strings.HasPrefix(fake.Ran[i], want) {
					t.Errorf("ran %q, want %q", fake.Ran, want)
				}
			}
		})
	}
}

func TestUsage(t *testing.T) {
	tests := map[string][]string{
		"no node":                {"ours"},
		"a flag that is none":    {"n1", "ours", "--what"},
		"two ways":               {"n1", "ours", "--here", "--ssh=x"},
		"no time":                {"n1", "ours", "--timeout=0s"},
		"too much":               {"n1", "ours", "n2"},
		"something after the --": {"n1", "ours", "--", "x"},
	}
	for name, args := range tests {
		t.Run(name, func(t *testing.T) {
			fake := &command.Fake{}
			if err := exchange(context.Background(), tool{Runner: fake}, args); err == nil || len(fake.Ran) > 0 {
				t.Errorf("got %v after %q", err, fake.Ran)
			}
		})
	}
}
