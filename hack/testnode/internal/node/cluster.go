// SPDX-License-Identifier: Apache-2.0

package node

import (
	"context"
	"fmt"
	"os"
	"syscall"
	"time"

	"kubelet-ordering/hack/testnode/internal/cluster"
)

// apiServerLimit is long enough for a slow machine that runs builds at the same time.
const apiServerLimit = 2 * time.Minute

// StartAPIServer creates new credentials and starts etcd and the API server. It does not wait for them.
func (n *Node) StartAPIServer(context.Context) error {
	n.log.Printf("starting etcd and the API server")
	if err := n.spec.Credentials().Write(); err != nil {
		return err
	}
	if err := n.linkKubectl(); err != nil {
		return err
	}
	if err := n.start(cluster.Etcd, n.spec.Cluster.EtcdArgv(n.spec.path("etcd"))); err != nil {
		return err
	}
	return n.start(cluster.APIServer, n.spec.Cluster.APIServerArgv(n.spec.Credentials()))
}

// linkKubectl puts kubectl on the node's PATH: the control plane's program acts as kubectl when called by that name.
func (n *Node) linkKubectl() error {
	if err := os.Symlink(n.spec.Cluster.ControlPlane, n.spec.Program("kubectl")); err != nil {
		return fmt.Errorf("give the node a kubectl: %w", err)
	}
	return nil
}

// StartControllers waits for the API server and starts the controller manager and the scheduler.
func (n *Node) StartControllers(ctx context.Context) error {
	if err := n.awaitAPIServer(ctx, cluster.APIServer, n.spec.Credentials().Kubeconfig(cluster.Admin)); err != nil {
		return err
	}
	if err := n.start(cluster.ControllerManager, n.spec.Cluster.ControllerManagerArgv(n.spec.Credentials())); err != nil {
		return err
	}
	return n.start(cluster.Scheduler, n.spec.Cluster.SchedulerArgv(n.spec.Credentials()))
}

// WaitCluster waits until pods can be created in namespace default and can be scheduled.
func (n *Node) WaitCluster(ctx context.Context) error {
	client, err := cluster.NewClient(n.spec.Credentials().Kubeconfig(cluster.Admin))
	if err != nil {
		return err
	}
	tokens, ready := func() error { return client.TokensIssued(ctx) }, func() error { return client.NodeReady(ctx) }
	if err := n.awaitState(ctx, cluster.ControllerManager, "waiting for a token of a service account", time.Minute, tokens); err != nil {
		return err
	}
	return n.awaitState(ctx, kubeletUnit, "waiting for the node to be Ready", time.Minute, ready)
}

func (n *Node) awaitAPIServer(ctx context.Context, unit, kubeconfig string) error {
	client, err := cluster.NewClient(kubeconfig)
	if err != nil {
		return err
	}
	return n.await(ctx, unit, apiServerLimit, func() error {
		if state := n.units.State(cluster.Etcd); !state.Running {
			return fmt.Errorf("etcd has ended (%s)", state.Ended)
		}
		return client.Ready(ctx)
	})
}

// StartSecondAPIServer starts another API server, such as the pristine one, on the data of the first. It returns the path of the
// kubeconfig for it.
func (n *Node) StartSecondAPIServer(ctx context.Context, args []string) (string, error) {
	if n.spec.Cluster == nil {
		return "", fmt.Errorf("this node is no cluster: bring one up with the command cluster")
	}
	if len(args) != 1 {
		return "", fmt.Errorf("which API server? Name one program")
	}
	argv := cluster.SecondAPIServerArgv(args[0], n.spec.Credentials(), n.spec.Cluster.Verbosity)
	if err := n.start(cluster.SecondAPIServer, argv); err != nil {
		return "", err
	}
	kubeconfig := n.spec.Credentials().SecondKubeconfig()
	return kubeconfig + "\n", n.awaitAPIServer(ctx, cluster.SecondAPIServer, kubeconfig)
}

// StopSecondAPIServer kills the second API server.
func (n *Node) StopSecondAPIServer() error {
	return n.units.Stop(cluster.SecondAPIServer, syscall.SIGKILL, 10*time.Second)
}

func (n *Node) howToCluster(enter string) string {
	return fmt.Sprintf(`  %s kubectl get pods -A
  %s bash          # there, kubectl and KUBECONFIG are set
Images that pods can have: registry.k8s.io/e2e-test-images/busybox:1.37.0-2, and what else _output/node/images/index.json names.
`, enter, enter)
}
