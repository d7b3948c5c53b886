// SPDX-License-Identifier: Apache-2.0

package host

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

func TestDetectCgroups(t *testing.T) {
	const tmpfs = "46 45 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n"
	tests := map[string]struct {
		mounts string
		want   Cgroups
		fails  bool
	}{
		"v1 beside an empty v2": {
			mounts: tmpfs +
				"48 46 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct\n" +
				"49 46 0:30 / /sys/fs/cgroup/systemd rw - cgroup systemd rw,xattr,release_agent=/x,name=systemd\n" +
				"57 46 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
			want: Cgroups{Version: 1, Hierarchies: []Hierarchy{
				{Mountpoint: "/sys/fs/cgroup/cpu,cpuacct", Options: "cpu,cpuacct"},
				{Mountpoint: "/sys/fs/cgroup/systemd", Options: "none,name=systemd"},
			}},
		},
		"the same v1 hierarchy twice": {
			mounts: "1 0 0:1 / /a/pids rw - cgroup cgroup rw,pids\n2 0 0:1 / /b/pids rw - cgroup cgroup rw,pids\n",
			want:   Cgroups{Version: 1, Hierarchies: []Hierarchy{{Mountpoint: "/a/pids", Options: "pids"}}},
		},
		"v2": {
			mounts: "29 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n",
			want:   Cgroups{Version: 2, Hierarchies: []Hierarchy{{Mountpoint: "/sys/fs/cgroup", Unified: true}}},
		},
		"v2 beside a v1 hierarchy without controllers": {
			mounts: "1 0 0:1 / /c/systemd rw - cgroup cgroup rw,name=systemd\n2 0 0:2 / /c/unified rw - cgroup2 none rw\n",
			want:   Cgroups{Version: 2, Hierarchies: []Hierarchy{{Mountpoint: "/c/unified", Unified: true}}},
		},
		"none": {mounts: "1 0 0:1 / / rw - ext4 /dev/x rw\n\nnonsense\n", fails: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "mountinfo")
			if err := os.WriteFile(path, []byte(test.mounts), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := DetectCgroups(path)
			if (err != nil) != test.fails {
				t.Fatalf("got error %v, want one: %v", err, test.fails)
			}
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("got  %+v\nwant %+v", got, test.want)
			}
		})
	}
}

func TestMissingCapabilities(t *testing.T) {
	tests := map[string]struct {
		status string
		want   []string
		fails  bool
	}{
		"all but one": {status: "Name:\tx\nCapEff:\t000001fffeffffff\n", want: []string{"CAP_SYS_RESOURCE"}},
		"all":         {status: "CapEff:\t000001ffffffffff\n"},
		"first, last": {status: "CapEff:\t000000fffffffffe\n", want: []string{"CAP_CHOWN", "CAP_CHECKPOINT_RESTORE"}},
		"no mask":     {status: "CapEff:\tx\n", fails: true},
		"no line":     {status: "Name:\tx\n", fails: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "status")
			if err := os.WriteFile(path, []byte(test.status), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := MissingCapabilities(path)
			if (err != nil) != test.fails || !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %v, %v, want %v, error: %v", got, err, test.want, test.fails)
			}
		})
	}
}
