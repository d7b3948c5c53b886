// SPDX-License-Identifier: Apache-2.0

package kindconfig

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

const header = "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n"

func TestMerge(t *testing.T) {
	tests := map[string]struct {
		config  string
		request Request
		// want is the merged configuration without its header.
		want            string
		ordered, others string
		notes           int
	}{
		"nothing": {want: "nodes: [{role: control-plane, image: ours}]", ordered: "kind-control-plane"},
		"workers": {
			request: Request{Workers: 2},
			want:    "nodes: [{role: control-plane, image: ours}, {role: worker, image: ours}, {role: worker, image: ours}]",
			ordered: "kind-control-plane kind-worker kind-worker2",
		},
		"mixed, by either name": {
			request: Request{Workers: 3, Ordered: []string{"worker", "kind-worker3"}},
			want: "nodes: [{role: control-plane, image: stock}, {role: worker, image: ours}, {role: worker, image: stock}, " +
				"{role: worker, image: ours}]",
			ordered: "kind-worker kind-worker3", others: "kind-control-plane kind-worker2",
		},
		"a name in the configuration": {
			config: header + "name: mine\n", request: Request{Ordered: []string{"mine-control-plane"}},
			want: "name: mine\nnodes: [{role: control-plane, image: ours}]", ordered: "mine-control-plane",
		},
		"a name in a flag": {
			config: header + "name: mine\n", request: Request{Cluster: "flag"},
			want: "name: mine\nnodes: [{role: control-plane, image: ours}]", ordered: "flag-control-plane",
		},
		"a user's file": {
			config: header + `
networking: {apiServerPort: 6443, disableDefaultCNI: true}
featureGates: {SomeGate: true}
containerdConfigPatches: ["a = 1"]
kubeadmConfigPatches: ["kind: ClusterConfiguration\n"]
futureField: [1, {x: null}]
nodes:
- role: control-plane
  extraPortMappings: [{containerPort: 30000, hostPort: 30000}]
- role: worker
  labels: {tier: front}
  extraMounts: [{hostPath: ./data, containerPath: /data}]
- role: worker
  image: stock:old
- role: worker
  image: base
`,
			request: Request{Ordered: []string{"worker", "worker3"}, CgroupV1: true},
			want: `
networking: {apiServerPort: 6443, disableDefaultCNI: true}
featureGates: {SomeGate: true}
containerdConfigPatches: ["a = 1"]
kubeadmConfigPatches: ["kind: ClusterConfiguration\n", "kind: KubeletConfiguration\nfailCgroupV1: false\n"]
futureField: [1, {x: null}]
nodes:
- role: control-plane
  image: stock
  extraPortMappings: [{containerPort: 30000, hostPort: 30000}]
- role: worker
  image: ours
  labels: {tier: front}
  extraMounts: [{hostPath: ./data, containerPath: /data}]
- role: worker
  image: stock:old
- role: worker
  image: ours
`,
			ordered: "kind-worker kind-worker3", others: "kind-control-plane kind-worker2", notes: 1,
		},
		"cgroup v1": {
			request: Request{CgroupV1: true}, notes: 1, ordered: "kind-control-plane",
			want: `{nodes: [{role: control-plane, image: ours}], kubeadmConfigPatches: ["kind: KubeletConfiguration\nfailCgroupV1: false\n"]}`,
		},
		"cgroup v1, and the user has decided": {
			config:  header + `kubeadmConfigPatches: ["kind: KubeletConfiguration\nfailCgroupV1: true\n"]`,
			request: Request{CgroupV1: true}, ordered: "kind-control-plane",
			want: `{nodes: [{role: control-plane, image: ours}], kubeadmConfigPatches: ["kind: KubeletConfiguration\nfailCgroupV1: true\n"]}`,
		},
		"a node without a role": {
			config: header + "nodes: [{}, {role: worker}]\n", want: "nodes: [{image: ours}, {role: worker, image: ours}]",
			ordered: "kind-control-plane kind-worker",
		},
		"an empty document": {config: "---\n", want: "nodes: [{role: control-plane, image: ours}]", ordered: "kind-control-plane"},
		"three control planes": {
			config: header + "nodes: [{role: control-plane}, {role: control-plane}, {role: control-plane}]\n", request: Request{Ordered: []string{"control-plane3"}},
			want:    "nodes: [{role: control-plane, image: stock}, {role: control-plane, image: stock}, {role: control-plane, image: ours}]",
			ordered: "kind-control-plane3", others: "kind-control-plane kind-control-plane2",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			merged, err := Merge([]byte(test.config), with(test.request))
			if err != nil {
				t.Fatal(err)
			}
			var want, got map[string]any
			if err := yaml.Unmarshal([]byte(test.want), &want); err != nil {
				t.Fatal(err)
			}
			want["kind"], want["apiVersion"] = "Cluster", "kind.x-k8s.io/v1alpha4"
			if err := yaml.UnmarshalStrict(merged.YAML, &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the configuration (-want +got):\n%s", diff)
			}
			if got := strings.Join(merged.Ordered, " "); got != test.ordered {
				t.Errorf("ordered: got %q, want %q", got, test.ordered)
			}
			if got := strings.Join(merged.Others, " "); got != test.others {
				t.Errorf("others: got %q, want %q", got, test.others)
			}
			if len(merged.Notes) != test.notes {
				t.Errorf("notes: got %q, want %d", merged.Notes, test.notes)
			}
		})
	}
}

func with(r Request) Request {
	r.Image, r.Stock = "ours", "stock"
	r.IsBase = func(image string) bool { return image == "base" }
	return r
}

func TestMergeRefuses(t *testing.T) {
	tests := map[string]struct {
		config  string
		request Request
		want    string
	}{
		"another kind":         {config: "kind: Deployment\napiVersion: apps/v1\n", want: "expected Cluster"},
		"another version":      {config: "kind: Cluster\napiVersion: kind.sigs.k8s.io/v1alpha3\n", want: "expected Cluster and kind.x-k8s.io/v1alpha4"},
		"no YAML":              {config: "{", want: "read the kind configuration"},
		"a key twice":          {config: header + "name: a\nname: b\n", want: "already set"},
		"two documents":        {config: header + "---\n" + header, want: "more than one YAML document"},
		"nodes and workers":    {config: header + "nodes: [{role: worker}]", request: Request{Workers: 1}, want: "lists 1 nodes"},
		"nodes are no list":    {config: header + "nodes: 3", want: "no list"},
		"a node is no object":  {config: header + "nodes: [worker]", want: "nodes[0]"},
		"patches are no list":  {config: header + "kubeadmConfigPatches: x", request: Request{CgroupV1: true}, want: "no list"},
		"an unknown node":      {request: Request{Ordered: []string{"worker"}}, want: `"worker", and the cluster will have no such node: it will have kind-control-plane`},
		"an image of the user": {config: header + "nodes: [{image: other}]", want: "kind.sh image --base other"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := Merge([]byte(test.config), with(test.request)); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func FuzzMerge(f *testing.F) {
	f.Add(header + "nodes: [{role: worker}]")
	f.Fuzz(func(t *testing.T, config string) {
		merged, err := Merge([]byte(config), with(Request{CgroupV1: true}))
		if err == nil && len(merged.Ordered) == 0 {
			t.Error("no error and no node")
		}
	})
}
