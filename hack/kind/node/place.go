// SPDX-License-Identifier: Apache-2.0

// Package node works on a node: a container of kind, a machine that ssh reaches, or this machine. What has to happen on the node
// itself is in switch.sh, which this package sends there.
package node

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"os"
	"strings"

	"kubelet-ordering/hack/kind/internal/command"
	"kubelet-ordering/hack/kind/internal/engine"
)

//go:embed switch.sh
var script string

// Place is where a node's programs run.
type Place struct {
	command.Runner
	// wrap returns the command line that runs a program there, as root.
	wrap func(args []string) []string
	// detach is set where the way there asks for no password.
	detach bool
}

// Container is the place of a node of kind.
func Container(e engine.Engine, name string) Place {
	return Place{Runner: e.Runner, detach: true, wrap: func(args []string) []string {
		return e.Args(append([]string{"exec", "-i", name}, args...)...)
	}}
}

// SSH is the place of a node that ssh reaches, as root or as a user who may use sudo without a password.
func SSH(r command.Runner, destination string) Place {
	return Place{Runner: r, wrap: func(args []string) []string {
		return []string{"ssh", destination, "--", "exec sh -c " + quote(asRoot+quoteAll(args))}
	}}
}

// Here is the place of a node that this program runs on.
func Here(r command.Runner) Place {
	return Place{Runner: r, wrap: func(args []string) []string { return []string{"sh", "-c", asRoot + quoteAll(args)} }}
}

const asRoot = `[ "$(id -u)" = 0 ] && sudo= || sudo='sudo -n'; exec $sudo `

func quoteAll(args []string) string {
	var quoted []string
	for _, arg := range args {
		quoted = append(quoted, quote(arg))
	}
	return strings.Join(quoted, " ")
}

// quote makes a word of a POSIX shell.
func quote(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }

// Answer is what switch.sh says: its values by their keys, and the containers that do not run any more.
type Answer struct {
	Values map[string]string
	// Gone are IDs, each with the runtime's line about it.
	Gone []string
}

// Facts asks the node what it is and has. If kubelet is not empty, it also tries whether that file runs there.
func (p Place) Facts(ctx context.Context, kubelet string) (Answer, error) {
	args := []string{"facts"}
	if kubelet != "" {
		args = append(args, kubelet)
	}
	return p.Script(ctx, nil, "20", args...)
}

// Script runs switch.sh, whose progress goes to tell. The timeout is in seconds.
func (p Place) Script(ctx context.Context, tell io.Writer, timeout string, args ...string) (Answer, error) {
	output, err := p.Run(ctx, command.Command{
		Args:  p.wrap(append([]string{"env", "TIMEOUT=" + timeout, "sh", "-s", "--"}, args...)),
		Stdin: strings.NewReader(script), Tell: tell, Detach: p.detach,
	})
	return parse(output), err
}

func parse(output string) Answer {
	answer := Answer{Values: map[string]string{}}
	for line := range strings.Lines(output) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if key == "gone" {
			answer.Gone = append(answer.Gone, value)
		} else {
			answer.Values[key] = value
		}
	}
	return answer
}

// Upload copies a program to the node.
func (p Place) Upload(ctx context.Context, file, to string) error {
	content, err := os.Open(file)
	if err != nil {
		return fmt.Errorf("read the kubelet to copy to the node: %w", err)
	}
	defer content.Close()
	_, err = p.Run(ctx, command.Command{
		Args:  p.wrap([]string{"sh", "-c", `umask 077 && cat >"$1" && chmod 755 "$1" || { rm -f "$1"; exit 1; }`, "upload", to}),
		Stdin: content, Detach: p.detach,
	})
	if err != nil {
		return fmt.Errorf("copy %s to the node as %s: %w", file, to, err)
	}
	return nil
}

// Remove removes a file from the node.
func (p Place) Remove(ctx context.Context, file string) error {
	_, err := p.Run(ctx, command.Command{Args: p.wrap([]string{"rm", "-f", file}), Detach: p.detach})
	return err
}
