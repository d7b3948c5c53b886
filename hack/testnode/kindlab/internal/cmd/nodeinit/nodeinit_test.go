// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHasCapability(t *testing.T) {
	tests := map[string]struct {
		status string
		want   bool
	}{
		"all":          {"Name:\tx\nCapEff:\t000001ffffffffff\n", true},
		"all but it":   {"CapPrm:\t000001ffffffffff\nCapEff:\t000001fffeffffff\n", false},
		"only it":      {"CapEff:\t0000000001000000\n", true},
		"no such line": {"Name:\tx\n", false},
		"not a number": {"CapEff:\tx\n", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := hasCapability(test.status, sysResource); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestKeepScores(t *testing.T) {
	once := keepScores("version = 3\n")
	if want := "version = 3\n\n[plugins.'io.containerd.cri.v1.runtime']\n  restrict_oom_score_adj = true\n"; once != want {
		t.Errorf("got %q, want %q", once, want)
	}
	if twice := keepScores(once); twice != once {
		t.Errorf("a restarted node got another configuration: %q", twice)
	}
}

func TestFollowAddress(t *testing.T) {
	tests := map[string]struct{ before, want string }{
		"the first boot":    {"", "--node-ip=172.18.0.3 172.18.0.31"},
		"the same address":  {"172.18.0.4\n", "--node-ip=172.18.0.3 172.18.0.31"},
		"another address":   {"172.18.0.3\n", "--node-ip=172.18.0.4 172.18.0.31"},
		"one not in a file": {"172.18.0.9\n", "--node-ip=172.18.0.3 172.18.0.31"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			record, file := filepath.Join(dir, "address"), filepath.Join(dir, "flags")
			if test.before != "" {
				if err := os.WriteFile(record, []byte(test.before), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.WriteFile(file, []byte("--node-ip=172.18.0.3 172.18.0.31"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := followAddress(record, "172.18.0.4", []string{file, filepath.Join(dir, "none")}); err != nil {
				t.Fatal(err)
			}
			if got, _ := os.ReadFile(file); string(got) != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if got, _ := os.ReadFile(record); string(got) != "172.18.0.4\n" {
				t.Errorf("the record is %q", got)
			}
		})
	}
}

func TestResolvers(t *testing.T) {
	const rules = `*nat
:DOCKER_OUTPUT - [0:0]
-A OUTPUT -d 127.0.0.11/32 -j DOCKER_OUTPUT
-A DOCKER_OUTPUT -d 127.0.0.11/32 -p tcp -m tcp --dport 53 -j DNAT --to-destination 127.0.0.11:39743
-A DOCKER_OUTPUT -d 127.0.0.11/32 -p udp -m udp --dport 53 -j DNAT --to-destination 127.0.0.11:47012
-A DOCKER_POSTROUTING -s 127.0.0.11/32 -p tcp -m tcp --sport 39743 -j SNAT --to-source :53
COMMIT
`
	if diff := cmp.Diff(map[string]string{"tcp": "127.0.0.11:39743", "udp": "127.0.0.11:47012"}, resolvers(rules)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if got := resolvers("*nat\nCOMMIT\n"); len(got) != 0 {
		t.Errorf("got %v without an engine's rules", got)
	}
}

func TestMakeCgroups(t *testing.T) {
	write := func(path, content string) {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	v1, v2 := t.TempDir(), t.TempDir()
	write(filepath.Join(v1, "cpuset/cpuset.cpus"), "0-1\n")
	write(filepath.Join(v1, "cpuset/kubelet/cpuset.cpus"), "\n")
	write(filepath.Join(v1, "cpuset/cpuset.mems"), "0\n")
	write(filepath.Join(v1, "cpuset/cgroup.procs"), "1\n")
	write(filepath.Join(v1, "memory/cgroup.procs"), "1\n")
	write(filepath.Join(v1, "cpu,cpuacct/of-systemd"), "")
	write(filepath.Join(v2, "cgroup.procs"), "1\n")
	write(filepath.Join(v2, "cgroup.controllers"), "cpu memory\n")
	for top, want := range map[string][]string{
		v1: {"cpuset/kubelet", "cpuset/kubelet.slice", "memory/kubelet", "memory/kubelet.slice"},
		v2: {"kubelet", "kubelet.slice"},
	} {
		if err := makeCgroups(top, "/kubelet"); err != nil {
			t.Fatal(err)
		}
		for _, dir := range want {
			if _, err := os.Stat(filepath.Join(top, dir)); err != nil {
				t.Errorf("want a cgroup: %v", err)
			}
		}
	}
	if _, err := os.Stat(filepath.Join(v1, "cpu,cpuacct/kubelet")); err == nil {
		t.Error("a directory that is no hierarchy has a cgroup")
	}
	if got, _ := os.ReadFile(filepath.Join(v1, "cpuset/kubelet/cpuset.cpus")); string(got) != "0-1\n" {
		t.Errorf("the cpuset of the kubelet is %q", got)
	}
}
