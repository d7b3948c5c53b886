// SPDX-License-Identifier: Apache-2.0

package setup

import (
	"debug/buildinfo"
	"path/filepath"
)

// tool is a program of a Go module.
type tool struct {
	pkg, version, tags string
}

var tools = []tool{
	{"github.com/containerd/containerd/v2/cmd/containerd", "v2.4.2", "no_btrfs"},
	{"github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2", "v2.4.2", ""},
	{"github.com/containerd/containerd/v2/cmd/ctr", "v2.4.2", ""},
	{"github.com/opencontainers/runc", "v1.5.2", "seccomp"},
}

func (t tool) name() string { return filepath.Base(t.pkg) }

// installed reports whether the program is there in the wanted version, built the wanted way: Go programs carry that.
func (t tool) installed(dir string) bool {
	info, err := buildinfo.ReadFile(filepath.Join(dir, t.name()))
	if err != nil || info.Path != t.pkg || info.Main.Version != t.version {
		return false
	}
	tags := ""
	for _, setting := range info.Settings {
		if setting.Key == "-tags" {
			tags = setting.Value
		}
	}
	return tags == t.tags
}

func (s Setup) programs() error {
	for _, tool := range tools {
		if tool.installed(s.BinDir()) {
			continue
		}
		argv := []string{"go", "install", "-trimpath"}
		if tool.tags != "" {
			argv = append(argv, "-tags", tool.tags)
		}
		argv = append(argv, tool.pkg+"@"+tool.version)
		// Flags meant for the repository's own builds, such as -mod, do not fit a build outside a module.
		env := []string{"GOBIN=" + s.BinDir(), "GOFLAGS=", "GOWORK=off", "CGO_ENABLED=1"}
		if err := s.run("building "+tool.name()+" "+tool.version+" (minutes, the first time)", "/", env, argv...); err != nil {
			return err
		}
	}
	return nil
}

// MissingPrograms are those that setup would build into the directory.
func MissingPrograms(dir string) []string {
	var missing []string
	for _, tool := range tools {
		if !tool.installed(dir) {
			missing = append(missing, tool.name())
		}
	}
	return missing
}
