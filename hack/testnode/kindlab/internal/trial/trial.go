// SPDX-License-Identifier: Apache-2.0

// Package trial tries this project's kubelet on nodes of kubeadm: Debian machines in containers, on which Debian packages own the
// kubelet. It runs the commands of the guide and what an administrator does besides: upgrades of packages and of the cluster, a
// removal, a reboot. It fails when something is not as the guide says.
package trial

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"kubelet-ordering/hack/internal/progress"
)

// Trial is a cluster of one control plane and one worker.
type Trial struct {
	Log *progress.Log
	// Repo is the checkout, Dir a directory for the files of the trial.
	Repo, Dir string
	// Packages is the machines' repository of packages. Later has the packages of the next release, which come to it in the end.
	Packages, Later string
	// Image is that of the machines.
	Image string
	// Version is that of the cluster and its packages, Next that of the later ones.
	Version, Next string
	// CgroupV1 is set on a machine that has these cgroups.
	CgroupV1 bool
	// Keep leaves the machines of a trial that fails, to look at. From is the number of the part with which such a trial goes on.
	Keep bool
	From int
	// Engine starts the command line of Docker's client.
	Engine string

	// ours is the version of this project's kubelet.
	ours string
	env  []string
}

// node is a machine of the cluster.
type node struct{ name, address string }

const network = "kubeadm"

var (
	control = node{"kubeadm-control", "172.29.0.10"}
	worker  = node{"kubeadm-worker", "172.29.0.11"}
)

// stage is a part of the trial.
type stage struct {
	name string
	run  func(ctx context.Context) error
}

// Run runs the trial, and removes its machines.
func (t *Trial) Run(ctx context.Context) error {
	t.env = append(os.Environ(),
		"PATH="+filepath.Join(t.Dir, "bin")+":"+os.Getenv("PATH"), "KUBECONFIG="+filepath.Join(t.Dir, "kubeconfig"))
	if err := t.askVersion(ctx); err != nil {
		return err
	}
	if t.From <= 1 {
		t.remove()
		if err := t.prepare(ctx); err != nil {
			return err
		}
	}
	failed := true
	defer func() {
		if !failed || !t.Keep || ctx.Err() != nil {
			t.remove()
		}
	}()
	begin := time.Now()
	stages := t.stages()
	for i, stage := range stages {
		if i+1 < t.From {
			continue
		}
		began := time.Now()
		t.Log.Printf("== %d of %d: %s", i+1, len(stages), stage.name)
		if err := stage.run(ctx); err != nil {
			if ctx.Err() == nil {
				t.lastWords(ctx)
			}
			return fmt.Errorf("%s: %w", stage.name, err)
		}
		t.Log.Printf("== %s: ok in %.0f s", stage.name, time.Since(began).Seconds())
	}
	failed = false
	t.Log.Printf("all %d parts passed in %.0f s", len(stages)-max(t.From-1, 0), time.Since(begin).Seconds())
	return nil
}

func (t *Trial) stages() []stage {
	return []stage{
		{"two machines with systemd, containerd and OpenSSH", t.machines},
		{"kubelet, kubeadm and kubectl from packages", t.install},
		{"kubeadm init, kubeadm join", t.cluster},
		{"pods on the stock kubelet", t.workload},
		{"the worker to ours, by ssh as root", t.toOurs},
		{"the pod of the README, by ssh", t.demo},
		{"the package is on hold", t.held},
		{"the package is upgraded", t.upgraded},
		{"the package is installed again", t.reinstalled},
		{"the control plane to ours, on the node itself", t.controlToOurs},
		{"kubeadm upgrade apply, with ours on both nodes", t.kubeadmApply},
		{"kubeadm upgrade node, and the kubelet's package", t.kubeadmNode},
		{"the worker reboots", t.reboot},
		{"the worker to the upgraded stock kubelet, by ssh with sudo", t.toStock},
		{"ours by hand, and the package is purged", t.purged},
		{"the package returns, and the stock kubelet by hand", t.returned},
		{"the worker is drained, and to ours", t.drained},
		{"kubeadm reset, and kubeadm join with ours", t.joinWithOurs},
		{"the control plane to stock, on the node itself", t.controlToStock},
	}
}

