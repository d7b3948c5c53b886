// SPDX-License-Identifier: Apache-2.0

package node

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"kubelet-ordering/hack/testnode/internal/cluster"
	"kubelet-ordering/hack/testnode/internal/space"
)

func specFor(version int, restricted bool) Spec {
	return Spec{
		Space: space.Spec{Root: "/r"}, CNIBinDir: "/c", CgroupVersion: version, Restricted: restricted,
		Kubelet: &Kubelet{Path: "/k", ManifestDir: "/m", FeatureGates: map[string]bool{"A": false}},
	}
}

func TestRenderKubelet(t *testing.T) {
	tests := map[string]struct {
		version int
		// want maps a top-level key to its JSON; "" means absent.
		want map[string]string
	}{
		"v1": {1, map[string]string{"failCgroupV1": "false", "cgroupDriver": `"cgroupfs"`, "staticPodPath": `"/m"`, "featureGates": `{"A":false}`,
			"containerRuntimeEndpoint": `"unix:///r/containerd.sock"`, "address": `"127.0.0.1"`, "failSwapOn": "false"}},
		"v2": {2, map[string]string{"failCgroupV1": "", "cgroupDriver": `"cgroupfs"`}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			content, err := renderKubelet(specFor(test.version, false))
			if err != nil {
				t.Fatal(err)
			}
			var got map[string]json.RawMessage
			if err := json.Unmarshal(content, &got); err != nil {
				t.Fatal(err)
			}
			for key, want := range test.want {
				compact := strings.Join(strings.Fields(string(got[key])), "")
				if compact != want {
					t.Errorf("%s is %s, want %s", key, compact, want)
				}
			}
		})
	}
}

func TestRenderKubeletBehindProxy(t *testing.T) {
	spec := specFor(2, false)
	spec.Proxy = &Proxy{Path: "/p", Log: "/l"}
	content, err := renderKubelet(spec)
	if err != nil {
		t.Fatal(err)
	}
	if want := `"containerRuntimeEndpoint": "unix:///r/cri-proxy.sock"`; !strings.Contains(string(content), want) {
		t.Errorf("the kubelet does not reach containerd through the proxy: %s is missing in\n%s", want, content)
	}
}

func TestRenderKubeletInCluster(t *testing.T) {
	spec := specFor(2, false)
	spec.Cluster = &cluster.Options{}
	content, err := renderKubelet(spec)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Address        string
		ReadOnlyPort   *int
		Authentication struct {
			Anonymous, Webhook struct{ Enabled bool }
			X509               struct{ ClientCAFile string }
		}
		Authorization struct{ Mode string }
	}
	if err := json.Unmarshal(content, &got); err != nil {
		t.Fatal(err)
	}
	if got.Address != space.NodeIP || got.ReadOnlyPort == nil || *got.ReadOnlyPort != 0 || got.Authentication.Anonymous.Enabled ||
		got.Authentication.X509.ClientCAFile != "/r/credentials/ca.crt" || got.Authorization.Mode != "Webhook" {
		t.Errorf("pods can reach the kubelet's address, so it must authenticate and authorize requests: %+v", got)
	}
}

func TestRenderContainerd(t *testing.T) {
	tests := map[string]struct {
		restricted bool
		want       []string
	}{
		"a machine with all capabilities":       {false, []string{"restrict_oom_score_adj = false", `BinaryName = "/r/bin/runc"`}},
		"a machine that lacks CAP_SYS_RESOURCE": {true, []string{"restrict_oom_score_adj = true", `BinaryName = "/r/bin/runc"`}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := renderContainerd(specFor(1, test.restricted), "native")
			if err != nil {
				t.Fatal(err)
			}
			always := []string{`address = "/r/containerd.sock"`, `snapshotter = "native"`, `bin_dirs = ["/c"]`, `conf_dir = "/r/cni"`,
				`BinaryName = "/r/slow-start"`}
			for _, want := range append(always, test.want...) {
				if !strings.Contains(got, want) {
					t.Errorf("%s is missing in\n%s", want, got)
				}
			}
		})
	}
}

func TestNetworkConfigIsJSON(t *testing.T) {
	if !json.Valid([]byte(networkConfig)) {
		t.Errorf("not JSON: %s", networkConfig)
	}
}

func TestEnvironment(t *testing.T) {
	spec := specFor(1, false)
	spec.Env = []string{"PATH=/usr/bin", "HOME=/h", "KUBELET_URL=http://elsewhere"}
	got := strings.Join(New(spec, nil).Environment(), "\n") + "\n"
	for _, want := range []string{
		"PATH=/r/bin:/usr/bin\n", "HOME=/h\n", "KUBELET_URL=http://127.0.0.1:10255\n", "TESTNODE_ROOT=/r\n", "MANIFEST_DIR=/m\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	if strings.Contains(got, "elsewhere") {
		t.Error("the caller's value overrides the node's")
	}
}

// A kubelet holds up a shutdown of the machine only if it is told to.
func TestRenderShutdown(t *testing.T) {
	for grace, want := range map[time.Duration]string{0: "", 50 * time.Second: "50s"} {
		spec := specFor(2, false)
		spec.Kubelet.ShutdownGracePeriod = grace
		content, err := renderKubelet(spec)
		if err != nil {
			t.Fatal(err)
		}
		var got struct{ ShutdownGracePeriod string }
		if err := json.Unmarshal(content, &got); err != nil || got.ShutdownGracePeriod != want {
			t.Errorf("%v: got %q, %v", grace, got.ShutdownGracePeriod, err)
		}
	}
}
