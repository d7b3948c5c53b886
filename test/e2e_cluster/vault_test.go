// SPDX-License-Identifier: Apache-2.0

package e2ecluster

import (
	"encoding/json"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"

	v1 "k8s.io/api/core/v1"
)

// vaultWebhook is the name of the injector of Vault's agent.
const vaultWebhook = "vault-agent-injector-cfg"

// vaultCast has the stand-in for Vault's agent. It writes the secret that the app needs at its start.
var vaultCast = cast{
	"hashicorp/vault": {
		env:   map[string]string{"MAKES": "/vault/secrets/db", "WARM_UP": "1"},
		tools: map[string]string{"/bin/vault": "vault"},
	},
	"registry.example/shop-web":    {env: map[string]string{"NEEDS": "/vault/secrets/db"}},
	"registry.example/shop-worker": {env: map[string]string{"NEEDS": "/vault/secrets/db"}},
}

// injectVault changes a pod as vault-k8s does, as far as the order of containers can notice.
func injectVault(pod *v1.Pod) {
	const prefix = "vault.hashicorp.com/"
	if pod.Annotations[prefix+"agent-inject"] != "true" {
		return
	}
	secrets := v1.VolumeMount{Name: "vault-secrets", MountPath: "/vault/secrets"}
	pod.Spec.Volumes = append(pod.Spec.Volumes, v1.Volume{Name: secrets.Name, VolumeSource: v1.VolumeSource{
		EmptyDir: &v1.EmptyDirVolumeSource{Medium: v1.StorageMediumMemory},
	}})
	for i := range pod.Spec.Containers {
		pod.Spec.Containers[i].VolumeMounts = append(pod.Spec.Containers[i].VolumeMounts, secrets)
	}
	agent := v1.Container{
		Name: "vault-agent", Image: "hashicorp/vault:2.0.4",
		Command: []string{"/bin/sh", "-ec"}, Args: []string{"vault agent -config=/home/vault/config.json"},
		VolumeMounts: []v1.VolumeMount{secrets},
	}
	if pod.Annotations[prefix+"agent-pre-populate"] != "false" {
		setup := agent
		setup.Name = "vault-agent-init"
		pod.Spec.InitContainers = append(pod.Spec.InitContainers, setup)
	}
	if pod.Annotations[prefix+"agent-revoke-on-shutdown"] == "true" {
		grace := pod.Annotations[prefix+"agent-revoke-grace"]
		agent.Lifecycle = &v1.Lifecycle{PreStop: &v1.LifecycleHandler{Exec: &v1.ExecAction{
			Command: []string{"/bin/sh", "-c", "/bin/sleep " + grace + " && /bin/vault token revoke -address=https://vault.example:8200 -self"},
		}}}
	}
	if text := pod.Annotations[prefix+"agent-json-patch"]; text != "" {
		agent = patched(agent, text)
	}
	pod.Spec.Containers = append(pod.Spec.Containers, agent)
}

// patched applies a JSON patch to the container. A patch that does not apply leaves the container as it was, so that the spec fails.
func patched(c v1.Container, text string) v1.Container {
	before, _ := json.Marshal(c)
	patch, err := jsonpatch.DecodePatch([]byte(text))
	if err != nil {
		return c
	}
	after, err := patch.Apply(before)
	if err != nil {
		return c
	}
	var changed v1.Container
	if err := json.Unmarshal(after, &changed); err != nil {
		return c
	}
	return changed
}
