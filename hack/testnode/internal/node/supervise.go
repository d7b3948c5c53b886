// SPDX-License-Identifier: Apache-2.0

package node

import (
	"context"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"kubelet-ordering/hack/internal/progress"
	"kubelet-ordering/hack/testnode/internal/space"
)

// commandLimit is how long the user's command may take to exit after SIGTERM.
const commandLimit = 10 * time.Second

// Supervise brings the node up, runs the command, and returns its exit code. Without a command it waits until the context ends.
// It stops the node's programs before it returns.
func Supervise(ctx context.Context, spec Spec, log *progress.Log) (int, error) {
	node := New(spec, log)
	defer node.Stop()
	if err := node.bringUp(ctx); err != nil {
		node.showLogs()
		return 1, err
	}
	if len(spec.Command) == 0 {
		fmt.Fprint(os.Stderr, node.howTo())
		<-ctx.Done()
		return 0, nil
	}
	return node.runCommand(ctx)
}

func (n *Node) bringUp(ctx context.Context) error {
	steps := []func(context.Context) error{n.StartRegistry, n.StartBus, n.StartContainerd, n.PullImages}
	if n.spec.Cluster != nil {
		// Start the servers first: they take long to become ready, and containerd does not need them.
		steps = append([]func(context.Context) error{n.StartAPIServer}, append(steps, n.StartControllers)...)
	}
	if n.spec.Proxy != nil {
		steps = append(steps, n.StartProxy)
	}
	if n.spec.Kubelet != nil {
		steps = append(steps, n.StartKubelet)
	}
	if n.spec.Cluster != nil {
		steps = append(steps, n.WaitCluster)
	}
	for _, step := range append(steps, n.Serve) {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (n *Node) runCommand(ctx context.Context) (int, error) {
	command := n.Command()
	if err := command.Start(); err != nil {
		return 127, fmt.Errorf("start the command %q: %w", n.spec.Command[0], err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	var err error
	select {
	case err = <-ended:
	case <-ctx.Done():
		// The command's children need no signal: the kernel kills them when the PID namespace ends.
		_ = command.Process.Signal(syscall.SIGTERM)
		select {
		case err = <-ended:
		case <-time.After(commandLimit):
			return 128 + int(syscall.SIGKILL), fmt.Errorf("the command did not end within %v of SIGTERM", commandLimit)
		}
	}
	return space.ExitCode(err), nil
}

// showLogs prints the last lines of the logs of the programs that have exited or that the node waited for: the logs are about to
// be removed.
func (n *Node) showLogs() {
	for _, state := range n.units.States() {
		if state.Running && state.Name != n.awaited {
			continue
		}
		name := n.spec.log(state.Name)
		content, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		lines := strings.Split(strings.TrimSpace(string(content)), "\n")
		fmt.Fprintf(os.Stderr, "--- end of %s\n%s\n", name, strings.Join(lines[max(0, len(lines)-25):], "\n"))
	}
}

func (n *Node) howTo() string {
	enter := fmt.Sprintf("%s exec -root %s --", n.spec.Program("testnode"), n.spec.Space.Root)
	text := fmt.Sprintf(`
The node is up. It has a network of its own; enter it with
  %s <command>, for example:
  %s ctr containers list
`, enter, enter)
	if n.spec.Cluster != nil {
		text += n.howToCluster(enter)
	} else if n.spec.Kubelet != nil {
		text += fmt.Sprintf(`  %s sh -c 'wget -qO- $KUBELET_URL/pods'
Static pods: put manifests into
  %s
`, enter, n.spec.Kubelet.ManifestDir)
	}
	return text + fmt.Sprintf("Logs: %s/*.log\nCtrl-C takes the node down.\n", n.spec.Space.Root)
}
