// SPDX-License-Identifier: Apache-2.0

package shape

import (
	"fmt"
	"net"
	"strings"

	v1 "k8s.io/api/core/v1"
)

const (
	// most is how many containers a pod that uses ordering may have, and largest how many bytes one of its annotations.
	most    = 128
	largest = 16 << 10
	// largestAll is how many bytes all annotations of a pod may have, with their keys, less some for those that the kubelet adds.
	largestAll = 255 << 10
	// hostilePeriod is a probe period during which a kubelet may make many extra probes. hostileTimeout is a long timeout.
	hostilePeriod  = 300
	hostileTimeout = 300
)

// absent is an image that no registry has. slow is one that the node's registry serves in an hour.
const (
	absent = "registry.k8s.io/no-such-image:1"
	slow   = "registry.k8s.io/e2e-test-images/busybox:slow-3600s-%s"
)

// hostile are the ways in which hostile tenants abuse the kubelet. The first container, head, runs on any kubelet, and the others wait
// for it: for ever, as it never becomes ready.
var hostile = []struct {
	kind string
	make func(pod *v1.Pod, server net.Addr)
}{
	{"wide", func(pod *v1.Pod, _ net.Addr) {
		head(pod).ReadinessProbe = run(1, "false")
		wait(pod, most)
		pad(pod)
	}},
	{"hang", func(pod *v1.Pod, server net.Addr) {
		head(pod).ReadinessProbe = run(hostileTimeout, "sleep", "3600")
		add(pod, "web").ReadinessProbe = web(server, hangPath+pod.Name, hostilePeriod)
		pod.Spec.Containers[1].ReadinessProbe.TimeoutSeconds = hostileTimeout
		wait(pod, most/2)
		order(pod, "web", `{"type": "Sidecar"}`)
	}},
	{"fail", func(pod *v1.Pod, _ net.Addr) {
		head(pod).ReadinessProbe = run(1, "no-such-program")
		closed := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1}
		add(pod, "web").ReadinessProbe = web(closed, "/", 1)
		wait(pod, most/2)
		order(pod, "web", `{"type": "Sidecar"}`)
	}},
	{"image", func(pod *v1.Pod, _ net.Addr) {
		head(pod).ReadinessProbe = run(1, "false")
		add(pod, "absent").Image = absent
		add(pod, "slow").Image = fmt.Sprintf(slow, pod.Name)
		order(pod, "slow", waiting)
		wait(pod, most/2)
	}},
	{"hook", func(pod *v1.Pod, _ net.Addr) {
		head(pod).Lifecycle = &v1.Lifecycle{PostStart: &v1.LifecycleHandler{Exec: &v1.ExecAction{Command: []string{"false"}}}}
		wait(pod, most/2)
	}},
	{"invalid", func(pod *v1.Pod, _ net.Addr) {
		head(pod)
		order(pod, "head", strings.Repeat("[", largest))
		order(pod, "nobody", strings.Repeat("x", 2*largest))
	}},
	{"bomb", func(pod *v1.Pod, _ net.Addr) {
		head(pod)
		order(pod, "head", bomb())
	}},
}

// Hostile returns a tenant that is as costly for a kubelet as one that knows the bounds of ordering can make it, in one of several ways.
// Few of its containers ever run, on any kubelet. The server at the address never answers some of its probes.
func Hostile(i int, server net.Addr) *v1.Pod {
	how := hostile[i%len(hostile)]
	pod := empty(fmt.Sprintf("hostile-%d-%s", i, how.kind))
	how.make(pod, server)
	return pod
}

// waiting is the order of a container that waits for the head of its pod.
const waiting = `{"dependsOn": [{"container": "head"}]}`

func head(pod *v1.Pod) *v1.Container { return add(pod, "head") }

func add(pod *v1.Pod, name string) *v1.Container {
	pod.Spec.Containers = append(pod.Spec.Containers, sleeper(name))
	return &pod.Spec.Containers[len(pod.Spec.Containers)-1]
}

// wait adds waiting containers until the pod has so many. Where nothing holds them back, they cannot start, so that they cost no
// processes there either.
func wait(pod *v1.Pod, containers int) {
	for i := len(pod.Spec.Containers); i < containers; i++ {
		name := fmt.Sprintf("w%d", i)
		c := add(pod, name)
		c.Image, c.ImagePullPolicy = absent, v1.PullNever
		order(pod, name, waiting)
	}
}

// run returns an exec probe.
func run(timeout int32, command ...string) *v1.Probe {
	return &v1.Probe{
		ProbeHandler:  v1.ProbeHandler{Exec: &v1.ExecAction{Command: command}},
		PeriodSeconds: hostilePeriod, TimeoutSeconds: timeout, FailureThreshold: 1000,
	}
}

// pad makes the pod's annotations as large as they may be.
func pad(pod *v1.Pod) {
	total := 0
	for key, text := range pod.Annotations {
		total += len(key) + len(text)
	}
	for key, text := range pod.Annotations {
		padding := min(largest-len(text), largestAll-total)
		pod.Annotations[key] = text + strings.Repeat(" ", padding)
		total += padding
	}
}

// bomb returns YAML whose aliases stand for a billion values.
func bomb() string {
	text := "a0: &a0 [" + strings.Repeat("x,", 10) + "]\n"
	for i := range 9 {
		text += fmt.Sprintf("a%d: &a%d [%s]\n", i+1, i+1, strings.Repeat(fmt.Sprintf("*a%d,", i), 10))
	}
	return text
}
