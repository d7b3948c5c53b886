// SPDX-License-Identifier: Apache-2.0

package e2ecluster

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	"k8s.io/kubernetes/test/utils/actor"
)

// inState is a pod in one state, and what the plugin says of it.
type inState struct {
	// policy is the pod's restart policy, if it is not Always.
	policy string
	// order is what the pod's containers say.
	order map[string]string
	// containers are their commands and, after a bar, more of their specs, by name.
	containers [][2]string
	// why are texts in the output of `why`, which exits with that code.
	why  []string
	code int
}

const (
	forEver    = `[sh, -c, "trap 'exit 0' TERM; while :; do sleep 0.1; done"]`
	neverUp    = forEver + "|readinessProbe: {exec: {command: [cat, /tmp/ready]}, periodSeconds: 1}"
	waitsForA  = `{"dependsOn": [{"container": "a"}]}`
	needsADone = `{"dependsOn": [{"container": "a", "condition": "Succeeded"}]}`
)

var states = map[string]inState{
	"waiting": {order: map[string]string{"app": waitsForA}, containers: [][2]string{{"app", forEver}, {"a", neverUp}}, code: 1,
		why: []string{"1 of 2 containers wait", "\napp: waits since ", "└─ a to be Ready: runs since ", "its readiness probe has not passed",
			"Readiness probe failed: cat: can't open '/tmp/ready'", "kubectl logs -n NAMESPACE waiting -c a"}},
	"held": {order: map[string]string{"app": `{"dependsOn": [{"container": "absent"}], "stopTimeoutSeconds": 99}`},
		containers: [][2]string{{"app", forEver}}, code: 1,
		why: []string{"the kubelet cannot follow the order, and holds the pod", `Invalid value: "absent"`, "Invalid value: 99", "edit the annotation"}},
	"failed": {policy: "Never", order: map[string]string{"app": needsADone},
		containers: [][2]string{{"app", forEver}, {"a", `[sh, -c, "exit 3"]`}}, code: 1,
		why: []string{"the pod has failed: DependencyFailed", "app: can never start", "└─ a to be Succeeded, which can never be: exited with code 3",
			"kubectl logs -n NAMESPACE failed -c a"}},
	"unreachable": {order: map[string]string{"app": needsADone},
		containers: [][2]string{{"app", forEver}, {"a", `[sh, -c, "exit 3"]|restartPolicy: Never`}}, code: 1,
		why: []string{"app: can never start", "└─ a to be Succeeded, which can never be: exited with code 3"}},
	"done": {policy: "Never", order: map[string]string{"a": `{"type": "Sidecar"}`},
		containers: [][2]string{{"app", `[sleep, "1"]`}, {"a", forEver + "|restartPolicy: Always"}},
		why:        []string{"no container waits", "the pod has completed"}},
	"crashing": {order: map[string]string{"app": waitsForA}, code: 1,
		containers: [][2]string{{"app", forEver},
			{"a", `[sh, -c, "echo no certificates >/dev/termination-log; exit 1"]|readinessProbe: {exec: {command: [cat, /tmp/ready]}}`}},
		why: []string{"└─ a to be Ready: has failed ", ": no certificates\n", "kubectl logs -n NAMESPACE crashing -c a --previous"}},
	"no-image": {order: map[string]string{"app": waitsForA}, code: 1,
		containers: [][2]string{{"app", forEver}, {"a", forEver + "|image: registry.k8s.io/e2e-test-images/absent:1"}},
		why:        []string{"└─ a to be Ready: its image cannot be pulled (", `correct the image "registry.k8s.io/e2e-test-images/absent:1" of container "a"`}},
	"running": {order: map[string]string{"app": waitsForA}, containers: [][2]string{{"app", forEver}, {"a", forEver}},
		why: []string{": no container waits\n"}},
	// The times of a status are in seconds: the hook of the app keeps the other from starting within the same one.
	"older": {containers: [][2]string{{"app", forEver + `|lifecycle: {postStart: {exec: {command: [sleep, "2"]}}}`}, {"a", `[sh, -c, "sleep 3; touch /tmp/ready; sleep 1000"]|` +
		"readinessProbe: {exec: {command: [cat, /tmp/ready]}, periodSeconds: 1}"}}, code: 1,
		why: []string{`the order is not in force: "app" has started before "a"`, "delete the pod"}},
	"stopping": {order: map[string]string{"app": waitsForA}, code: 1,
		containers: [][2]string{{"app", `[sh, -c, "trap '' TERM; while :; do sleep 0.1; done"]`}, {"a", forEver}},
		why:        []string{"the pod stops since ", `: stopping "app"; "a" waits for "app"`}},
}

// manifest writes the pod.
func (s inState) manifest(name string) string {
	var text strings.Builder
	fmt.Fprintf(&text, "---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: %s\n  annotations:\n", name)
	for container, order := range s.order {
		fmt.Fprintf(&text, "    %s%s: '%s'\n", dependency.AnnotationPrefix, container, order)
	}
	policy := s.policy
	if policy == "" {
		policy = "Always"
	}
	fmt.Fprintf(&text, "spec:\n  restartPolicy: %s\n  containers:\n", policy)
	for _, c := range s.containers {
		command, more, _ := strings.Cut(c[1], "|")
		if !strings.HasPrefix(more, "image:") {
			fmt.Fprintf(&text, "  - name: %s\n    image: registry.k8s.io/e2e-test-images/busybox:1.37.0-2\n    command: %s\n", c[0], command)
		} else {
			fmt.Fprintf(&text, "  - name: %s\n    command: %s\n", c[0], command)
		}
		if more != "" {
			fmt.Fprintf(&text, "    %s\n", more)
		}
	}
	return text.String()
}

