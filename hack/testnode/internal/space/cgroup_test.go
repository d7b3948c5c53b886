// SPDX-License-Identifier: Apache-2.0

package space

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"kubelet-ordering/hack/testnode/internal/host"
)

// Directories stand in for the cgroup file system. The test creates the files that the kernel would create.
func TestCreateCgroupFillsACpuset(t *testing.T) {
	top := t.TempDir()
	for file, content := range map[string]string{"cpuset.cpus": "0-1\n", "cpuset.mems": "0\n"} {
		if err := os.WriteFile(filepath.Join(top, file), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	hierarchy := host.Hierarchy{Mountpoint: top, Options: "cpuset"}
	child := hierarchy.Dir("n")
	if err := os.Mkdir(child, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"cpuset.cpus", "cpuset.mems"} {
		if err := os.WriteFile(filepath.Join(child, file), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := CreateCgroup([]host.Hierarchy{hierarchy}, "n"); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(filepath.Join(child, "cpuset.cpus")); string(got) != "0-1\n" {
		t.Errorf("the cpuset is %q", got)
	}
}

func TestRemoveCgroup(t *testing.T) {
	hierarchies := []host.Hierarchy{{Mountpoint: t.TempDir(), Options: "pids"}, {Mountpoint: t.TempDir(), Options: "memory"}}
	if err := os.MkdirAll(filepath.Join(hierarchies[0].Dir("n"), "kubepods", "pod"), 0o755); err != nil {
		t.Fatal(err)
	}
	neighbour := hierarchies[0].Dir("m")
	if err := os.Mkdir(neighbour, 0o755); err != nil {
		t.Fatal(err)
	}
	// The second hierarchy does not have the cgroup, which is not an error.
	if err := RemoveCgroup(hierarchies, "n", time.Second); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(hierarchies[0].Dir("n")); err == nil {
		t.Error("the cgroup is still there")
	}
	if _, err := os.Stat(neighbour); err != nil {
		t.Error("the neighbour is gone")
	}
}

func TestEmpty(t *testing.T) {
	tests := map[string]struct {
		inner string
		want  bool
	}{"no processes": {"", true}, "a process in a descendant": {"17\n", false}}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.Mkdir(filepath.Join(dir, "a"), 0o755); err != nil {
				t.Fatal(err)
			}
			for file, content := range map[string]string{"cgroup.procs": "", "a/cgroup.procs": test.inner} {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if got := Empty(dir); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestCgroupNameFollowsFromTheRootAlone(t *testing.T) {
	a, again, b := CgroupName("/a"), CgroupName("/a"), CgroupName("/b")
	if a != again || a == b {
		t.Error("names must be stable and differ between nodes")
	}
}
