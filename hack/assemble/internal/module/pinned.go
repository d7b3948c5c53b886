// SPDX-License-Identifier: Apache-2.0

package module

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Pinned returns the modules that make up the tree, Kubernetes itself first and then its staging modules by path: those
// that go.mod in root replaces by a published version.
func Pinned(ctx context.Context, root string) ([]Module, error) {
	pins, err := readPins(ctx, root)
	if err != nil {
		return nil, err
	}
	// Looked up first, since go mod download adds a missing line to go.sum instead of complaining.
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
func KubernetesVersion(ctx context.Context, root string) (string, error) {
	pins, err := readPins(ctx, root)
	if err != nil {
		return "", err
	}
	return pins[0].Version, nil
}

func readPins(ctx context.Context, root string) ([]Module, error) {
	out, err := goCommand(ctx, root, "mod", "edit", "-json")
	if err != nil {
		return nil, fmt.Errorf("reading go.mod in %s: %w", root, err)
	}
	type version struct{ Path, Version string }
	var mod struct {
		Require []version
		Replace []struct{ Old, New version }
	}
	if err := json.Unmarshal(out, &mod); err != nil {
		return nil, fmt.Errorf("decoding go.mod in %s: %w", root, err)
	}
	i := slices.IndexFunc(mod.Require, func(v version) bool { return v.Path == Kubernetes })
	if i < 0 {
		return nil, fmt.Errorf("%s does not require %s: add the version to build on", filepath.Join(root, "go.mod"), Kubernetes)
	}
	pins := []Module{{Path: Kubernetes, Version: mod.Require[i].Version}}
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
