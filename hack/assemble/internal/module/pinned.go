// SPDX-License-Identifier: Apache-2.0

package module

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
)

// Pinned returns the modules that make up the tree: first Kubernetes itself, then its staging modules by path, which are
// those that go.mod in root replaces with a published version.
func Pinned(ctx context.Context, root string) ([]Module, error) {
	pins, err := readPins(root)
	if err != nil {
		return nil, err
	}
	// Check go.sum first, because go mod download adds a missing line instead of failing.
	if err := requireSums(root, pins); err != nil {
		return nil, err
	}
	paths := make([]string, len(pins))
	for i, p := range pins {
		paths[i] = p.Path
	}
	return Download(ctx, root, paths)
}

// KubernetesVersion returns the version of Kubernetes that go.mod in root pins.
func KubernetesVersion(root string) (string, error) {
	pins, err := readPins(root)
	if err != nil {
		return "", err
	}
	return pins[0].Version, nil
}

func readPins(root string) ([]Module, error) {
	name := filepath.Join(root, "go.mod")
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("reading the pinned modules: %w", err)
	}
	mod, err := modfile.Parse(name, data, nil)
	if err != nil {
		return nil, fmt.Errorf("reading the pinned modules: %w", err)
	}
	i := slices.IndexFunc(mod.Require, func(r *modfile.Require) bool { return r.Mod.Path == Kubernetes })
	if i < 0 {
		return nil, fmt.Errorf("%s does not require %s: add the version to build on", name, Kubernetes)
	}
	pins := []Module{{Path: Kubernetes, Version: mod.Require[i].Mod.Version}}
	for _, r := range mod.Replace {
		if r.Old.Path == r.New.Path && r.New.Version != "" {
			pins = append(pins, Module{Path: r.New.Path, Version: r.New.Version})
		}
	}
	slices.SortFunc(pins[1:], func(a, b Module) int { return strings.Compare(a.Path, b.Path) })
	return pins, nil
}

func requireSums(root string, pins []Module) error {
	name := filepath.Join(root, "go.sum")
	data, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("reading the hashes of the pinned modules: %w", err)
	}
	known := map[string]bool{}
	for line := range strings.Lines(string(data)) {
		if f := strings.Fields(line); len(f) == 3 {
			known[f[0]+" "+f[1]] = true
		}
	}
	var missing []string
	for _, p := range pins {
		if !known[p.Path+" "+p.Version] {
			missing = append(missing, p.Path+"@"+p.Version)
		}
	}
	if missing != nil {
		return fmt.Errorf("%s has no hash for %s: run go mod download %s and review what it adds",
			name, strings.Join(missing, ", "), strings.Join(missing, " "))
	}
	return nil
}
