// SPDX-License-Identifier: Apache-2.0

package machine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"kubelet-ordering/hack/internal/progress"
)

// bootLimit is how long the machine may take to boot. It takes half a minute on a busy machine.
const bootLimit = 5 * time.Minute

// Run is one start of a machine.
type Run struct {
	// Repo is the directory that the machine shares with this one.
	Repo string
	// Dir is a new directory in Repo for the files of the run.
	Dir string
	// Locks is the directory by whose locks machines share the processors.
	Locks  string
	Disk   string
	Kernel Kernel
	// Slow is how many times slower the machine's clock runs than this machine's.
	Slow int
	// Memory is the size of the machine's memory, such as 4G.
	Memory  string
	Command []string
	// Shell runs a shell on the terminal instead of the command.
	Shell bool
	// Terminal reports whether the output goes to a terminal.
	Terminal bool
	Log      *progress.Log
}

// Do boots the machine, runs the command, and takes the machine down. It returns the command's exit code.
func (r Run) Do(ctx context.Context) (int, error) {
	for name, content := range map[string]string{"command": r.script(), "inside": insideScript} {
		if err := os.WriteFile(filepath.Join(r.Dir, name), []byte(content), 0o644); err != nil {
			return 1, fmt.Errorf("write down what the machine has to do: %w", err)
		}
	}
	console, err := os.Create(r.console())
	if err != nil {
		return 1, fmt.Errorf("keep what the console shows: %w", err)
	}
	defer console.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended, err := r.start(ctx, console)
	if err != nil {
		return 1, err
	}
	up := filepath.Join(r.Dir, "up")
	err = r.Log.Wait(ctx, "booting the machine", bootLimit, func() error {
		select {
		case <-ended:
			return fmt.Errorf("the machine has ended: %w", progress.ErrFinal)
		default:
		}
		_, err := os.Stat(up)
		return err
	})
	if err != nil {
		cancel()
		<-ended
		return 1, fmt.Errorf("%w\n%s", err, r.lastWords())
	}
	r.Log.Printf("the machine is up")
	end := func() error {
		<-ended
		return ctx.Err()
	}
	if r.Shell {
		_ = end()
	} else {
		// The result says what went wrong.
		_ = r.Log.Step("running the command in it", end)
	}
	return r.result(ctx)
}

// result returns what the machine wrote down before it went down.
func (r Run) result(ctx context.Context) (int, error) {
	content, err := os.ReadFile(filepath.Join(r.Dir, "status"))
	switch {
	case err == nil:
		return exitCode(string(content))
	case errors.Is(context.Cause(ctx), context.DeadlineExceeded):
		return 124, errors.New("the command took too long: allow more with -limit")
	case ctx.Err() != nil:
		return 130, errors.New("interrupted")
	}
	return 1, fmt.Errorf("the machine went down before the command had ended\n%s", r.lastWords())
}

func exitCode(text string) (int, error) {
	code, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || code < 0 || code > 255 {
		return 1, fmt.Errorf("the machine wrote %.40q as the exit code of the command", text)
	}
	return code, nil
}

// start starts the kernel in a PID namespace, so that its processes end with it. The channel is closed when it has ended.
func (r Run) start(ctx context.Context, console *os.File) (<-chan struct{}, error) {
	command := exec.CommandContext(ctx, r.Kernel.Program(), r.arguments()...)
	command.Dir = r.Dir
	command.Env = []string{"HOME=" + r.Dir, "PATH=" + os.Getenv("PATH")}
	clock, err := slowClock(r.Dir, r.Slow)
	if err != nil {
		return nil, err
	}
	command.Env = append(command.Env, clock...)
	command.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID, Pdeathsig: syscall.SIGKILL}
	if r.Shell {
		command.Stdin = os.Stdin
	} else {
		// A terminal's Ctrl-C is for this process, which then takes the machine down. To the scheduler, a session is one program.
		command.SysProcAttr.Setsid = true
	}
	place, err := takeProcessor(r.Locks)
	if err != nil {
		return nil, err
	}
	// The kernel insists on files that it can wait for, which pipes are.
	boot, bootEnd, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make the machine's console: %w", err)
	}
	output, outputEnd, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make the machine's console: %w", err)
	}
	command.ExtraFiles = []*os.File{bootEnd, outputEnd}
	if r.Shell {
		command.ExtraFiles[1] = os.Stdout
	}
	command.Stdout, command.Stderr = console, console
	copied := make(chan struct{}, 2)
	follow := func(to io.Writer, from *os.File) {
		_, _ = io.Copy(to, from)
		copied <- struct{}{}
	}
	go follow(console, boot)
	go follow(os.Stdout, output)
	ended, started := make(chan struct{}), make(chan error)
	go func() {
		// The kernel dies with the thread that has started it.
		runtime.LockOSThread()
		err := place.start(command)
		bootEnd.Close()
		outputEnd.Close()
		started <- err
		if err == nil {
			_ = command.Wait()
			<-copied
			<-copied
			close(ended)
		}
		place.release()
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start the machine (needs root): %w", err)
	}
	return ended, nil
}

// arguments are the kernel's command line. Descriptor 3 is for what happens at boot and 4 for the command.
func (r Run) arguments() []string {
	input := "null"
	if r.Shell {
		input = "fd:0"
	}
	return []string{
		"mem=" + r.Memory, "seccomp=on", "uml_dir=" + r.Dir,
		"ubd0=" + filepath.Join(r.Dir, "layer") + "," + r.Disk, "root=/dev/ubda", "rw",
		// Debian's kernel would choose SELinux, for which it has no policy.
		"security=apparmor",
		"con=null", "ssl=null", "con0=null,fd:3", "con1=" + input + ",fd:4",
		// The machine sees nothing outside of the repository, whatever it mounts.
		"hostfs=" + r.Repo, "vm.repo=" + r.Repo, "vm.run=" + r.Dir,
	}
}

func (r Run) console() string { return filepath.Join(r.Dir, "console.log") }

// lastWords returns the last lines that the console showed.
func (r Run) lastWords() string {
	content, err := os.ReadFile(r.console())
	if err != nil {
		return ""
	}
	lines := strings.Split(strings.TrimSpace(string(content)), "\n")
	return "--- end of the console\n" + strings.Join(lines[max(0, len(lines)-25):], "\n")
}
