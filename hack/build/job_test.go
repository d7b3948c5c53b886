// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	tests := map[string]struct {
		args string
		want []job
		err  string
	}{
		"nothing":                   {"", []job{{target: "kubelet"}}, ""},
		"several":                   {"node kubelet e2e", []job{{target: "node"}, {target: "kubelet"}, {target: "e2e"}}, ""},
		"pristine alone":            {"--pristine", []job{{target: "kubelet", pristine: true}}, ""},
		"both trees":                {"kubelet --pristine kubelet", []job{{target: "kubelet"}, {target: "kubelet", pristine: true}}, ""},
		"no such target":            {"kubelets", nil, `unknown target "kubelets": use apiserver, `},
		"our own module":            {"kubectl-order", []job{{target: "kubectl-order"}}, ""},
		"upstream does not have it": {"--pristine controlplane", nil, "controlplane is our own"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := parse(strings.Fields(test.args))
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(job{})); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Errorf("got %v, want %q", err, test.err)
			}
		})
	}
}

func TestBuildOfATest(t *testing.T) {
	got := job{target: "e2e", pristine: true}.build("/repo", []string{"-trimpath"}, "-X a=b")
	want := []string{"test", "-c", "-vet=off", "-ldflags", "-X a=b", "-o", "/repo/_output/pristine-bin/e2e_node.test", "./test/e2e_node"}
	if diff := cmp.Diff(want, got.Command); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if got.Dir != "/repo/_output/pristine" || !got.Test {
		t.Errorf("got %+v", got)
	}
}

func TestBuildOfTheModule(t *testing.T) {
	got := job{target: "kubectl-order"}.build("/repo", []string{"-trimpath"}, "")
	want := []string{"build", "-ldflags", "", "-o", "/repo/_output/bin/kubectl-order", "./cmd/kubectl-order"}
	if diff := cmp.Diff(want, got.Command); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if got.Dir != "/repo" || got.Flags != nil {
		t.Errorf("it is built in %s with %q", got.Dir, got.Flags)
	}
}

func TestBuildOfAStaticProgram(t *testing.T) {
	if got := (job{target: "order-webhook"}).build("/repo", nil, ""); !cmp.Equal(got.Env, []string{"CGO_ENABLED=0"}) {
		t.Errorf("it is built with %q", got.Env)
	}
	if got := (job{target: "kubelet"}).build("/repo", nil, ""); got.Env != nil {
		t.Errorf("the kubelet is built with %q", got.Env)
	}
}
