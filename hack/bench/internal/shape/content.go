// SPDX-License-Identifier: Apache-2.0

package shape

import (
	"fmt"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Image is a busybox that the node has.
const Image = "registry.k8s.io/e2e-test-images/busybox:1.37.0-2"

// firstPort is the port of the pod's first container. Each container has its own port, as they share the pod's network.
const firstPort = 8001

// upFile is there from the end of the warm-up of a container with an exec probe.
const upFile = "/tmp/up"

// container returns the part of a container that is the same on all kubelets. It exits at once on SIGTERM unless it is Deaf: the shell,
// process 1, sleeps in `wait`, which a signal interrupts.
func container(c Case, i int, node Node) v1.Container {
	script := "trap 'exit 0' TERM; "
	if c.Kind == Deaf {
		script = "trap '' TERM; "
	}
	if warmUp := c.WarmUpOf(node.Name); warmUp > 0 {
		script += fmt.Sprintf("sleep %g & wait $!; ", warmUp.Seconds())
	}
	switch {
	case node.Ends:
		script += "exit 0"
	case !probed(c, node):
		script += "sleep 2147483647 & wait"
	case c.Exec:
		script += "touch " + upFile + "; sleep 2147483647 & wait"
	default:
		script += fmt.Sprintf("httpd -f -p %d -h /etc & wait", firstPort+i)
	}
	return v1.Container{
		Name:            node.Name,
		Image:           Image,
		ImagePullPolicy: v1.PullIfNotPresent,
		Command:         []string{"sh", "-c", script},
	}
}

// probed reports whether the container has a probe: others wait for it to be ready.
func probed(c Case, node Node) bool {
	return c.Period > 0 && node.Name != App && !node.Ends
}

// probe returns a probe that tolerates a warm-up of any length.
func probe(c Case, i int) *v1.Probe {
	p := &v1.Probe{PeriodSeconds: int32(c.Period), TimeoutSeconds: 1, FailureThreshold: 1000}
	if c.Exec {
		p.Exec = &v1.ExecAction{Command: []string{"test", "-e", upFile}}
		return p
	}
	// httpd serves the image's /etc, which has this file.
	p.HTTPGet = &v1.HTTPGetAction{Path: "/image", Port: intstr.FromInt32(int32(firstPort + i))}
	return p
}