// prepare makes what the commands need that the trial runs: a key for ssh, and ssh's configuration.
func (t *Trial) prepare(ctx context.Context) error {
	if err := os.RemoveAll(t.Dir); err != nil {
		return fmt.Errorf("remove the files of an earlier trial: %w", err)
	}
	bin := filepath.Join(t.Dir, "bin")
	if err := os.MkdirAll(bin, 0o700); err != nil {
		return fmt.Errorf("make a directory for the trial: %w", err)
	}
	config := fmt.Sprintf("IdentityFile %s\nIdentitiesOnly yes\nUserKnownHostsFile %s\nStrictHostKeyChecking accept-new\nBatchMode yes\n",
		filepath.Join(t.Dir, "key"), filepath.Join(t.Dir, "known_hosts"))
	if err := os.WriteFile(filepath.Join(t.Dir, "ssh_config"), []byte(config), 0o600); err != nil {
		return fmt.Errorf("configure ssh: %w", err)
	}
	for _, name := range []string{"ssh", "scp"} {
		program, err := exec.LookPath(name)
		if err != nil {
			return fmt.Errorf("find %s (the Debian package openssh-client brings it): %w", name, err)
		}
		// ssh knows no variable that names a configuration, and the caller's own is not the trial's to change.
		text := fmt.Sprintf("#!/bin/sh\nexec %s -F %s/ssh_config \"$@\"\n", program, t.Dir)
		if err := os.WriteFile(filepath.Join(bin, name), []byte(text), 0o755); err != nil {
			return fmt.Errorf("make %s use the trial's key: %w", name, err)
		}
	}
	_, err := t.run(ctx, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(t.Dir, "key"))
	return err
}

// askVersion asks this project's kubelet.
func (t *Trial) askVersion(ctx context.Context) error {
	version, err := t.run(ctx, filepath.Join(t.Repo, "_output/bin/kubelet"), "--version")
	if err != nil {
		return fmt.Errorf("ask this project's kubelet for its version (hack/build.sh kubelet builds it): %w", err)
	}
	t.ours = strings.TrimPrefix(version, "Kubernetes ")
	if !strings.Contains(t.ours, "+ordering.") {
		return fmt.Errorf("_output/bin/kubelet is %s, not a kubelet of this project: hack/build.sh kubelet builds one", t.ours)
	}
	return nil
}

// remove removes the machines, also those of a trial that was killed.
func (t *Trial) remove() {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	_, _ = t.run(ctx, t.Engine, "rm", "--force", "--volumes", control.name, worker.name)
	_, _ = t.run(ctx, t.Engine, "network", "rm", network)
}

// lastWords shows what may explain a failure.
func (t *Trial) lastWords(ctx context.Context) {
	for _, n := range []node{control, worker} {
		said, _ := t.sh(ctx, n, "journalctl -u kubelet -n 12 -o cat --no-pager; systemctl --failed --no-legend")
		t.Log.Printf("--- the kubelet of %s said last:\n%s", n.name, said)
	}
	said, _ := t.run(ctx, "kubectl", "--request-timeout=5s", "get", "nodes,pods", "-A", "-o", "wide")
	t.Log.Printf("--- nodes and pods:\n%s", said)
}

// run runs a program and returns its output. What it writes to stderr becomes part of the error.
func (t *Trial) run(ctx context.Context, args ...string) (string, error) {
	command := t.command(ctx, args...)
	output, err := command.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		err = fmt.Errorf("%s: %w: %s", short(args), err, tail(string(output)+string(exit.Stderr), 12))
	}
	return strings.TrimSpace(string(output)), err
}

// user runs a command line as a user types it, and shows it with all that it says.
func (t *Trial) user(ctx context.Context, line string) error {
	t.Log.Printf("$ %s", line)
	command := t.command(ctx, "sh", "-c", line)
	var said strings.Builder
	command.Stdout = io.MultiWriter(os.Stderr, &said)
	command.Stderr = command.Stdout
	if err := command.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", line, err, tail(said.String(), 4))
	}
	return nil
}

func (t *Trial) command(ctx context.Context, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, args[0], args[1:]...)
	command.Env, command.Dir = t.env, t.Repo
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = 10 * time.Second
	// A name that the trial has put before those on PATH.
	if own := filepath.Join(t.Dir, "bin", args[0]); command.Err == nil && !strings.Contains(args[0], "/") {
		if _, err := os.Stat(own); err == nil {
			command.Path = own
		}
	}
	return command
}

// sh runs a script on a machine as root.
func (t *Trial) sh(ctx context.Context, n node, script string) (string, error) {
	return t.run(ctx, t.Engine, "exec", n.name, "sh", "-c", "export DEBIAN_FRONTEND=noninteractive; "+script)
}

// must is sh for a script whose output does not matter.
func (t *Trial) must(ctx context.Context, n node, script string) error {
	_, err := t.sh(ctx, n, script)
	return err
}

func short(args []string) string {
	line := strings.Join(args, " ")
	if runes := []rune(line); len(runes) > 120 {
		return string(runes[:120]) + "..."
	}
	return line
}

func tail(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(len(lines)-n, 0):], "\n")
}
