// SPDX-License-Identifier: Apache-2.0

package e2ecluster

import (
	v1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
)

// linkerdWebhook is the name of Linkerd's injector.
const linkerdWebhook = "linkerd-proxy-injector-webhook-config"

// linkerdCast has the stand-in for Linkerd's proxy.
var linkerdCast = cast{"cr.l5d.io/linkerd/proxy": {tools: map[string]string{"/usr/lib/linkerd/linkerd-await": "linkerd-await"}}}

// injectLinkerd changes a pod as Linkerd does by default since edge-26.5.2, as far as the order of containers can notice. A pod opts out
// of a native proxy by annotation; its proxy is then injected first and holds the others back (config.linkerd.io/proxy-await).
func injectLinkerd(pod *v1.Pod) {
	proxy := v1.Container{
		Name:  "linkerd-proxy",
		Image: "cr.l5d.io/linkerd/proxy:edge-26.8.2",
		Ports: []v1.ContainerPort{
			{Name: "linkerd-proxy", ContainerPort: 4143}, {Name: "linkerd-admin", ContainerPort: 4191},
		},
		ReadinessProbe: httpProbe(4191, "/ready"),
		LivenessProbe:  httpProbe(4191, "/live"),
	}
	proxy.ReadinessProbe.InitialDelaySeconds, proxy.ReadinessProbe.PeriodSeconds = 2, 10
	proxy.LivenessProbe.InitialDelaySeconds, proxy.LivenessProbe.PeriodSeconds = 10, 10
	setup := v1.Container{Name: "linkerd-init", Image: proxy.Image, Command: []string{"/usr/lib/linkerd/linkerd2-proxy-init"}}
	if pod.Annotations["config.linkerd.io/proxy-enable-native-sidecar"] != "false" {
		proxy.RestartPolicy = ptr.To(v1.ContainerRestartPolicyAlways)
		proxy.StartupProbe = httpProbe(4191, "/ready")
		proxy.StartupProbe.FailureThreshold = 120
		pod.Spec.InitContainers = append([]v1.Container{setup, proxy}, pod.Spec.InitContainers...)
		return
	}
	proxy.Lifecycle = &v1.Lifecycle{PostStart: &v1.LifecycleHandler{Exec: &v1.ExecAction{
		Command: []string{"/usr/lib/linkerd/linkerd-await", "--timeout=2m", "--port=4191"},
	}}}
	pod.Spec.InitContainers = append(pod.Spec.InitContainers, setup)
	pod.Spec.Containers = append([]v1.Container{proxy}, pod.Spec.Containers...)
}
