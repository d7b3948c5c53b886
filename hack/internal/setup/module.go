// SPDX-License-Identifier: Apache-2.0

package setup

import (
	"context"

	"kubelet-ordering/hack/internal/gobuild"
	"kubelet-ordering/hack/internal/progress"
)

// Module names programs that are built from a published Go module.
type Module struct {
	// Name is the user-visible name.
	Name string
	// Path and Version are those of the module.
	Path, Version string
	// Packages are the paths of the programs' packages in the module.
	Packages []string
}

// ModuleBuilds returns the builds of those modules whose programs are not in the directory in the right versions.
func ModuleBuilds(ctx context.Context, log *progress.Log, dir string, modules ...Module) ([]gobuild.Build, error) {
	var builds []gobuild.Build
	for _, module := range modules {
		part := part{name: module.Name, module: module.Path, version: module.Version, packages: module.Packages}
		if part.installed(dir) {
			continue
		}
		build, err := part.build(ctx, log, dir)
		if err != nil {
			return nil, err
		}
		builds = append(builds, build)
	}
	return builds, nil
}
