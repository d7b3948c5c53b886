// SPDX-License-Identifier: Apache-2.0

package serve

import (
	"bytes"
	"context"
	"crypto/tls"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kubelet-ordering/internal/testcert"
)

func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

// await waits until the function returns what is wanted.
func await(t *testing.T, want string, got func() string) {
	t.Helper()
	var last string
	for range 600 {
		if last = got(); strings.HasPrefix(last, want) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("got %s, want %s", last, want)
}

// TestRun: it waits for a certificate, serves both webhooks, takes a new certificate, and ends.
func TestRun(t *testing.T) {
	o := Options{Host: "127.0.0.1", Port: freePort(t), CertDir: t.TempDir(), Probes: fmt.Sprintf("127.0.0.1:%d", freePort(t)),
		Metrics: fmt.Sprintf("127.0.0.1:%d", freePort(t))}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, o) }()
	serial := ""
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{
		InsecureSkipVerify: true, VerifyConnection: func(s tls.ConnectionState) error {
			serial = s.PeerCertificates[0].SerialNumber.String()
			return nil
		}}}}
	ask := func(method, url, body string) string {
		request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		response, err := client.Do(request)
		if err != nil {
			return err.Error()
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		return fmt.Sprintf("%d %s %v", response.StatusCode, text, err)
	}
	await(t, "200 ", func() string { return ask(http.MethodGet, "http://"+o.Probes+"/healthz", "") })
	await(t, "500 ", func() string { return ask(http.MethodGet, "http://"+o.Probes+"/readyz", "") })
	first := testcert.Write(t, o.CertDir)
	await(t, "200 ", func() string { return ask(http.MethodGet, "http://"+o.Probes+"/readyz", "") })

	const pod = `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","annotations":{"container.lifecycle.alpha.kubernetes.io/%s":"{}"}},
		"spec":{"containers":[{"name":"app"}]}}`
	for path, want := range map[string]string{ValidatePath: `"allowed":false`, SelectorPath: `"patchType":"JSONPatch"`} {
		review := `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u","operation":"CREATE","object":` +
			fmt.Sprintf(pod, "b") + "}}"
		if got := ask(http.MethodPost, fmt.Sprintf("https://127.0.0.1:%d%s", o.Port, path), review); !strings.Contains(got, want) {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
	if serial != first {
		t.Errorf("it has the certificate %s, want %s", serial, first)
	}
	await(t, testcert.Write(t, o.CertDir), func() string {
		ask(http.MethodGet, fmt.Sprintf("https://127.0.0.1:%d%s", o.Port, ValidatePath), "")
		return serial
	})
	if got := ask(http.MethodGet, "http://"+o.Metrics+"/metrics", ""); !strings.Contains(got,
		`controller_runtime_webhook_requests_total{code="200",webhook="/validate"} 1`) {
		t.Errorf("the metrics lack the review: %s", got)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestRunFails(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	t.Setenv("KUBECONFIG", filepath.Join(t.TempDir(), "none"))
	t.Setenv("HOME", t.TempDir())
	dir := t.TempDir()
	testcert.Write(t, dir)
	tests := map[string]struct {
		options Options
		want    string
	}{
		"a taken port": {Options{Host: "127.0.0.1", Port: taken.Addr().(*net.TCPAddr).Port, CertDir: dir}, "serve the webhooks on port"},
		"a taken address": {Options{Host: "127.0.0.1", Port: freePort(t), CertDir: dir, Probes: taken.Addr().String()},
			"listen on " + taken.Addr().String()},
		"no access at all": {Options{CertDir: dir, Rotate: Rotation{Secret: "s", Namespace: "n"}},
			"find the API server, to keep certificates there"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if err := Run(t.Context(), test.options); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

func TestOptions(t *testing.T) {
	tests := map[string]struct {
		args string
		want string
	}{
		"defaults":       {"", ""},
		"rotation":       {"--rotate-secret=a", ""},
		"no directory":   {"--cert-dir=", "-cert-dir is empty"},
		"no port":        {"--port=0", "-port 0: use one from 1 to 65535"},
		"no such port":   {"--port=65536", "-port 65536"},
		"no Service":     {"--rotate-secret=a --service=", "-rotate-secret needs"},
		"no namespace":   {"--rotate-secret=a --namespace=", "-rotate-secret needs"},
		"injected":       {"--injected=a,b-c", ""},
		"no name":        {"--injected=a,", `"" is no name of a container`},
		"no good name":   {"--injected=A", `"A" is no name of a container`},
		"no such option": {"--no", "flag provided but not defined"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var o Options
			flags := flag.NewFlagSet("", flag.ContinueOnError)
			flags.SetOutput(&bytes.Buffer{})
			o.AddFlags(flags)
			err := flags.Parse(strings.Fields(test.args))
			if err == nil {
				err = o.Check()
			}
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if name == "injected" && !cmp.Equal(o.Injected, []string{"a", "b-c"}) {
				t.Errorf("got %q", o.Injected)
			}
		})
	}
}
