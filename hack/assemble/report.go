// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"kubelet-ordering/hack/assemble/internal/module"
	"kubelet-ordering/hack/assemble/internal/own"
	"kubelet-ordering/hack/assemble/internal/report"
	"kubelet-ordering/hack/assemble/internal/seam"
	"kubelet-ordering/hack/assemble/internal/upstream"
)

func runReport(ctx context.Context, o options, stdout io.Writer) error {
	if o.version == "" {
		return errors.New("report needs -version, the Kubernetes version to compare with, such as v1.36.3")
	}
	files, err := own.Files(o.root)
	if err != nil {
		return err
	}
	modules, err := module.Pinned(ctx, o.root)
	if err != nil {
		return err
	}
	from, err := upstream.Open(modules)
	if err != nil {
		return err
	}
	plan, err := seam.Resolve(files, from)
	if err != nil {
		return fmt.Errorf("the seams do not fit the pinned version, mend them first: %w", err)
	}
	others, err := module.Other(ctx, o.version, touchedModules(modules, files))
	if err != nil {
		return err
	}
	to, err := upstream.Open(others)
	if err != nil {
		return err
	}
	r, err := report.Compare(from, to, plan.Seams, files)
	if err != nil {
		return err
	}
	r.From, r.To = modules[0].Version, o.version
	if o.json {
		enc := json.NewEncoder(stdout)
		enc.SetIndent("", "  ")
		return enc.Encode(r)
	}
	return r.Print(stdout)
}

// touchedModules are the staging modules with own files; no other module can break.
func touchedModules(modules []module.Module, files []own.File) []string {
	var touched []string
	for _, m := range modules[1:] {
		for _, f := range files {
			if strings.HasPrefix(f.Path, m.Prefix()) {
				touched = append(touched, m.Path)
				break
			}
		}
	}
	return touched
}
