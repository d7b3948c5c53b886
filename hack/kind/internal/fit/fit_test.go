// SPDX-License-Identifier: Apache-2.0

package fit

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	kubelet := Kubelet{Version: "v1.37.1+ordering.0123", Architecture: "amd64", Glibc: "2.34"}
	node := Node{Version: "v1.37.1", Architecture: "x86_64", Libc: "glibc 2.36", Cgroup: 2, Systemd: 252, Other: "--base kindest/node:%s"}
	tests := map[string]struct {
		kubelet func(*Kubelet)
		node    func(*Node)
		// misfits and notes are a part of each, in order.
		misfits, notes []string
	}{
		"all fits":      {},
		"another patch": {node: func(n *Node) { n.Version = "v1.37.2" }, notes: []string{"--base kindest/node:v1.37.1 would be the same patch"}},
		"another minor": {
			node: func(n *Node) { n.Version = "v1.36.4" }, misfits: []string{"another minor version: take --base kindest/node:v1.37.x"},
		},
		"a minor that begins alike": {node: func(n *Node) { n.Version = "v1.3.1" }, misfits: []string{"another minor version"}},
		"a prerelease":              {node: func(n *Node) { n.Version = "v1.37.1-rc.0" }},
		"architecture": {
			node:    func(n *Node) { n.Architecture, n.Version, n.Libc = "aarch64", "", "" },
			misfits: []string{"for amd64, the node for arm64: build it on a machine with arm64"},
		},
		"old library": {
			node:    func(n *Node) { n.Libc = "glibc 2.9"; n.Fails = "version GLIBC_2.34 not found" },
			misfits: []string{"needs glibc 2.34, the node has 2.9: build it on a distribution with glibc 2.9 or older"},
		},
		"another library":    {node: func(n *Node) { n.Libc, n.Fails = "other", "not found" }, misfits: []string{"take a node with glibc"}},
		"a static kubelet":   {kubelet: func(k *Kubelet) { k.Glibc = "" }, node: func(n *Node) { n.Libc = "other" }},
		"it does not run":    {node: func(n *Node) { n.Fails = "Permission denied" }, misfits: []string{"does not run on the node: Permission denied"}},
		"two things":         {node: func(n *Node) { n.Fails, n.Version = "killed", "v1.35.0" }, misfits: []string{"killed", "minor"}},
		"cgroup v1":          {node: func(n *Node) { n.Cgroup = 1 }, notes: []string{"failCgroupV1: false"}},
		"cgroup v1, trixie":  {node: func(n *Node) { n.Cgroup, n.Systemd = 1, 257 }, notes: []string{"failCgroupV1", "LEGACY_FORCE"}},
		"cgroup v1, later":   {node: func(n *Node) { n.Cgroup, n.Systemd = 1, 258 }, notes: []string{"failCgroupV1", "does not run on version 1"}},
		"version is unknown": {kubelet: func(k *Kubelet) { k.Version = "" }, node: func(n *Node) { n.Version = "v1.20.0" }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			k, n := kubelet, node
			if test.kubelet != nil {
				test.kubelet(&k)
			}
			if test.node != nil {
				test.node(&n)
			}
			misfits, notes := Check(k, n)
			contain(t, "misfits", misfits, test.misfits)
			contain(t, "notes", notes, test.notes)
		})
	}
}

func contain(t *testing.T, what string, got, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: got %q, want %q", what, got, want)
		return
	}
	for i := range want {
		if !strings.Contains(got[i], want[i]) {
			t.Errorf("%s: got %q, want %q", what, got[i], want[i])
		}
	}
}

// TestRead reads this test's own binary, and a file that is no program.
func TestRead(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	k, err := Read(self)
	if err != nil || k.Architecture != runtime.GOARCH {
		t.Errorf("got %+v, %v", k, err)
	}
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("no program"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(text); err == nil || !strings.Contains(err.Error(), "hack/build.sh kubelet") {
		t.Errorf("got %v, want how to build one", err)
	}
}

// TestReadLibrary reads a program of the distribution, which uses the C library.
func TestReadLibrary(t *testing.T) {
	k, err := Read("/bin/sh")
	if err != nil {
		t.Skipf("this machine's shell is no such program: %v", err)
	}
	if _, err := os.Stat("/lib64/ld-linux-x86-64.so.2"); err != nil {
		t.Skipf("this test knows the C library of amd64: %v", err)
	}
	if !strings.HasPrefix(k.Glibc, "2.") {
		t.Errorf("/bin/sh needs glibc %q", k.Glibc)
	}
}
