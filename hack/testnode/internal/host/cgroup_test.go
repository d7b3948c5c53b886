// SPDX-License-Identifier: Apache-2.0

package host

import (
	"math/bits"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/moby/sys/capability"
	"github.com/moby/sys/mountinfo"
)

func TestDetectCgroups(t *testing.T) {
	const tmpfs = "46 45 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n"
	tests := map[string]struct {
		mounts string
		want   Cgroups
		fails  bool
	}{
		"v1 and an empty v2": {
			mounts: tmpfs +
				"48 46 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct\n" +
				"49 46 0:30 / /sys/fs/cgroup/systemd rw - cgroup systemd rw,xattr,release_agent=/x,name=systemd\n" +
				"57 46 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
			want: Cgroups{Version: 1, Hierarchies: []Hierarchy{
				{Mountpoint: "/sys/fs/cgroup/cpu,cpuacct", Options: "cpu,cpuacct"},
				{Mountpoint: "/sys/fs/cgroup/systemd", Options: "none,name=systemd"},
			}, Beside: []Hierarchy{{Mountpoint: "/sys/fs/cgroup/unified", Unified: true}}},
		},
		"the same v1 hierarchy twice": {
			mounts: "1 0 0:1 / /a/pids rw - cgroup cgroup rw,pids\n2 0 0:1 / /b/pids rw - cgroup cgroup rw,pids\n",
			want:   Cgroups{Version: 1, Hierarchies: []Hierarchy{{Mountpoint: "/a/pids", Options: "pids"}}},
		},
		"v2": {
			mounts: "29 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n",
			want:   Cgroups{Version: 2, Hierarchies: []Hierarchy{{Mountpoint: "/sys/fs/cgroup", Unified: true}}},
		},
		"v2 and a v1 hierarchy without controllers": {
			mounts: "1 0 0:1 / /c/systemd rw - cgroup cgroup rw,name=systemd\n2 0 0:2 / /c/unified rw - cgroup2 none rw\n",
			want:   Cgroups{Version: 2, Hierarchies: []Hierarchy{{Mountpoint: "/c/unified", Unified: true}}},
		},
		"none": {mounts: "1 0 0:1 / / rw - ext4 /dev/x rw\n", fails: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			mounts, err := mountinfo.GetMountsFromReader(strings.NewReader(test.mounts), mountinfo.FSTypeFilter("cgroup", "cgroup2"))
			if err != nil {
				t.Fatal(err)
			}
			got, err := cgroupsOf(mounts)
			if (err != nil) != test.fails {
				t.Fatalf("got error %v, want an error: %v", err, test.fails)
			}
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("got  %+v\nwant %+v", got, test.want)
			}
		})
	}
}

func TestMissingCapabilities(t *testing.T) {
	all, err := capability.ListSupported()
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		dropped []capability.Cap
		want    []string
	}{
		"none missing":   {nil, nil},
		"one missing":    {[]capability.Cap{capability.CAP_SYS_RESOURCE}, []string{"CAP_SYS_RESOURCE"}},
		"first and last": {[]capability.Cap{all[0], all[len(all)-1]}, []string{"CAP_CHOWN", "CAP_" + strings.ToUpper(all[len(all)-1].String())}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			own, err := capability.NewPid2(0)
			if err != nil {
				t.Fatal(err)
			}
			own.Set(capability.EFFECTIVE, all...)
			own.Unset(capability.EFFECTIVE, test.dropped...)
			got, err := missing(own)
			if err != nil || !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %v, %v, want %v", got, err, test.want)
			}
		})
	}
}

// The capabilities of this process must match the mask that the kernel shows for it.
func TestMissingCapabilitiesOfThisProcess(t *testing.T) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, mask, _ := strings.Cut(string(status), "CapEff:")
	effective, err := strconv.ParseUint(strings.Fields(mask)[0], 16, 64)
	if err != nil {
		t.Fatal(err)
	}
	got, err := MissingCapabilities()
	if err != nil {
		t.Fatal(err)
	}
	all, err := capability.ListSupported()
	if err != nil {
		t.Fatal(err)
	}
	if want := len(all) - bits.OnesCount64(effective); len(got) != want {
		t.Errorf("got %v, want %d of them", got, want)
	}
}
