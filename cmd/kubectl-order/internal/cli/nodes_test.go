// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"strings"
	"testing"
)

func TestNodes(t *testing.T) {
	tests := map[string]string{
		"text":     "nodes",
		"gates":    "nodes --gates",
		"json":     "nodes --gates -o json",
		"selector": "nodes -l node-restriction.kubernetes.io/container-dependencies=true",
	}
	for name, line := range tests {
		t.Run(name, func(t *testing.T) {
			checkGolden(t, "nodes-"+name+".txt", run(t, cluster(t), "", strings.Fields(line)...).all())
		})
	}
}

// TestNodesFindsALabelThatLies exits with 1 if ordered pods would be bound to a node that does not follow orders.
func TestNodesFindsALabelThatLies(t *testing.T) {
	tests := map[string]struct {
		metrics string
		label   bool
		args    string
		want    int
	}{
		"a stock node with the label": {label: true, args: "nodes", want: Found},
		"the gate is off": {
			metrics: "kubernetes_feature_enabled{name=\"ContainerDependencies\",stage=\"ALPHA\"} 0\n", args: "nodes --gates", want: Found},
		"the gate is not known": {args: "nodes --gates", want: Fine},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			api := cluster(t)
			api.Metrics = map[string]string{}
			if test.metrics != "" {
				api.Metrics["ordering"] = test.metrics
			}
			for _, o := range api.Objects {
				if o.GetName() == "stock" && test.label {
					o.SetLabels(map[string]string{nodeLabel: "true"})
				}
			}
			if got := run(t, api, "", strings.Fields(test.args)...); got.code != test.want {
				t.Errorf("got %s", got.all())
			}
		})
	}
}

func TestCompletion(t *testing.T) {
	tests := map[string]struct {
		args []string
		want string
	}{
		"commands":    {[]string{"__complete", "cri"}, "critical-chain"},
		"pods":        {[]string{"__complete", "why", "gate"}, "gate-off"},
		"types":       {[]string{"__complete", "graph", "deployment/w"}, "deployment/web"},
		"formats":     {[]string{"__complete", "lint", "-o", "sa"}, "sarif"},
		"pod formats": {[]string{"__complete", "graph", "pod/gate"}, "pod/gate-off"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := complete1(t, test.args)
			if !strings.Contains("\n"+got.out, "\n"+test.want) {
				t.Errorf("got %s", got.all())
			}
		})
	}
}

// complete1 asks for a completion: the word to complete is the last argument, so the flags of the cluster come before it.
func complete1(t *testing.T, args []string) result {
	t.Helper()
	return runWith(t, cluster(t), "", func(cluster []string) []string {
		if len(args) == 2 {
			return args
		}
		return append(append([]string{args[0], args[1]}, cluster...), args[2:]...)
	})
}
