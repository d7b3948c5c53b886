// SPDX-License-Identifier: Apache-2.0

package e2ecluster

import (
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"
)

// cloudSQLWebhook is the name of the webhook of Google's operator for the proxy.
const cloudSQLWebhook = "cloud-sql-proxy-operator-mutating-webhook-configuration"

// cloudSQLCast has the stand-in for the proxy, which exits when it is asked to.
var cloudSQLCast = cast{"gcr.io/cloud-sql-connectors/cloud-sql-proxy": {env: map[string]string{"AGENT_PORT": "9091"}}}

// injectCloudSQL changes a pod as cloud-sql-proxy-operator does on Kubernetes 1.29 and later for an AuthProxyWorkload "db" in the pod's
// namespace: a native sidecar whose preStop hook makes it exit.
func injectCloudSQL(namespace string) mutation {
	return func(pod *v1.Pod) {
		proxy := v1.Container{
			Name:          "csql-" + namespace + "-db",
			Image:         "gcr.io/cloud-sql-connectors/cloud-sql-proxy:2.24.1",
			RestartPolicy: ptr.To(v1.ContainerRestartPolicyAlways),
			Ports:         []v1.ContainerPort{{ContainerPort: 9801}},
			Env:           []v1.EnvVar{{Name: "CSQL_PROXY_QUITQUITQUIT", Value: "true"}},
			StartupProbe:  httpProbe(9801, "/startup"),
			LivenessProbe: httpProbe(9801, "/liveness"),
			Lifecycle: &v1.Lifecycle{PreStop: &v1.LifecycleHandler{
				HTTPGet: &v1.HTTPGetAction{Port: intstr.FromInt32(9091), Path: "/quitquitquit"},
			}},
		}
		proxy.StartupProbe.FailureThreshold, proxy.StartupProbe.TimeoutSeconds = 60, 10
		proxy.LivenessProbe.PeriodSeconds, proxy.LivenessProbe.TimeoutSeconds = 10, 10
		pod.Spec.InitContainers = append([]v1.Container{proxy}, pod.Spec.InitContainers...)
	}
}
