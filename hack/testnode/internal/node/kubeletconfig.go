// SPDX-License-Identifier: Apache-2.0

package node

import (
	"encoding/json"
	"fmt"
	"maps"

	"kubelet-ordering/hack/testnode/internal/cluster"
)

// renderKubelet returns the configuration of a kubelet, standalone or in the cluster. It is JSON, which is valid YAML too.
func renderKubelet(spec Spec) ([]byte, error) {
	config := commonKubelet(spec)
	for key, value := range map[string]any{
		"address":            "127.0.0.1",
		"readOnlyPort":       10255,
		"authentication":     map[string]any{"anonymous": map[string]any{"enabled": true}, "webhook": map[string]any{"enabled": false}},
		"authorization":      map[string]any{"mode": "AlwaysAllow"},
		"staticPodPath":      spec.Kubelet.ManifestDir,
		"fileCheckFrequency": "1s",
		// The kubelet must do only what the tests ask for: it evicts no pods and collects no images.
		"evictionHard": map[string]string{
			"memory.available": "0%", "nodefs.available": "0%", "nodefs.inodesFree": "0%", "imagefs.available": "0%",
		},
		"imageGCHighThresholdPercent": 100,
		"enforceNodeAllocatable":      []string{"none"},
		"containerRuntimeEndpoint":    "unix://" + spec.runtimeSocket(),
		"oomScoreAdj":                 0,
	} {
		config[key] = value
	}
	if spec.Cluster != nil {
		maps.Copy(config, cluster.KubeletConfig(spec.Credentials()))
	}
	if spec.Kubelet.ShutdownGracePeriod > 0 {
		config["shutdownGracePeriod"] = spec.Kubelet.ShutdownGracePeriod.String()
	}
	if len(spec.Kubelet.FeatureGates) > 0 {
		config["featureGates"] = spec.Kubelet.FeatureGates
	}
	return encode(config)
}

// RenderSuiteKubelet returns the base configuration for upstream's node tests, which derive their kubelet's configuration from
// it. It stays close to the one that upstream's CI jobs use.
func RenderSuiteKubelet(spec Spec) ([]byte, error) {
	config := commonKubelet(spec)
	for key, value := range map[string]any{
		"podCIDR":                          "10.100.0.0/24",
		"volumeStatsAggPeriod":             "10s",
		"fileCheckFrequency":               "10s",
		"serializeImagePulls":              false,
		"evictionPressureTransitionPeriod": "30s",
		"evictionHard":                     map[string]string{"memory.available": "250Mi", "nodefs.available": "1%", "nodefs.inodesFree": "1%"},
		"evictionMinimumReclaim":           map[string]string{"nodefs.available": "1%", "nodefs.inodesFree": "1%"},
		// Never collect images: the machine's disk may be nearly full, and the images cannot be pulled again.
		"imageGCHighThresholdPercent": 100,
	} {
		config[key] = value
	}
	return encode(config)
}

func commonKubelet(spec Spec) map[string]any {
	config := map[string]any{
		"apiVersion":      "kubelet.config.k8s.io/v1beta1",
		"kind":            "KubeletConfiguration",
		"cgroupDriver":    spec.cgroupDriver(),
		"cgroupRoot":      "/",
		"failSwapOn":      false,
		"resolvConf":      spec.path("resolv.conf"),
		"volumePluginDir": spec.path("volume-plugins"),
	}
	if spec.CgroupVersion == 1 {
		config["failCgroupV1"] = false
	}
	return config
}

// cgroupDriver returns who makes the cgroups of pods.
func (s Spec) cgroupDriver() string {
	if s.Systemd {
		return "systemd"
	}
	return "cgroupfs"
}

func encode(config map[string]any) ([]byte, error) {
	content, err := json.MarshalIndent(config, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode the kubelet's configuration: %w", err)
	}
	return append(content, '\n'), nil
}
