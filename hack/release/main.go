// SPDX-License-Identifier: Apache-2.0

// Command release builds what a release of the kubectl plugin consists of, into _output/release: an archive for each platform and the
// manifest for krew, order.yaml. hack/release.sh runs it from the root of the repository.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"kubelet-ordering/hack/internal/progress"
	"kubelet-ordering/hack/release/internal/krew"
)

func main() { os.Exit(main1()) }

// main1 returns the exit code.
func main1() int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	version := flag.String("version", "", "`version` of the release, such as v0.1.0")
	url := flag.String("url", "", "https `URL` below which the archives will be")
	only := flag.String("platforms", "", "the `platforms` to build for, such as linux/amd64,darwin/arm64 (default: all)")
	flag.Parse()
	err := run(ctx, *version, *url, *only)
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "release: interrupted")
		return 130
	case err != nil:
		fmt.Fprintln(os.Stderr, "release:", err)
		return 1
	}
	return 0
}

// chosen returns the platforms of the flag.
func chosen(only string) ([]krew.Platform, error) {
	if only == "" {
		return krew.Platforms, nil
	}
	var platforms []krew.Platform
	for _, name := range strings.Split(only, ",") {
		i := slices.IndexFunc(krew.Platforms, func(p krew.Platform) bool { return p.String() == name })
		if i < 0 {
			return nil, fmt.Errorf("-platforms: %q is not known: use some of %v", name, krew.Platforms)
		}
		platforms = append(platforms, krew.Platforms[i])
	}
	return platforms, nil
}

func run(ctx context.Context, version, url, only string) error {
	platforms, err := chosen(only)
	if err != nil {
		return err
	}
	// What is wrong with the flags is said before the builds, which take minutes.
	zeros := map[krew.Platform]string{}
	for _, p := range platforms {
		zeros[p] = strings.Repeat("0", 64)
	}
	file := krew.Name + ".yaml"
	if err := krew.New(version, url, zeros).Check(file); err != nil {
		return fmt.Errorf("name the release with -version v0.1.0 -url https://HOST/PATH: %w", err)
	}
	out := filepath.Join("_output", "release")
	if err := os.MkdirAll(out, 0o755); err != nil {
		return fmt.Errorf("make the directory of the release: %w", err)
	}
	bin, err := os.MkdirTemp(out, "bin-")
	if err != nil {
		return fmt.Errorf("make the directory of the programs: %w", err)
	}
	defer os.RemoveAll(bin)

	log := progress.New("release", os.Stderr)
	sums := map[krew.Platform]string{}
	for _, p := range platforms {
		program := filepath.Join(bin, p.Program())
		if err := log.Step("building for "+p.String(), func() error { return build(ctx, p, program) }); err != nil {
			return err
		}
		if sums[p], err = krew.Pack(out, version, p, program, "LICENSE"); err != nil {
			return err
		}
	}
	manifest := krew.New(version, url, sums)
	if err := manifest.Check(file); err != nil {
		return fmt.Errorf("the manifest is wrong: %w", err)
	}
	text, err := manifest.YAML()
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(out, file), text, 0o644); err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	fmt.Printf("%s has %d archives and %s, for krew\n", out, len(sums), file)
	return nil
}

func build(ctx context.Context, p krew.Platform, program string) error {
	c := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w -buildid=", "-o", program, "./cmd/kubectl-order")
	c.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+p.OS, "GOARCH="+p.Arch)
	c.Stdout, c.Stderr = os.Stderr, os.Stderr
	if err := c.Run(); err != nil {
		return fmt.Errorf("build kubectl-order for %s: %w", p, err)
	}
	return nil
}
