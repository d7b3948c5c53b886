// SPDX-License-Identifier: Apache-2.0

package e2ecluster

import (
	"encoding/json"
	"slices"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"
)

const (
	// istioStatusPort is where Istio's agent answers the probes of all other containers.
	istioStatusPort = 15020
	// istioWebhook is the name of Istio's injector.
	istioWebhook = "istio-sidecar-injector"
)

// istioCast has the stand-in for Istio's agent. It asks the app what the app's own probe asked for.
var istioCast = cast{
	"docker.io/istio/proxyv2": {
		env:   map[string]string{"AGENT_PORT": "15020"},
		tools: map[string]string{"/usr/local/bin/pilot-agent": "pilot-agent"},
	},
	"registry.example/shop-web": {env: map[string]string{"SERVE": "8080/ready"}},
}

// injectIstio changes a pod as Istio 1.32 does, as far as the order of containers can notice: with a native proxy unless the pod opts
// out by annotation. A regular proxy is first in the list and holds the others back (holdApplicationUntilProxyStarts, no default).
func injectIstio(pod *v1.Pod) {
	native := pod.Annotations["sidecar.istio.io/nativeSidecar"] != "false"
	probes := rewriteProbes(pod)
	proxy := v1.Container{
		Name:         "istio-proxy",
		Image:        "docker.io/istio/proxyv2:1.32",
		Args:         []string{"proxy", "sidecar"},
		Ports:        []v1.ContainerPort{{Name: "http-envoy-prom", ContainerPort: 15090}},
		Env:          []v1.EnvVar{{Name: "ISTIO_KUBE_APP_PROBERS", Value: probes}},
		StartupProbe: httpProbe(15021, "/healthz/ready"),
		ReadinessProbe: &v1.Probe{
			ProbeHandler:  v1.ProbeHandler{HTTPGet: &v1.HTTPGetAction{Port: intstr.FromInt32(15021), Path: "/healthz/ready"}},
			PeriodSeconds: 15, TimeoutSeconds: 3, FailureThreshold: 4,
		},
	}
	proxy.StartupProbe.FailureThreshold, proxy.StartupProbe.TimeoutSeconds = 600, 3
	setup := v1.Container{Name: "istio-init", Image: proxy.Image, Args: []string{"istio-iptables", "-p", "15001", "-z", "15006"}}
	if native {
		proxy.RestartPolicy = ptr.To(v1.ContainerRestartPolicyAlways)
		proxy.Lifecycle = &v1.Lifecycle{PreStop: &v1.LifecycleHandler{Exec: &v1.ExecAction{
			Command: []string{"pilot-agent", "request", "--debug-port=15020", "POST", "drain"},
		}}}
		pod.Spec.InitContainers = append([]v1.Container{setup, proxy}, pod.Spec.InitContainers...)
		return
	}
	proxy.Lifecycle = &v1.Lifecycle{PostStart: &v1.LifecycleHandler{Exec: &v1.ExecAction{Command: []string{"pilot-agent", "wait"}}}}
	pod.Spec.InitContainers = append(pod.Spec.InitContainers, setup)
	pod.Spec.Containers = append([]v1.Container{proxy}, pod.Spec.Containers...)
}

// rewriteProbes sends the HTTP probes of all containers to Istio's agent, and returns what the agent needs to know of them. Istio does
// the same with TCP and gRPC probes, and with hooks that send requests. Probes that run a program stay.
func rewriteProbes(pod *v1.Pod) string {
	original := map[string]map[string]*v1.HTTPGetAction{}
	rewrite := func(p *v1.Probe, path string) {
		if p == nil || p.HTTPGet == nil {
			return
		}
		original[path] = map[string]*v1.HTTPGetAction{"httpGet": p.HTTPGet.DeepCopy()}
		p.HTTPGet.Path, p.HTTPGet.Port = path, intstr.FromInt32(istioStatusPort)
	}
	for _, list := range [][]v1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for i := range list {
			c := &list[i]
			rewrite(c.ReadinessProbe, "/app-health/"+c.Name+"/readyz")
			rewrite(c.LivenessProbe, "/app-health/"+c.Name+"/livez")
			rewrite(c.StartupProbe, "/app-health/"+c.Name+"/startupz")
		}
	}
	// A map of strings and numbers can always be encoded.
	text, _ := json.Marshal(original)
	return string(text)
}

// hasContainer reports whether the pod has the regular or init container.
func hasContainer(pod *v1.Pod, name string) bool {
	return slices.ContainsFunc(slices.Concat(pod.Spec.InitContainers, pod.Spec.Containers), func(c v1.Container) bool {
		return c.Name == name
	})
}
