// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"kubelet-ordering/hack/internal/progress"
	"kubelet-ordering/hack/testnode/internal/space"
	"kubelet-ordering/hack/testnode/internal/unit"
)

const (
	engineUnit = "dockerd"
	// commandLimit is how long the user's command may take to exit after SIGTERM.
	commandLimit = 20 * time.Second
)

// firstCommand is process 1 of a lab.
func firstCommand(args []string) (int, error) {
	wanted, err := specOf(args)
	if err != nil {
		return 1, err
	}
	return space.First(wanted.Space, []string{"_supervise", args[0]})
}

func specOf(args []string) (spec, error) {
	if len(args) != 1 {
		return spec{}, errors.New("this command is for the lab's own use")
	}
	return readSpec(args[0])
}

// lab is a lab as seen from inside its namespaces.
type lab struct {
	spec
	here  places
	log   *progress.Log
	units *unit.Manager
}

// superviseCommand is the child of process 1. It does all the work.
func superviseCommand(args []string) (int, error) {
	wanted, err := specOf(args)
	if err != nil {
		return 1, err
	}
	ctx, err := space.Enter(wanted.Space)
	if err != nil {
		return 1, err
	}
	log := progress.New("kindlab", os.Stderr)
	units := unit.NewManager()
	units.Exited = func(state unit.State) { log.Printf("%s has ended by itself: %s", state.Name, state.Ended) }
	lab := &lab{spec: wanted, here: places{repo: wanted.Repo}, log: log, units: units}
	// Programs are looked up on the lab's PATH, not on the caller's.
	for _, entry := range wanted.environment() {
		name, value, _ := strings.Cut(entry, "=")
		if err := os.Setenv(name, value); err != nil {
			return 1, fmt.Errorf("set the lab's environment: %w", err)
		}
	}
	code, err := lab.supervise(ctx)
	return code, errors.Join(err, lab.stop())
}

func (l *lab) supervise(ctx context.Context) (int, error) {
	steps := []func(context.Context) error{l.ownModules, l.startEngine, l.sweep}
	if !l.Plain {
		steps = append(steps, l.loadNodeImage)
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return 1, err
		}
	}
	if len(l.Command) == 0 {
		fmt.Fprint(os.Stderr, l.howTo())
		<-ctx.Done()
		return 0, nil
	}
	return l.runCommand(ctx)
}

// ownModules gives the lab a directory of kernel modules of its own where the machine has none. The engine would make it on the
// machine, to mount it in nodes, and whoever removes it there would take it from nodes that run.
func (l *lab) ownModules(context.Context) error {
	const modules = "/lib/modules"
	if entries, err := os.ReadDir(modules); err == nil && len(entries) > 0 {
		return nil
	}
	own := l.path("modules")
	for _, dir := range []string{modules, own} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("make a directory of kernel modules: %w", err)
		}
	}
	if err := syscall.Mount(own, modules, "", syscall.MS_BIND, ""); err != nil {
		return fmt.Errorf("give the lab its own %s: %w", modules, err)
	}
	return nil
}

// startEngine starts Docker's engine and waits until it answers.
func (l *lab) startEngine(ctx context.Context) error {
	docker := l.here.engine()
	if l.Restricted {
		self, err := os.Executable()
		if err != nil {
			return fmt.Errorf("find this program, which stands before runc: %w", err)
		}
		docker.Runtime = []string{self, "_runtime", docker.Runc()}
	}
	content, err := docker.Config()
	if err != nil {
		return err
	}
	if err := os.WriteFile(l.path("dockerd.json"), content, 0o644); err != nil {
		return fmt.Errorf("write the engine's configuration: %w", err)
	}
	env := append(l.environment(), "PATH="+docker.Path(pathOf(l.Env)))
	err = l.units.Start(unit.Unit{
		Name: engineUnit, Argv: docker.Argv(l.path("dockerd.json")), Env: env, Dir: l.Space.Root, Log: l.logFile(),
	})
	if err != nil {
		return err
	}
	err = l.log.Wait(ctx, "waiting for Docker's engine", time.Minute, func() error {
		if state := l.units.State(engineUnit); !state.Running {
			return fmt.Errorf("it has ended (%s): %w", state.Ended, progress.ErrFinal)
		}
		_, err := l.docker(ctx, "version", "--format", "{{.Server.Version}}")
		return err
	})
	if err != nil {
		return fmt.Errorf("%w\n%s", err, l.endOfLog())
	}
	return nil
}

// sweep removes containers, volumes and networks of an earlier lab. Images are kept.
func (l *lab) sweep(ctx context.Context) error {
	containers, err := l.docker(ctx, "ps", "--all", "--quiet")
	if err != nil {
		return err
	}
	if names := strings.Fields(containers); len(names) > 0 {
		err := l.log.Step(fmt.Sprintf("removing %d containers", len(names)), func() error {
			_, err := l.docker(ctx, append([]string{"rm", "--force", "--volumes"}, names...)...)
			return err
		})
		if err != nil {
			return err
		}
	}
	for _, kind := range []string{"volume", "network"} {
		if _, err := l.docker(ctx, kind, "prune", "--force"); err != nil {
			return err
		}
	}
	return nil
}

// docker runs Docker's client and returns its output.
func (l *lab) docker(ctx context.Context, args ...string) (string, error) {
	command := exec.CommandContext(ctx, l.here.engine().Docker(), args...)
	command.Env = l.environment()
	output, err := command.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return "", fmt.Errorf("docker %s: %w: %s", args[0], err, strings.TrimSpace(string(exit.Stderr)))
	}
	return string(output), err
}

// runCommand runs the user's command and returns its exit code.
func (l *lab) runCommand(ctx context.Context) (int, error) {
	command := exec.Command(l.Command[0], l.Command[1:]...)
	command.Env, command.Dir = l.environment(), l.Dir
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := command.Start(); err != nil {
		return 127, fmt.Errorf("start the command %q: %w", l.Command[0], err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	select {
	case err := <-ended:
		return space.ExitCode(err), nil
	case <-ctx.Done():
	}
	_ = command.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-ended:
		return space.ExitCode(err), nil
	case <-time.After(commandLimit):
		return 128 + int(syscall.SIGKILL), fmt.Errorf("the command did not end within %v of SIGTERM", commandLimit)
	}
}

// stop removes the containers and their volumes, and ends the engine. What it cannot remove in time, the next lab removes.
func (l *lab) stop() error {
	if !l.units.State(engineUnit).Running {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), stopLimit/2)
	defer cancel()
	return errors.Join(l.sweep(ctx), l.units.Stop(engineUnit, syscall.SIGTERM, stopLimit/4))
}

func (l *lab) logFile() string { return filepath.Join(l.here.own(), "dockerd.log") }

// endOfLog returns the last lines of the engine's log.
func (l *lab) endOfLog() string {
	content, err := os.ReadFile(l.logFile())
	if err != nil {
		return ""
	}
	lines := strings.Split(strings.TrimSpace(string(content)), "\n")
	return fmt.Sprintf("--- end of %s\n%s", l.logFile(), strings.Join(lines[max(0, len(lines)-25):], "\n"))
}

func (l *lab) howTo() string {
	return fmt.Sprintf(`
The lab is up. In another terminal:
  hack/kind-lab.sh exec kind create cluster --image %s --config %s
  hack/kind-lab.sh exec kubectl get nodes
  hack/kind-lab.sh exec bash
Ctrl-C takes it down, with all clusters.
`, nodeImage, l.kindConfig())
}