// order runs the plugin in the namespace and returns its output and exit code.
func (c *cluster) order(ctx context.Context, args ...string) (string, int, error) {
	ginkgo.GinkgoHelper()
	if *plugin == "" {
		ginkgo.Skip("this needs the kubectl plugin: name it with -kubectl-order")
	}
	output, err := exec.CommandContext(ctx, *plugin, append(args, "--namespace", c.namespace)...).CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return string(output), exit.ExitCode(), nil
	}
	return string(output), 0, err
}

// expectOrder waits until the plugin's output has the texts and its exit code is that.
func (c *cluster) expectOrder(ctx context.Context, code int, texts []string, args ...string) {
	ginkgo.GinkgoHelper()
	var matchers []gomega.OmegaMatcher
	for _, text := range texts {
		matchers = append(matchers, gomega.ContainSubstring(strings.ReplaceAll(text, "NAMESPACE", c.namespace)))
	}
	gomega.Eventually(ctx, func(ctx context.Context) (string, error) {
		output, got, err := c.order(ctx, args...)
		if err == nil && got != code {
			err = fmt.Errorf("it exits with %d instead of %d: %s", got, code, output)
		}
		return output, err
	}).WithTimeout(2*time.Minute).Should(gomega.And(matchers...), "kubectl order %s", strings.Join(args, " "))
}

var _ = ginkgo.Describe("kubectl order", ginkgo.Label(annotationOnly), func() {
	c := inNamespace()

	ginkgo.It("should explain pods in every state, of a stock API server", func(ctx context.Context) {
		var manifests strings.Builder
		for name, state := range states {
			manifests.WriteString(state.manifest(name))
		}
		apply := exec.CommandContext(ctx, "kubectl", "--namespace", c.namespace, "create", "-f", "-")
		apply.Stdin = strings.NewReader(manifests.String())
		output, err := apply.CombinedOutput()
		gomega.Expect(err).NotTo(gomega.HaveOccurred(), "create the pods: %s", output)
		for _, name := range []string{"running", "stopping", "older"} {
			c.expectPod(ctx, name, actor.HaveRunning("app", "a"), "pod %q runs", name)
		}
		c.kubectl(ctx, "annotate", "pod", "older", dependency.AnnotationPrefix+`a={"type": "Sidecar"}`)

		for name, state := range states {
			if name != "stopping" {
				c.expectOrder(ctx, state.code, state.why, "why", name)
			}
		}
		c.expectOrder(ctx, 0, []string{" a    ", " app  · waits for a Ready "}, "timeline", "waiting")
		c.expectOrder(ctx, 0, []string{"app started ", "a           0 s"}, "critical-chain", "running")
		c.expectOrder(ctx, 2, []string{"the order is not in force"}, "critical-chain", "older")
		c.expectOrder(ctx, 0, []string{"app waits for a to be Ready"}, "graph", "running")
		c.expectOrder(ctx, 1, []string{"error: pod/held in NAMESPACE: ", " that use ordering, of 10\n"}, "lint")
		c.expectOrder(ctx, 0, []string{"pod/stopping: grace period 30 s, 2 stages"}, "plan", "stopping")
		c.expectOrder(ctx, 0, []string{"yes", "+ordering.", "ContainerDependencies=true", "1 of 1 node follows orders"}, "nodes", "--gates")

		ginkgo.By("Deleting a pod, which is there for its grace period only: some of the other states take longer than that")
		gomega.Expect(c.client.CoreV1().Pods(c.namespace).Delete(ctx, "stopping", metav1.DeleteOptions{})).To(gomega.Succeed())
		c.expectOrder(ctx, states["stopping"].code, states["stopping"].why, "why", "stopping")
		c.expectOrder(ctx, 0, []string{"╳╳╳"}, "timeline", "stopping")
	})
})

var _ = ginkgo.Describe("kubectl order on a stock node", ginkgo.Label(stockKubelet), func() {
	c := inNamespace()

	ginkgo.It("should say that the node does not follow the order", func(ctx context.Context) {
		apply := exec.CommandContext(ctx, "kubectl", "--namespace", c.namespace, "create", "-f", "-")
		apply.Stdin = strings.NewReader(states["running"].manifest("running"))
		output, err := apply.CombinedOutput()
		gomega.Expect(err).NotTo(gomega.HaveOccurred(), "create the pod: %s", output)
		c.expectPod(ctx, "running", actor.HaveRunning("app", "a"), "the pod runs")
		c.expectOrder(ctx, 1, []string{"does not follow orders: all containers start and stop at once", "keep the pod off this node"}, "why", "running")
		c.expectOrder(ctx, 0, []string{"does not follow orders"}, "timeline", "running")
		c.expectOrder(ctx, 2, []string{"no chain of waits"}, "critical-chain", "running")
		c.expectOrder(ctx, 0, []string{"0 of 1 node follows orders"}, "nodes")
	})
})
