// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"kubelet-ordering/hack/testnode/internal/space"
)

func TestKindConfig(t *testing.T) {
	for version, want := range map[int]bool{1: true, 2: false} {
		var config struct {
			KubeadmConfigPatches []string
			Nodes                []struct{ Role string }
		}
		if err := yaml.Unmarshal([]byte(kindConfig(spec{CgroupVersion: version})), &config); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(strings.Join(config.KubeadmConfigPatches, ""), "failCgroupV1: false"); got != want || len(config.Nodes) != 3 {
			t.Errorf("cgroup v%d: got %+v", version, config)
		}
		for _, patch := range config.KubeadmConfigPatches {
			var object map[string]any
			if err := yaml.UnmarshalStrict([]byte(patch), &object); err != nil || object["kind"] == nil {
				t.Errorf("patch %q: %v", patch, err)
			}
		}
	}
}

// Programs in the lab must reach neither the caller's engine nor the caller's clusters.
func TestEnvironment(t *testing.T) {
	env := spec{
		Space: space.Spec{Root: "/r"},
		Env:   []string{"PATH=/usr/bin", "DOCKER_HOST=tcp://else", "DOCKER_CONTEXT=else", "KUBECONFIG=/root/.kube/config", "HOME=/root"},
	}.environment()
	for _, want := range []string{"PATH=/r/bin:/usr/bin", "DOCKER_HOST=unix:///run/docker.sock", "KUBECONFIG=/r/kubeconfig", "HOME=/root"} {
		if !slices.Contains(env, want) {
			t.Errorf("%s is missing in %v", want, env)
		}
	}
	if len(env) != 6 {
		t.Errorf("got %v", env)
	}
}
