// SPDX-License-Identifier: Apache-2.0

package setup

import (
	"context"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"

	"k8s.io/apimachinery/pkg/util/version"

	"kubelet-ordering/hack/internal/gobuild"
	"kubelet-ordering/hack/internal/progress"
)

// part is a set of programs from one module. The program that the part is named after prints the version of all.
type part struct {
	name, module, version, tags string
	packages                    []string
	// enough reports whether the machine's programs can be used, given the output of --version.
	enough func(printed string) bool
}

var parts = []part{
	{
		name: "containerd", module: "github.com/containerd/containerd/v2", version: "v2.4.2", tags: "no_btrfs",
		packages: []string{"cmd/containerd", "cmd/containerd-shim-runc-v2", "cmd/ctr"},
		// The node's configuration is in the format of containerd 2, and user namespaces need containerd 2.
		enough: func(printed string) bool { return atLeast(printed, "2.0") },
	},
	{
		name: "runc", module: "github.com/opencontainers/runc", version: "v1.5.2", tags: "seccomp",
		packages: []string{"."},
		// Older versions do not support ID-mapped mounts, which volumes of pods with a user namespace need.
		enough: func(printed string) bool { return atLeast(printed, "1.2") && strings.Contains(printed, "libseccomp:") },
	},
}

// atLeast compares the version in the third word, where both containerd and runc print it.
func atLeast(printed, minimum string) bool {
	words := strings.Fields(printed)
	if len(words) < 3 {
		return false
	}
	found, err := version.ParseGeneric(words[2])
	return err == nil && found.AtLeast(version.MustParseGeneric(minimum))
}

// importPaths returns the import paths of the part's programs.
func (p part) importPaths() []string {
	var paths []string
	for _, pkg := range p.packages {
		paths = append(paths, path.Join(p.module, pkg))
	}
	return paths
}

// installed reports whether the directory has the programs in the right version, built with the right tags, according to the build
// information in the binaries.
func (p part) installed(dir string) bool {
	for _, pkg := range p.importPaths() {
		info, err := buildinfo.ReadFile(filepath.Join(dir, path.Base(pkg)))
		if err != nil || info.Path != pkg || info.Main.Version != p.version {
			return false
		}
		tags := ""
		for _, setting := range info.Settings {
			if setting.Key == "-tags" {
				tags = setting.Value
			}
		}
		if tags != p.tags {
			return false
		}
	}
	return true
}

// build downloads the part's source and returns the build of its programs into the directory.
func (p part) build(ctx context.Context, log *progress.Log, dir string) (gobuild.Build, error) {
	var source string
	err := log.Step("downloading "+p.name, func() (err error) {
		source, err = p.download(ctx)
		return err
	})
	build := gobuild.Build{
		Name: p.name + " " + p.version,
		Dir:  source,
		// Ignore flags for the repository's own builds, such as -mod.
		Env:      []string{"GOBIN=" + dir, "GOFLAGS=", "GOWORK=off", "CGO_ENABLED=1"},
		Flags:    []string{"-trimpath", "-tags", p.tags},
		Packages: p.importPaths(),
		Command:  []string{"install"},
	}
	for _, pkg := range build.Packages {
		// With a version suffix, go install builds that version and ignores the module in the current directory.
		build.Command = append(build.Command, pkg+"@"+p.version)
	}
	return build, err
}

// download downloads the module and returns the directory of its source.
func (p part) download(ctx context.Context) (string, error) {
	command := exec.CommandContext(ctx, "go", "mod", "download", "-json", p.module+"@"+p.version)
	// Run outside of any module.
	command.Dir, command.Env = "/", append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	output, err := command.Output()
	var answer struct{ Dir, Error string }
	if jsonErr := json.Unmarshal(output, &answer); jsonErr != nil {
		return "", errors.Join(err, jsonErr)
	}
	if answer.Error != "" {
		return "", errors.New(answer.Error)
	}
	return answer.Dir, nil
}
