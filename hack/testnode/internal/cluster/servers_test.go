// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"slices"
	"strings"
	"testing"
)

func TestAPIServerArgv(t *testing.T) {
	tests := map[string]struct {
		options Options
		want    []string
	}{
		"ours":                {Options{ControlPlane: "/b/controlplane"}, []string{"/b/controlplane", "kube-apiserver"}},
		"another":             {Options{ControlPlane: "/b/controlplane", APIServer: "/p/kube-apiserver"}, []string{"/p/kube-apiserver"}},
		"with a feature gate": {Options{ControlPlane: "/b/controlplane", FeatureGates: "A=false"}, []string{"/b/controlplane", "kube-apiserver"}},
		"verbose":             {Options{ControlPlane: "/b/controlplane", Verbosity: 6}, []string{"/b/controlplane", "kube-apiserver"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := test.options.APIServerArgv(Files{Dir: "/c"})
			program := slices.IndexFunc(got, func(word string) bool { return strings.HasPrefix(word, "--") })
			if !slices.Equal(got[:program], test.want) {
				t.Errorf("the program is %q, want %q", got[:program], test.want)
			}
			gates := slices.Contains(got, "--feature-gates="+test.options.FeatureGates)
			if gates != (test.options.FeatureGates != "") {
				t.Errorf("feature gates %q set in %q: got %v", test.options.FeatureGates, got, gates)
			}
		})
	}
}

func TestServersDoNotMeet(t *testing.T) {
	files := Files{Dir: "/c"}
	first, second := Options{ControlPlane: "c"}.APIServerArgv(files), SecondAPIServerArgv("p", files, 0)
	port := func(argv []string) string {
		i := slices.IndexFunc(argv, func(word string) bool { return strings.HasPrefix(word, "--secure-port=") })
		return strings.TrimPrefix(argv[i], "--secure-port=")
	}
	if !strings.HasSuffix(URL, ":"+port(first)) || !strings.HasSuffix(SecondURL, ":"+port(second)) || port(first) == port(second) {
		t.Errorf("got ports %s and %s for the URLs %s and %s", port(first), port(second), URL, SecondURL)
	}
	for _, argv := range [][]string{first, second} {
		if !slices.Contains(argv, "--bind-address=127.0.0.1") || !slices.Contains(argv, "--etcd-servers="+etcdURL) {
			t.Errorf("got %q: want the loopback address and the common etcd", argv)
		}
	}
}
