// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"kubelet-ordering/hack/testnode/internal/space"
)

// Files are the credentials of one cluster, in a directory of their own.
type Files struct{ Dir string }

func (f Files) path(name string) string { return filepath.Join(f.Dir, name) }

// CA is the file of the cluster's own certificate.
func (f Files) CA() string { return f.path("ca.crt") }

// The users that have a kubeconfig.
const (
	Admin             = "admin"
	Kubelet           = "kubelet"
	controllerManager = "controller-manager"
	scheduler         = "scheduler"
)

// Kubeconfig is the file with which a user reaches the API server.
func (f Files) Kubeconfig(user string) string { return f.path(user + ".kubeconfig") }

// SecondKubeconfig is that of the administrator for the second API server.
func (f Files) SecondKubeconfig() string { return f.path("second.kubeconfig") }

// Write makes the directory with all credentials, which are new every time.
func (f Files) Write() error {
	if err := os.MkdirAll(f.Dir, 0o700); err != nil {
		return fmt.Errorf("make the directory of the cluster's credentials: %w", err)
	}
	ca, err := newAuthority()
	if err != nil {
		return err
	}
	if err := f.write("ca.crt", encodeCertificate(ca.certificate.Raw)); err != nil {
		return err
	}
	for _, write := range []func(*authority) error{f.writeServiceAccountKey, f.writeServer, f.writeKubeletClient, f.writeKubeconfigs} {
		if err := write(ca); err != nil {
			return err
		}
	}
	return nil
}

func (f Files) writeServiceAccountKey(*authority) error {
	key, err := newKey()
	if err != nil {
		return err
	}
	private, err := encodeKey(key)
	if err != nil {
		return err
	}
	public, err := encodePublicKey(key)
	if err != nil {
		return err
	}
	if err := f.write("service-account.key", private); err != nil {
		return err
	}
	return f.write("service-account.pub", public)
}

func (f Files) writeServer(ca *authority) error {
	made, err := ca.server([]string{"kubernetes", "kubernetes.default", "kubernetes.default.svc", "localhost"},
		net.ParseIP(serverIP), net.ParseIP(space.NodeIP), net.ParseIP(firstServiceIP))
	if err != nil {
		return err
	}
	return f.writePair("apiserver", made)
}

// writeKubeletClient is what the API server shows to the kubelet when somebody wants logs or a shell.
func (f Files) writeKubeletClient(ca *authority) error {
	made, err := ca.client("kube-apiserver-kubelet-client", "system:masters")
	if err != nil {
		return err
	}
	return f.writePair("kubelet-client", made)
}

func (f Files) writeKubeconfigs(ca *authority) error {
	for _, user := range []struct {
		file, name string
		groups     []string
	}{
		{Admin, "admin", []string{"system:masters"}},
		{Kubelet, "system:node:" + space.Hostname, []string{"system:nodes"}},
		{controllerManager, "system:kube-controller-manager", nil},
		{scheduler, "system:kube-scheduler", nil},
	} {
		made, err := ca.client(user.name, user.groups...)
		if err != nil {
			return err
		}
		if err := f.writeKubeconfig(f.Kubeconfig(user.file), URL, ca, made); err != nil {
			return err
		}
		if user.file == Admin {
			if err := f.writeKubeconfig(f.SecondKubeconfig(), SecondURL, ca, made); err != nil {
				return err
			}
		}
	}
	return nil
}

// kubeconfig is as much of the format as is needed here. JSON is YAML; byte slices become base64, as the format has them.
type kubeconfig struct {
	APIVersion     string         `json:"apiVersion"`
	Kind           string         `json:"kind"`
	CurrentContext string         `json:"current-context"`
	Clusters       []namedCluster `json:"clusters"`
	Users          []namedUser    `json:"users"`
	Contexts       []namedContext `json:"contexts"`
}

type namedCluster struct {
	Name    string `json:"name"`
	Cluster struct {
		Server string `json:"server"`
		CA     []byte `json:"certificate-authority-data"`
	} `json:"cluster"`
}

type namedUser struct {
	Name string `json:"name"`
	User struct {
		Certificate []byte `json:"client-certificate-data"`
		Key         []byte `json:"client-key-data"`
	} `json:"user"`
}

type namedContext struct {
	Name    string `json:"name"`
	Context struct {
		Cluster string `json:"cluster"`
		User    string `json:"user"`
	} `json:"context"`
}

func (f Files) writeKubeconfig(path, url string, ca *authority, made pair) error {
	const name = "testnode"
	cluster, user, current := namedCluster{Name: name}, namedUser{Name: name}, namedContext{Name: name}
	cluster.Cluster.Server, cluster.Cluster.CA = url, encodeCertificate(ca.certificate.Raw)
	user.User.Certificate, user.User.Key = made.certificate, made.key
	current.Context.Cluster, current.Context.User = name, name
	content, err := json.MarshalIndent(kubeconfig{
		APIVersion: "v1", Kind: "Config", CurrentContext: name,
		Clusters: []namedCluster{cluster}, Users: []namedUser{user}, Contexts: []namedContext{current},
	}, "", "  ")
	if err != nil {
		return fmt.Errorf("encode a kubeconfig: %w", err)
	}
	return f.write(filepath.Base(path), content)
}

func (f Files) writePair(name string, made pair) error {
	if err := f.write(name+".crt", made.certificate); err != nil {
		return err
	}
	return f.write(name+".key", made.key)
}

func (f Files) write(name string, content []byte) error {
	if err := os.WriteFile(f.path(name), content, 0o600); err != nil {
		return fmt.Errorf("write a credential of the cluster: %w", err)
	}
	return nil
}
