// SPDX-License-Identifier: Apache-2.0

package e2ecluster

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	// orderingLabel is the label of nodes with our kubelet.
	orderingLabel = "node-restriction.kubernetes.io/container-dependencies"
	// orderingVersion is a part of our kubelet's version that no other kubelet's has.
	orderingVersion = "+ordering."
	// nodeTimeout is for a node, or a service of it, to come back.
	nodeTimeout = 5 * time.Minute
	// patience is for kubectl, where all that matters is the order of what happens. Three nodes may share two processors.
	patience = "--timeout=5m"
)

// node is a node of a kind cluster: a container of docker, with systemd in it. Specs that use it run where docker and kubectl reach the
// cluster, and share their TMPDIR with all nodes at the same path, for the stages.
type node struct {
	*cluster
	name string
}

// workers returns the workers of the cluster whose kubelet is ours, or those whose kubelet is not.
func (c *cluster) workers(ctx context.Context, ours bool) []node {
	ginkgo.GinkgoHelper()
	list, err := c.client.CoreV1().Nodes().List(ctx, metav1.ListOptions{LabelSelector: "!node-role.kubernetes.io/control-plane"})
	gomega.Expect(err).NotTo(gomega.HaveOccurred(), "list the workers")
	var found []node
	for _, n := range list.Items {
		if strings.Contains(n.Status.NodeInfo.KubeletVersion, orderingVersion) == ours {
			found = append(found, node{cluster: c, name: n.Name})
		}
	}
	return found
}

// orderingWorker returns a worker with our kubelet.
func (c *cluster) orderingWorker(ctx context.Context) node {
	ginkgo.GinkgoHelper()
	found := c.workers(ctx, true)
	gomega.Expect(found).NotTo(gomega.BeEmpty(), "workers with our kubelet")
	return found[0]
}

// stockWorker returns a worker with the stock kubelet.
func (c *cluster) stockWorker(ctx context.Context) node {
	ginkgo.GinkgoHelper()
	found := c.workers(ctx, false)
	gomega.Expect(found).NotTo(gomega.BeEmpty(), "workers with the stock kubelet")
	return found[0]
}

// pin makes the pods of a template run on the node, whatever its labels say of its kubelet.
func (n node) pin(template *v1.PodTemplateSpec) {
	template.Spec.NodeSelector = map[string]string{v1.LabelHostname: n.name}
}

// onOrderingNodes makes the pods of a template select nodes with our kubelet, as the guide tells users to.
func onOrderingNodes(template *v1.PodTemplateSpec) {
	template.Spec.NodeSelector = map[string]string{orderingLabel: "true"}
}

// read returns the node's object.
func (n node) read(ctx context.Context) (*v1.Node, error) {
	return n.client.CoreV1().Nodes().Get(ctx, n.name, metav1.GetOptions{})
}

// version returns the version of the node's kubelet as the cluster knows it.
func (n node) version(ctx context.Context) string {
	ginkgo.GinkgoHelper()
	object, err := n.read(ctx)
	gomega.Expect(err).NotTo(gomega.HaveOccurred(), "read node %q", n.name)
	return object.Status.NodeInfo.KubeletVersion
}

// run runs a command in the node and returns its output, stderr included.
func (n node) run(ctx context.Context, command ...string) (string, error) {
	output, err := exec.CommandContext(ctx, "docker", append([]string{"exec", n.name}, command...)...).CombinedOutput()
	if err != nil {
		return string(output), fmt.Errorf("%s in node %q: %w: %s", strings.Join(command, " "), n.name, err, output)
	}
	return string(output), nil
}

// restartUnit restarts a service of the node, and waits until kubelet and container runtime answer again.
func (n node) restartUnit(ctx context.Context, unit string) {
	ginkgo.GinkgoHelper()
	ginkgo.By(fmt.Sprintf("Restarting %s on %s", unit, n.name))
	began := time.Now()
	// systemd would refuse the sixth start within ten seconds.
	_, err := n.run(ctx, "systemctl", "reset-failed", unit)
	gomega.Expect(err).NotTo(gomega.HaveOccurred())
	_, err = n.run(ctx, "systemctl", "restart", unit)
	gomega.Expect(err).NotTo(gomega.HaveOccurred())
	n.expectUp(ctx, began)
}

