// SPDX-License-Identifier: Apache-2.0

// Command ociwrap stands in for runc on a machine where root lacks a capability: it takes out of the OCI document what such
// a machine refuses, and then becomes runc. The real runtime is `runc` beside this program, or beside the link by which it is called.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"kubelet-ordering/hack/testnode/internal/host"
	"kubelet-ordering/hack/testnode/internal/ocispec"
)

func main() {
	if err := become(); err != nil {
		fmt.Fprintln(os.Stderr, "ociwrap:", err)
		os.Exit(1)
	}
}

func become() error {
	if document, ok := ocispec.DocumentOf(os.Args[1:]); ok {
		limits, err := limits()
		if err != nil {
			return err
		}
		if err := ocispec.RestrictFile(document, limits); err != nil {
			return err
		}
	}
	runc := filepath.Join(filepath.Dir(os.Args[0]), "runc")
	if err := syscall.Exec(runc, append([]string{runc}, os.Args[1:]...), os.Environ()); err != nil {
		return fmt.Errorf("start the OCI runtime %q: %w", runc, err)
	}
	return nil
}

func limits() (ocispec.Limits, error) {
	missing, err := host.MissingCapabilities()
	if err != nil {
		return ocispec.Limits{}, err
	}
	content, err := os.ReadFile("/proc/self/oom_score_adj")
	if err != nil {
		return ocispec.Limits{}, fmt.Errorf("read this process's OOM score: %w", err)
	}
	score, err := strconv.Atoi(strings.TrimSpace(string(content)))
	if err != nil {
		return ocispec.Limits{}, fmt.Errorf("decode this process's OOM score: %w", err)
	}
	return ocispec.Limits{MissingCapabilities: missing, OOMScoreAdj: score}, nil
}
