// SPDX-License-Identifier: Apache-2.0

package gobuild

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync/atomic"

	"kubelet-ordering/hack/internal/progress"
)

// Plan is a list of builds, with the packages that they have to compile.
type Plan struct {
	builds []Build
	// stale has the import paths that each build may compile. They are true unless an earlier build compiles the package.
	stale []map[string]bool
	// counts has the number of true entries of stale for each build.
	counts []int
	// total is the sum of counts. programs is how many of them are programs, which must be linked even if all packages are cached.
	total, programs int
	log             *progress.Log
}

// NewPlan determines what the builds have to compile. It downloads the modules that they need.
func NewPlan(ctx context.Context, log *progress.Log, builds ...Build) (*Plan, error) {
	plan := &Plan{builds: builds, log: log}
	seen := map[string]bool{}
	said := &saying{}
	err := log.Quick("listing the packages to build", said.String, func() error {
		for _, build := range builds {
			command := goCommand(ctx, build, build.list())
			command.Stderr = said
			output, err := command.Output()
			if err != nil {
				return fmt.Errorf("list the packages of %s: %w:\n%s", build.Name, err, bytes.TrimSpace(said.rest.Bytes()))
			}
			plan.add(string(output), seen)
		}
		return nil
	})
	return plan, err
}

// saying collects the error output of the go command while it lists packages.
type saying struct {
	downloads atomic.Int64
	rest      bytes.Buffer
}

// Write implements io.Writer.
func (s *saying) Write(said []byte) (int, error) {
	for line := range bytes.Lines(said) {
		if bytes.HasPrefix(line, []byte("go: downloading ")) {
			s.downloads.Add(1)
		} else {
			s.rest.Write(line)
		}
	}
	return len(said), nil
}

func (s *saying) String() string { return fmt.Sprintf("%d modules downloaded", s.downloads.Load()) }

func (p *Plan) add(listed string, seen map[string]bool) {
	stale, count := map[string]bool{}, 0
	for _, line := range strings.Split(listed, "\n") {
		if line == "" {
			continue
		}
		importPath, _, _ := strings.Cut(line, "\t")
		stale[importPath] = !seen[line]
		if seen[line] {
			continue
		}
		seen[line] = true
		count++
		if strings.HasSuffix(line, "\tmain") {
			p.programs++
		}
	}
	p.stale, p.counts = append(p.stale, stale), append(p.counts, count)
	p.total += count
}

// compiles reports whether there is anything to compile, rather than only programs to link.
func (p *Plan) compiles() bool { return p.total > p.programs }

// String says what is to be built and about how long that takes. Each program counts as a package.
func (p *Plan) String() string {
	var names []string
	for i, build := range p.builds {
		if p.counts[i] > 0 {
			names = append(names, build.Name)
		}
	}
	return fmt.Sprintf("%s packages to build for %s: %s on %d cores that do nothing else",
		number(p.total), strings.Join(names, ", "), about(estimate(p.total)), runtime.GOMAXPROCS(0))
}

func goCommand(ctx context.Context, build Build, args []string) *exec.Cmd {
	command := exec.CommandContext(ctx, "go", args...)
	command.Dir, command.Env = build.Dir, append(os.Environ(), build.Env...)
	// When interrupted, the go command removes its temporary files.
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	return command
}