// restart restarts the whole node.
func (n node) restart(ctx context.Context) {
	ginkgo.GinkgoHelper()
	ginkgo.By("Restarting the node " + n.name)
	began := time.Now()
	output, err := exec.CommandContext(ctx, "docker", "restart", n.name).CombinedOutput()
	gomega.Expect(err).NotTo(gomega.HaveOccurred(), "docker restart: %s", output)
	n.expectUp(ctx, began)
	ginkgo.By(fmt.Sprintf("The node is up %s after that", time.Since(began).Round(time.Second)))
}

// expectUp waits until the node's runtime and kubelet answer, and the node is Ready.
func (n node) expectUp(ctx context.Context, since time.Time) {
	ginkgo.GinkgoHelper()
	gomega.Eventually(ctx, func(ctx context.Context) error {
		if _, err := n.run(ctx, "crictl", "ps", "-q"); err != nil {
			return err
		}
		if answer, err := n.run(ctx, "sh", "-c", "systemctl is-active kubelet containerd"); err != nil {
			return fmt.Errorf("%w: %s", err, answer)
		}
		if _, err := n.client.CoreV1().RESTClient().Get().AbsPath("/api/v1/nodes/" + n.name + "/proxy/healthz").DoRaw(ctx); err != nil {
			return fmt.Errorf("ask the kubelet: %w", err)
		}
		object, err := n.read(ctx)
		if err != nil {
			return err
		}
		for _, condition := range object.Status.Conditions {
			if condition.Type == v1.NodeReady && condition.Status == v1.ConditionTrue {
				return nil
			}
		}
		return fmt.Errorf("node %q is not Ready, %s after the restart", n.name, time.Since(since).Round(time.Second))
	}).WithTimeout(nodeTimeout).WithPolling(500*time.Millisecond).Should(gomega.Succeed(), "node %q is up", n.name)
}

// exchange calls hack/kind.sh switch, and returns its output.
func (n node) exchange(ctx context.Context, to string, flags ...string) (string, error) {
	args := append([]string{"switch", n.name, to}, flags...)
	output, err := exec.CommandContext(ctx, *kindScript, args...).CombinedOutput()
	ginkgo.By(fmt.Sprintf("kind.sh %s (%v):\n%s", strings.Join(args, " "), err, output))
	return string(output), err
}

// expectExchange exchanges the node's kubelet, and asserts what must be true of the node afterwards.
func (n node) expectExchange(ctx context.Context, to string, flags ...string) string {
	ginkgo.GinkgoHelper()
	output, err := n.exchange(ctx, to, flags...)
	gomega.Expect(err).NotTo(gomega.HaveOccurred(), "kind.sh switch: %s", output)
	object, err := n.read(ctx)
	gomega.Expect(err).NotTo(gomega.HaveOccurred(), "read node %q", n.name)
	ours := to == "ours"
	gomega.Expect(strings.Contains(object.Status.NodeInfo.KubeletVersion, orderingVersion)).To(gomega.Equal(ours),
		"version %q after the switch to %s", object.Status.NodeInfo.KubeletVersion, to)
	_, labelled := object.Labels[orderingLabel]
	gomega.Expect(labelled).To(gomega.Equal(ours), "the label after the switch to %s", to)
	gomega.Expect(object.Spec.Unschedulable).To(gomega.BeFalseBecause("the switch uncordons the node"))
	return output
}

// identities returns the ID and the number of restarts of each container of the pods that has an ID, by pod and container.
func (c *cluster) identities(ctx context.Context, pods ...string) map[string]string {
	ginkgo.GinkgoHelper()
	found := map[string]string{}
	for _, name := range pods {
		pod, err := c.client.CoreV1().Pods(c.namespace).Get(ctx, name, metav1.GetOptions{})
		gomega.Expect(err).NotTo(gomega.HaveOccurred(), "read pod %q", name)
		for _, status := range pod.Status.ContainerStatuses {
			if status.ContainerID != "" {
				found[name+"/"+status.Name] = fmt.Sprintf("%s, %d restarts", status.ContainerID, status.RestartCount)
			}
		}
	}
	return found
}
