// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/client-go/tools/clientcmd"
)

// serve starts an HTTPS server with the API server's credentials from the files, and returns its URL.
func serve(t *testing.T, files Files, handler http.Handler) string {
	t.Helper()
	certificate, err := tls.LoadX509KeyPair(files.path("apiserver.crt"), files.path("apiserver.key"))
	if err != nil {
		t.Fatal(err)
	}
	ca, err := os.ReadFile(files.CA())
	if err != nil {
		t.Fatal(err)
	}
	clients := x509.NewCertPool()
	clients.AppendCertsFromPEM(ca)
	server := httptest.NewUnstartedServer(handler)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: clients}
	server.StartTLS()
	t.Cleanup(server.Close)
	if host, _, err := net.SplitHostPort(server.Listener.Addr().String()); err != nil || host != serverIP {
		t.Fatalf("the test server listens on %v, its certificate is for %s", server.Listener.Addr(), serverIP)
	}
	return server.URL
}

// newClient returns a client for the user's kubeconfig, with the server's URL replaced.
func newClient(t *testing.T, files Files, user, url string) *Client {
	t.Helper()
	config, err := clientcmd.LoadFromFile(files.Kubeconfig(user))
	if err != nil {
		t.Fatal(err)
	}
	config.Clusters[config.Contexts[config.CurrentContext].Cluster].Server = url
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		t.Fatal(err)
	}
	client, err := NewClient(path)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func newFiles(t *testing.T) Files {
	t.Helper()
	files := Files{Dir: t.TempDir()}
	if err := files.Write(); err != nil {
		t.Fatal(err)
	}
	return files
}

func TestCredentials(t *testing.T) {
	tests := map[string]struct {
		user, wantName, wantGroup string
	}{
		"administrator":      {Admin, "admin", "system:masters"},
		"kubelet":            {Kubelet, "system:node:testnode", "system:nodes"},
		"controller manager": {controllerManager, "system:kube-controller-manager", ""},
		"scheduler":          {scheduler, "system:kube-scheduler", ""},
	}
	files := newFiles(t)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var got []*x509.Certificate
			url := serve(t, files, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.TLS.PeerCertificates }))
			client := newClient(t, files, test.user, url)
			if err := client.Ready(t.Context()); err != nil {
				t.Fatal(err)
			}
			if subject := got[0].Subject; subject.CommonName != test.wantName || strings.Join(subject.Organization, ",") != test.wantGroup {
				t.Errorf("the server sees %v", subject)
			}
		})
	}
	t.Run("those of another cluster are refused", func(t *testing.T) {
		stranger := newClient(t, newFiles(t), Admin, serve(t, files, http.NotFoundHandler()))
		if err := stranger.Ready(t.Context()); err == nil || !strings.Contains(err.Error(), "certificate") {
			t.Errorf("got %v", err)
		}
	})
}

func TestKubeconfigURL(t *testing.T) {
	files := newFiles(t)
	for path, want := range map[string]string{files.Kubeconfig(Admin): URL, files.SecondKubeconfig(): SecondURL} {
		config, err := clientcmd.BuildConfigFromFlags("", path)
		if err != nil {
			t.Fatal(err)
		}
		if got := config.Host; got != want {
			t.Errorf("%s is for %q, want %q", path, got, want)
		}
	}
}

func TestNodeReady(t *testing.T) {
	const notFound = `{"kind":"Status","apiVersion":"v1","status":"Failure","message":"nodes \"testnode\" not found","code":404}`
	tests := map[string]struct {
		status int
		body   string
		// want is part of the error; empty means none.
		want string
	}{
		"ready":         {200, `{"status":{"conditions":[{"type":"Ready","status":"True"}]}}`, ""},
		"not ready":     {200, `{"status":{"conditions":[{"type":"Ready","status":"False","message":"no network"}]}}`, "no network"},
		"no conditions": {200, `{}`, "nothing of its readiness"},
		"tainted": {200, `{"spec":{"taints":[{"key":"not-ready"}]},` +
			`"status":{"conditions":[{"type":"Ready","status":"True"}]}}`, `"not-ready"`},
		"not registered": {404, notFound, `nodes "testnode" not found`},
		"no JSON":        {200, `hello`, "decode"},
	}
	files := newFiles(t)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			url := serve(t, files, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/api/v1/nodes/testnode" {
					t.Errorf("asked for %q", r.URL.Path)
				}
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(test.status)
				_, _ = w.Write([]byte(test.body))
			}))
			err := newClient(t, files, Admin, url).NodeReady(t.Context())
			switch {
			case test.want == "" && err != nil:
				t.Error(err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}

func TestTokensIssued(t *testing.T) {
	const namespace = "/api/v1/namespaces/default"
	const token, configMap = namespace + "/serviceaccounts/default/token", namespace + "/configmaps/kube-root-ca.crt"
	tests := map[string]struct {
		answers map[string]string
		want    bool
	}{
		"all present":    {map[string]string{token: `{"status":{"token":"t"}}`, configMap: `{}`}, true},
		"no account":     {map[string]string{configMap: `{}`}, false},
		"an empty token": {map[string]string{token: `{"status":{}}`, configMap: `{}`}, false},
		"no root CA":     {map[string]string{token: `{"status":{"token":"t"}}`}, false},
	}
	files := newFiles(t)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			url := serve(t, files, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				answer, ok := test.answers[r.URL.Path]
				if !ok {
					w.WriteHeader(http.StatusNotFound)
				}
				_, _ = w.Write([]byte(answer))
			}))
			if err := newClient(t, files, Admin, url).TokensIssued(t.Context()); (err == nil) != test.want {
				t.Errorf("got %v", err)
			}
		})
	}
}
