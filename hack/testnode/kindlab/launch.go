// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"kubelet-ordering/hack/internal/jsonfile"
	"kubelet-ordering/hack/testnode/internal/host"
	"kubelet-ordering/hack/testnode/internal/rootdir"
	"kubelet-ordering/hack/testnode/internal/space"
)

const (
	// stopLimit is how long the lab may take to remove its containers and shut down before it is killed.
	stopLimit = time.Minute
	// cgroupLimit is how long the kernel may take to release an empty cgroup.
	cgroupLimit = 10 * time.Second
)

// up builds what is missing, and brings the lab up.
func up(here places, command []string) (int, error) {
	if code, err := buildCommand(here, build); code != 0 || err != nil {
		return code, err
	}
	wanted, err := examine(here, command)
	if err != nil {
		return 1, err
	}
	return bringUp(here, wanted)
}

// bringUp brings a lab up, waits until it ends, and removes all traces of it outside of _output.
func bringUp(here places, wanted spec) (int, error) {
	root, err := makeRoot(here, wanted.Space.Hierarchies)
	if err != nil {
		return 1, err
	}
	before := remember()
	code, err := launch(here, wanted, root)
	return code, errors.Join(err,
		space.RemoveCgroup(wanted.Space.Hierarchies, wanted.Space.CgroupName(), cgroupLimit), before.restore(), root.Remove())
}

// examine describes the lab for this machine.
func examine(here places, command []string) (spec, error) {
	cgroups, err := host.DetectCgroups()
	if err != nil {
		return spec{}, err
	}
	missing, err := host.MissingCapabilities()
	if err != nil {
		return spec{}, err
	}
	if slices.Contains(missing, "CAP_SYS_ADMIN") {
		return spec{}, errors.New("the lab needs namespaces: run it as root with CAP_SYS_ADMIN")
	}
	dir, err := os.Getwd()
	if err != nil {
		return spec{}, fmt.Errorf("find the current directory: %w", err)
	}
	return spec{
		// The systemd of each node also uses a v2 hierarchy beside v1. Without a cgroup of their own there they would share one.
		Space:         space.Spec{Root: here.root(), Hierarchies: append(cgroups.Hierarchies, cgroups.Beside...)},
		Repo:          here.repo,
		Restricted:    slices.Contains(missing, "CAP_SYS_RESOURCE"),
		CgroupVersion: cgroups.Version,
		Command:       command,
		Dir:           dir,
		Env:           os.Environ(),
	}, nil
}

// makeRoot makes the lab's directory, after it has removed what a killed lab has left.
func makeRoot(here places, hierarchies []host.Hierarchy) (*rootdir.Root, error) {
	leftovers, err := rootdir.Leftovers(filepath.Dir(here.root()))
	if err != nil {
		return nil, err
	}
	for _, leftover := range leftovers {
		fmt.Fprintf(os.Stderr, "kindlab: removing what an earlier run has left in %s\n", leftover.Path)
		name := space.CgroupName(leftover.Path)
		if err := errors.Join(space.RemoveCgroup(hierarchies, name, cgroupLimit), leftover.Remove()); err != nil {
			return nil, err
		}
	}
	root, err := rootdir.Make(here.root())
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("a lab of this checkout is up: use `hack/kind-lab.sh exec`, or take it down with `down`: %w", err)
	}
	return root, err
}

func launch(here places, wanted spec, root *rootdir.Root) (int, error) {
	if err := furnish(here, wanted); err != nil {
		return 1, err
	}
	interrupts := make(chan os.Signal, 4)
	signal.Notify(interrupts, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	running, err := space.Launch(wanted.Space, root.Lock, []string{"_first", root.Path})
	if err != nil {
		return 1, err
	}
	for path, pid := range map[string]int{firstFile(root.Path): running.Pid(), ownerFile(root.Path): os.Getpid()} {
		if err := os.WriteFile(path, []byte(strconv.Itoa(pid)), 0o644); err != nil {
			return 1, errors.Join(fmt.Errorf("write down a process of the lab: %w", err), running.Stop(0))
		}
	}
	select {
	case err := <-running.Ended():
		return space.ExitCode(err), nil
	case received := <-interrupts:
		fmt.Fprintf(os.Stderr, "kindlab: %v: taking the lab down; a second one kills it at once\n", received)
		go func() {
			<-interrupts
			_ = running.Kill()
		}()
		_ = running.Stop(stopLimit)
		return 128 + int(received.(syscall.Signal)), nil
	}
}

// firstFile holds the PID of the lab's first process, ownerFile that of the process that takes the lab down.
func firstFile(root string) string { return filepath.Join(root, "first.pid") }
func ownerFile(root string) string { return filepath.Join(root, "owner.pid") }

// furnish fills the lab's directory with its programs and files.
func furnish(here places, wanted spec) error {
	for _, dir := range []string{wanted.path("bin"), wanted.path("docker-config"), here.engine().Data} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("make a directory for the lab: %w", err)
		}
	}
	for name, target := range map[string]string{
		"docker":  here.engine().Docker(),
		"kind":    here.own("bin", "kind"),
		"kubectl": here.in("pristine-bin", "kubectl"),
	} {
		if err := os.Symlink(target, wanted.path("bin", name)); err != nil {
			return fmt.Errorf("give the lab its %s: %w", name, err)
		}
	}
	if err := os.WriteFile(wanted.kindConfig(), []byte(kindConfig(wanted)), 0o644); err != nil {
		return fmt.Errorf("write a configuration for kind: %w", err)
	}
	return jsonfile.Write(specFile(wanted.Space.Root), wanted)
}

// runningPID returns a process of the lab that is up.
func runningPID(here places, file func(string) string) (int, error) {
	content, err := os.ReadFile(file(here.root()))
	if err != nil {
		return 0, fmt.Errorf("find the lab of this checkout (is it up? `hack/kind-lab.sh` brings it up): %w", err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(content)))
	if err != nil {
		return 0, fmt.Errorf("find the lab's process: %w", err)
	}
	return pid, nil
}

// execCommand replaces this process with a program in the lab that is up.
func execCommand(here places, command []string) (int, error) {
	if len(command) == 0 {
		return 2, errors.New("exec: name a command")
	}
	pid, err := runningPID(here, firstFile)
	if err != nil {
		return 1, err
	}
	running, err := readSpec(here.root())
	if err != nil {
		return 1, err
	}
	nsenter, err := exec.LookPath("nsenter")
	if err != nil {
		return 1, fmt.Errorf("find nsenter (the Debian package util-linux brings it): %w", err)
	}
	running.Env = os.Environ()
	argv := []string{nsenter, "--target", strconv.Itoa(pid), "--mount", "--pid", "--net", "--uts", "--wd=.", "--"}
	if err := syscall.Exec(nsenter, append(argv, command...), running.environment()); err != nil {
		return 1, fmt.Errorf("enter the lab: %w", err)
	}
	return 0, nil
}

// downCommand ends the lab that is up, and waits until it has gone.
func downCommand(here places) (int, error) {
	pid, err := runningPID(here, ownerFile)
	if err != nil {
		return 1, err
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
		return 1, fmt.Errorf("end the lab's process %d: %w", pid, err)
	}
	deadline := time.Now().Add(stopLimit + cgroupLimit)
	for ; time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			return 0, nil
		}
	}
	return 1, fmt.Errorf("the lab's process %d does not end", pid)
}
