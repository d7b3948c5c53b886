// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"sigs.k8s.io/yaml"

	"kubelet-ordering/cmd/kubectl-order/internal/fakeapi"
	"kubelet-ordering/internal/golden"
)

// checkGolden compares the output of a command with its golden file.
func checkGolden(t *testing.T, name, got string) {
	t.Helper()
	golden.Check(t, filepath.Join("testdata", "golden", name), got)
}

// objects reads the objects of a fake cluster: all documents of a directory.
func objects(t *testing.T, directory string) []*unstructured.Unstructured {
	t.Helper()
	var all []*unstructured.Unstructured
	err := filepath.WalkDir(directory, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, document := range strings.Split(string(content), "\n---\n") {
			object := &unstructured.Unstructured{}
			if err := yaml.Unmarshal([]byte(document), &object.Object); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			all = append(all, object)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// cluster returns a fake cluster with the objects of testdata/cluster.
func cluster(t *testing.T) *fakeapi.Server {
	return &fakeapi.Server{Objects: objects(t, "testdata/cluster"), Metrics: map[string]string{
		"ordering": "kubernetes_feature_enabled{name=\"ContainerDependencies\",stage=\"ALPHA\"} 1\n" +
			"kubernetes_feature_enabled{name=\"ContainerDependencyEagerProbes\",stage=\"ALPHA\"} 0\n",
	}}
}

// stopped is the time in all tests.
var stopped = time.Date(2026, 11, 22, 21, 0, 20, 0, time.UTC)

func init() { now = func() time.Time { return stopped } }

// result of one call of the plugin.
type result struct {
	code     int
	out, err string
}

// run calls the plugin with a fake cluster.
func run(t *testing.T, api *fakeapi.Server, stdin string, args ...string) result {
	t.Helper()
	return runWith(t, api, stdin, func(cluster []string) []string { return append(args, cluster...) })
}

// runWith calls the plugin with the arguments that the function makes of those that choose the fake cluster.
func runWith(t *testing.T, api *fakeapi.Server, stdin string, args func(cluster []string) []string) result {
	t.Helper()
	server := httptest.NewServer(api)
	defer server.Close()
	config := filepath.Join(t.TempDir(), "config")
	text := fmt.Sprintf(`{"apiVersion": "v1", "kind": "Config", "current-context": "test",
		"clusters": [{"name": "test", "cluster": {"server": %q}}], "users": [{"name": "test", "user": {}}],
		"contexts": [{"name": "test", "context": {"cluster": "test", "user": "test", "namespace": "default"}}]}`, server.URL)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errOut bytes.Buffer
	streams := genericiooptions.IOStreams{In: strings.NewReader(stdin), Out: &out, ErrOut: &errOut}
	code := Main(args([]string{"--kubeconfig", config, "--cache-dir", t.TempDir()}), streams)
	return result{code, out.String(), strings.ReplaceAll(errOut.String(), server.URL, "https://cluster")}
}

// all is what the call has printed, with the exit code.
func (r result) all() string {
	text := r.out
	if r.err != "" {
		text += "--- standard error\n" + r.err
	}
	return text + fmt.Sprintf("--- exit code %d\n", r.code)
}
