// SPDX-License-Identifier: Apache-2.0

package module

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
)

// Download makes sure that the modules are in the module cache, and returns them in the order of the arguments, which
// are module paths ("k8s.io/api", in the version that dir's go.mod selects) or queries ("k8s.io/api@v0.36.3").
func Download(ctx context.Context, dir string, args []string) ([]Module, error) {
	out, runErr := goCommand(ctx, dir, append([]string{"mod", "download", "-json"}, args...)...)
	var modules []Module
	var failed []error
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var m struct {
			Module
			Error string
		}
		if err := dec.Decode(&m); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, errors.Join(runErr, fmt.Errorf("decoding the output of go mod download in %s: %w", dir, err))
		}
		if m.Error != "" {
			failed = append(failed, fmt.Errorf("module %s: %s", m.Path, m.Error))
			continue
		}
		modules = append(modules, m.Module)
	}
	if err := errors.Join(append(failed, runErr)...); err != nil {
		return nil, fmt.Errorf("getting the Kubernetes modules that go.mod in %s pins: %w", dir, err)
	}
	if len(modules) != len(args) {
		return nil, fmt.Errorf("go mod download in %s answered for %d of %d modules: run it by hand on %s",
			dir, len(modules), len(args), strings.Join(args, " "))
	}
	return modules, nil
}

// goCommand returns standard output even when the command fails: go mod download prints its errors there.
func goCommand(ctx context.Context, dir string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	// A workspace around the repository must not select other versions than go.mod.
	cmd.Env = append(cmd.Environ(), "GOWORK=off")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return stdout.Bytes(), fmt.Errorf("go %s: %w\n%s", strings.Join(args[:min(2, len(args))], " "), err,
			strings.TrimSpace(stderr.String()))
	}
	return stdout.Bytes(), nil
}
