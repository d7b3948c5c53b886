// SPDX-License-Identifier: Apache-2.0

package shape

import (
	"fmt"
	"net"
	"strconv"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"kubelet-ordering/pkg/api/v1/dependency"
)

// Reasons of the events of a container that starts and whose image the node has.
var Reasons = []string{"Pulled", "Created", "Started"}

// TenantContainers are the containers of an ordinary tenant.
var TenantContainers = []string{"proxy", App}

// TenantPeriod is the period of an ordinary tenant's probes, in seconds.
const TenantPeriod = 1

// Paths of the server that answers the tenants' probes. The name of the pod follows.
const (
	LivePath  = "/live/"
	ReadyPath = "/ready/"
	hangPath  = "/hang/"
)

// Bystander returns an ordinary tenant of a node: a proxy with probes that the server at the address answers, and an app. In every other
// pod the app waits for the proxy. The kubelet makes liveness probes at their periods and at no other time.
func Bystander(i int, server net.Addr) *v1.Pod {
	pod := empty(fmt.Sprintf("ordinary-%d", i))
	proxy := sleeper(TenantContainers[0])
	proxy.ReadinessProbe = web(server, ReadyPath+pod.Name, TenantPeriod)
	proxy.LivenessProbe = web(server, LivePath+pod.Name, TenantPeriod)
	if i%2 == 1 {
		order(pod, proxy.Name, `{"type": "Sidecar"}`)
	}
	pod.Spec.Containers = []v1.Container{proxy, sleeper(TenantContainers[1])}
	return pod
}

// Idle returns a tenant that does nothing.
func Idle(i int) *v1.Pod {
	pod := empty(fmt.Sprintf("idle-%d", i))
	pod.Spec.Containers = []v1.Container{sleeper(App)}
	return pod
}

func sleeper(name string) v1.Container { return container(Case{}, 0, Node{Name: name}) }

// web returns an HTTP probe that the server at the address answers, on the node itself.
func web(server net.Addr, path string, period int32) *v1.Probe {
	host, port, _ := net.SplitHostPort(server.String())
	number, _ := strconv.Atoi(port)
	return &v1.Probe{
		ProbeHandler:  v1.ProbeHandler{HTTPGet: &v1.HTTPGetAction{Host: host, Path: path, Port: intstr.FromInt32(int32(number))}},
		PeriodSeconds: period, TimeoutSeconds: 1, FailureThreshold: 1000,
	}
}

func order(pod *v1.Pod, container, text string) {
	metav1.SetMetaDataAnnotation(&pod.ObjectMeta, dependency.AnnotationPrefix+container, text)
}
