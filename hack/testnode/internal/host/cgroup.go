// SPDX-License-Identifier: Apache-2.0

package host

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/moby/sys/mountinfo"
)

// Hierarchy is one mounted cgroup hierarchy.
type Hierarchy struct {
	// Mountpoint is the path of the mount, such as /sys/fs/cgroup/memory.
	Mountpoint string
	// Options are the mount options of a v1 hierarchy: its controllers or its name. Empty for v2.
	Options string
	// Unified reports whether this is the v2 hierarchy.
	Unified bool
}

// Cgroups describes how the machine's cgroups are mounted.
type Cgroups struct {
	// Version is 1 if controllers are on v1 hierarchies (even if an empty v2 hierarchy is mounted too), else 2.
	Version int
	// Hierarchies are the ones that containers use: all v1 hierarchies, or the v2 hierarchy.
	Hierarchies []Hierarchy
	// Beside are v2 hierarchies that are mounted beside those of version 1. systemd keeps its units there, too.
	Beside []Hierarchy
}

// DetectCgroups finds the mounted hierarchies.
func DetectCgroups() (Cgroups, error) {
	mounts, err := mountinfo.GetMounts(mountinfo.FSTypeFilter("cgroup", "cgroup2"))
	if err != nil {
		return Cgroups{}, fmt.Errorf("read the mounts: %w", err)
	}
	return cgroupsOf(mounts)
}

func cgroupsOf(mounts []*mountinfo.Info) (Cgroups, error) {
	var v1, v2 []Hierarchy
	seen := map[string]bool{}
	for _, mount := range mounts {
		if mount.FSType == "cgroup2" {
			v2 = append(v2, Hierarchy{Mountpoint: mount.Mountpoint, Unified: true})
		} else if options := hierarchyOptions(mount.VFSOptions); !seen[options] {
			seen[options] = true
			v1 = append(v1, Hierarchy{Mountpoint: mount.Mountpoint, Options: options})
		}
	}
	switch {
	case controllers(v1):
		return Cgroups{Version: 1, Hierarchies: v1, Beside: v2}, nil
	case len(v2) > 0:
		return Cgroups{Version: 2, Hierarchies: v2[:1]}, nil
	}
	return Cgroups{}, fmt.Errorf("no cgroup hierarchy with controllers is mounted: mount cgroup2 on /sys/fs/cgroup")
}

// hierarchyOptions keeps the options that identify a v1 hierarchy: its controllers, or its name if it has none.
func hierarchyOptions(super string) string {
	var kept []string
	for _, option := range strings.Split(super, ",") {
		switch {
		case option == "rw", option == "ro", option == "xattr", option == "clone_children", option == "noprefix":
		case strings.HasPrefix(option, "release_agent="):
		case strings.HasPrefix(option, "name="):
			kept = append(kept, "none", option)
		default:
			kept = append(kept, option)
		}
	}
	return strings.Join(kept, ",")
}

func controllers(hierarchies []Hierarchy) bool {
	return slices.ContainsFunc(hierarchies, func(h Hierarchy) bool { return !strings.Contains(h.Options, "name=") })
}

// Dir returns the directory of the top-level cgroup with that name.
func (h Hierarchy) Dir(name string) string {
	return filepath.Join(h.Mountpoint, name)
}

// Has reports whether a v1 hierarchy has the controller.
func (h Hierarchy) Has(controller string) bool {
	return slices.Contains(strings.Split(h.Options, ","), controller)
}
