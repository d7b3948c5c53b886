// SPDX-License-Identifier: Apache-2.0

package node

import (
	"context"
	"fmt"
	"net"
	"net/rpc"
	"syscall"
	"time"

	"kubelet-ordering/hack/testnode/internal/unit"
)

// Order is one request to the supervisor of a node.
type Order struct {
	Verb string
	Args []string
	// Env and Dir are the caller's environment and working directory, for programs that the order starts.
	Env []string
	Dir string
}

// Answer is the reply to an order. A failed order may have output too.
type Answer struct {
	Output string
	// Failure is the error message, empty on success.
	Failure string
}

// Serve accepts orders until the context ends. It does not block.
func (n *Node) Serve(ctx context.Context) error {
	listener, err := net.Listen("unix", n.spec.ControlSocket())
	if err != nil {
		return fmt.Errorf("listen for orders: %w", err)
	}
	server := rpc.NewServer()
	if err := server.RegisterName("node", &Orders{node: n, ctx: ctx}); err != nil {
		return fmt.Errorf("listen for orders: %w", err)
	}
	context.AfterFunc(ctx, func() { listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go server.ServeConn(connection)
		}
	}()
	return nil
}

// Orders is the RPC receiver.
type Orders struct {
	node *Node
	ctx  context.Context
}

// Obey carries out the order.
func (o *Orders) Obey(order Order, answer *Answer) error {
	output, err := o.node.obey(o.ctx, order)
	answer.Output = output
	if err != nil {
		answer.Failure = err.Error()
	}
	return nil
}

func (n *Node) obey(ctx context.Context, order Order) (string, error) {
	if n.spec.Systemd {
		return "", fmt.Errorf("order %q: the node's programs are services of the machine's systemd: use systemctl", order.Verb)
	}
	switch order.Verb {
	case "systemctl":
		return n.units.Systemctl(order.Args)
	case "systemd-run":
		return n.units.SystemdRun(order.Args, order.Env, order.Dir)
	case "restart-containerd":
		return "", n.RestartContainerd(ctx)
	case "start-kubelet":
		return n.kubeletPid(n.StartKubelet(ctx))
	case "kill-kubelet":
		return "", n.kill(order.Args)
	case "start-second-apiserver":
		return n.StartSecondAPIServer(ctx, order.Args)
	case "stop-second-apiserver":
		return "", n.StopSecondAPIServer()
	case "restart-kubelet":
		if err := n.kill(order.Args); err != nil {
			return "", err
		}
		return n.kubeletPid(n.StartKubelet(ctx))
	}
	return "", fmt.Errorf("order %q is not known", order.Verb)
}

func (n *Node) kubeletPid(err error) (string, error) {
	return fmt.Sprintf("%d\n", n.units.State(kubeletUnit).Pid), err
}

// kill sends the kubelet a signal and waits until it has exited. Containers keep running.
func (n *Node) kill(args []string) error {
	signal := syscall.SIGKILL
	if len(args) > 0 {
		var err error
		if signal, err = unit.ParseSignal(args[0]); err != nil {
			return err
		}
	}
	if !n.units.State(kubeletUnit).Running {
		return nil
	}
	return n.units.Stop(kubeletUnit, signal, 30*time.Second)
}

// Send sends an order to the node with the given root directory and waits for the answer.
func Send(root string, order Order) (string, error) {
	client, err := rpc.Dial("unix", ControlSocket(root))
	if err != nil {
		return "", fmt.Errorf("reach the node at %q (is it up?): %w", root, err)
	}
	defer client.Close()
	var answer Answer
	if err := client.Call("node.Obey", order, &answer); err != nil {
		return "", fmt.Errorf("give an order to the node at %q (it may be going down): %w", root, err)
	}
	if answer.Failure != "" {
		return answer.Output, fmt.Errorf("the node refuses %q: %s", order.Verb, answer.Failure)
	}
	return answer.Output, nil
}
