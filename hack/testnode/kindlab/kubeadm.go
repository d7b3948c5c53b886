// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"kubelet-ordering/hack/internal/progress"
	"kubelet-ordering/hack/testnode/kindlab/internal/deb"
	"kubelet-ordering/hack/testnode/kindlab/internal/machine"
	"kubelet-ordering/hack/testnode/kindlab/internal/nodeimage"
	"kubelet-ordering/hack/testnode/kindlab/internal/trial"
)

// machineImage is the image of the machines that kubeadm makes a cluster of.
const machineImage = "kindlab/machine"

// kubeadmCommand tries our kubelet on nodes of kubeadm: in the lab that is up, or in one of its own.
func kubeadmCommand(here places) (int, error) {
	if code, err := buildCommand(here, buildMachine); code != 0 || err != nil {
		return code, err
	}
	self, err := os.Executable()
	if err != nil {
		return 1, fmt.Errorf("find this program: %w", err)
	}
	command := []string{self, "_kubeadm"}
	if pid, err := runningPID(here, ownerFile); err == nil && syscall.Kill(pid, 0) == nil {
		return execCommand(here, command)
	}
	wanted, err := examine(here, command)
	if err != nil {
		return 1, err
	}
	wanted.Plain = true
	return bringUp(here, wanted)
}

// next returns the patch release after a version.
func next(version string) (string, error) {
	i := strings.LastIndex(version, ".") + 1
	number, err := strconv.Atoi(version[i:])
	if err != nil {
		return "", fmt.Errorf("find the release after %q: %w", version, err)
	}
	return version[:i] + strconv.Itoa(number+1), nil
}

// release is a version of Kubernetes in Debian packages, in a directory of them.
type release struct {
	version, dir string
	packages     []deb.Package
}

// releases returns that of the programs, and the next one, of programs that hack/kind-lab.sh has built to say so.
func (p places) releases() (first, later release, err error) {
	first = release{version: nodeimage.Version}
	first.packages = append(machine.Tools(p.own("bin")), machine.Release(first.version, p.in("pristine-bin"))...)
	if later.version, err = next(first.version); err != nil {
		return first, later, err
	}
	later.packages = machine.Release(later.version, p.own("next"))
	for _, each := range []*release{&first, &later} {
		sum := nodeimage.NewSum()
		for _, one := range each.packages {
			one.AddTo(sum)
		}
		text, err := sum.String()
		if err != nil {
			return first, later, err
		}
		each.dir = p.own("packages", each.version+"-"+text[:12])
	}
	return first, later, nil
}

// buildMachine builds what a lab needs, and what a machine of kubeadm needs beside it.
func buildMachine(ctx context.Context, here places, log *progress.Log) error {
	if err := build(ctx, here, log); err != nil {
		return err
	}
	first, later, err := here.releases()
	if err != nil {
		return err
	}
	return once(log, []part{
		{"making the machine's Debian system", here.own("machine"), func() error {
			return nodeimage.Base(ctx, here.own("machine"), here.own("debootstrap"), machine.Packages)
		}},
		{"making Debian packages of " + first.version, first.dir, func() error { return first.make(ctx) }},
		{"making Debian packages of " + later.version, later.dir, func() error { return later.make(ctx) }},
	})
}

// make makes the directory, whole or not at all, and removes those of other content.
func (r release) make(ctx context.Context) error {
	others, err := filepath.Glob(filepath.Join(filepath.Dir(r.dir), r.version+"-*"))
	if err != nil {
		return fmt.Errorf("list earlier packages: %w", err)
	}
	for _, other := range others {
		if err := os.RemoveAll(other); err != nil {
			return fmt.Errorf("remove earlier packages: %w", err)
		}
	}
	work := r.dir + ".new"
	if err := os.MkdirAll(work, 0o755); err != nil {
		return fmt.Errorf("make a directory for packages: %w", err)
	}
	for _, each := range r.packages {
		if err := each.Build(ctx, work); err != nil {
			return err
		}
	}
	if err := os.Rename(work, r.dir); err != nil {
		return fmt.Errorf("keep the packages: %w", err)
	}
	return nil
}

// trialCommand is what runs in the lab.
func trialCommand(here places) (int, error) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	err := tryKubeadm(ctx, here, progress.New("kubeadm", os.Stderr))
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "kindlab: interrupted; the machines are removed")
		return 130, nil
	case err != nil:
		return 1, err
	}
	return 0, nil
}

func tryKubeadm(ctx context.Context, here places, log *progress.Log) error {
	running, err := readSpec(here.root())
	if err != nil {
		return err
	}
	first, later, err := here.releases()
	if err != nil {
		return err
	}
	running.Env = os.Environ()
	l := &lab{spec: running, here: here, log: log}
	err = l.loadImage(ctx, machineImage, "kindlab/machine-root", nodeimage.Content{
		Base: here.own("machine"), Files: machine.Files(), Store: here.own("store"),
		Programs: machine.Programs(here.in("node", "bin"), here.own("bin")),
	})
	if err != nil {
		return err
	}
	repository := running.path("packages")
	from, _ := strconv.Atoi(os.Getenv("FROM"))
	if from <= 1 {
		if err := publish(ctx, first, repository); err != nil {
			return err
		}
	}
	t := &trial.Trial{
		Log: log, Repo: here.repo, Dir: running.path("kubeadm"), Packages: repository, Later: later.dir, Image: machineImage,
		Version: first.version, Next: later.version, CgroupV1: running.CgroupVersion == 1, Engine: here.engine().Docker(),
		Keep: os.Getenv("KEEP") != "", From: from,
	}
	return t.Run(ctx)
}

// publish makes a repository with the first release. Its files are those of the cache.
func publish(ctx context.Context, first release, repository string) error {
	if err := os.RemoveAll(repository); err != nil {
		return fmt.Errorf("remove an earlier repository of packages: %w", err)
	}
	if err := os.MkdirAll(repository, 0o755); err != nil {
		return fmt.Errorf("make a repository of packages: %w", err)
	}
	files, err := filepath.Glob(filepath.Join(first.dir, "*.deb"))
	if err != nil {
		return fmt.Errorf("list the packages: %w", err)
	}
	for _, file := range files {
		if err := os.Link(file, filepath.Join(repository, filepath.Base(file))); err != nil {
			return fmt.Errorf("publish a package: %w", err)
		}
	}
	return deb.Index(ctx, repository)
}
