// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/client-go/util/keyutil"

	"kubelet-ordering/hack/testnode/internal/space"
)

// Files are the credentials of one cluster, in their own directory.
type Files struct{ Dir string }

func (f Files) path(name string) string { return filepath.Join(f.Dir, name) }

// CA returns the path of the cluster's CA certificate.
func (f Files) CA() string { return f.path("ca.crt") }

// The users that get a kubeconfig.
const (
	Admin             = "admin"
	Kubelet           = "kubelet"
	controllerManager = "controller-manager"
	scheduler         = "scheduler"
)

// Kubeconfig returns the path of the user's kubeconfig for the API server.
func (f Files) Kubeconfig(user string) string { return f.path(user + ".kubeconfig") }

// SecondKubeconfig returns the path of the administrator's kubeconfig for the second API server.
func (f Files) SecondKubeconfig() string { return f.path("second.kubeconfig") }

// Write creates the directory and writes all credentials. They are new every time.
func (f Files) Write() error {
	if err := os.MkdirAll(f.Dir, 0o700); err != nil {
		return fmt.Errorf("make the directory of the cluster's credentials: %w", err)
	}
	ca, err := newAuthority()
	if err != nil {
		return err
	}
	// The API server derives the public key from it.
	serviceAccounts, err := keyutil.MakeEllipticPrivateKeyPEM()
	if err != nil {
		return fmt.Errorf("make the key of service accounts: %w", err)
	}
	if err := errors.Join(f.write("ca.crt", ca.pem), f.write("service-account.key", serviceAccounts)); err != nil {
		return err
	}
	server, err := ca.issue(x509.Certificate{
		Subject:     pkix.Name{CommonName: "kubernetes"},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:    []string{"kubernetes", "kubernetes.default", "kubernetes.default.svc", "localhost"},
		IPAddresses: []net.IP{net.ParseIP(serverIP), net.ParseIP(space.NodeIP), net.ParseIP(firstServiceIP)},
	})
	if err != nil {
		return err
	}
	// The API server authenticates to the kubelet with it, for requests such as logs and exec.
	client, err := ca.client("kube-apiserver-kubelet-client", "system:masters")
	if err != nil {
		return err
	}
	if err := errors.Join(f.writePair("apiserver", server), f.writePair("kubelet-client", client)); err != nil {
		return err
	}
	return f.writeKubeconfigs(ca)
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
		if err := writeKubeconfig(f.Kubeconfig(user.file), URL, ca, made); err != nil {
			return err
		}
		if user.file == Admin {
			if err := writeKubeconfig(f.SecondKubeconfig(), SecondURL, ca, made); err != nil {
				return err
			}
		}
	}
	return nil
}

func writeKubeconfig(path, url string, ca *authority, made pair) error {
	const name = "testnode"
	config := api.NewConfig()
	config.Clusters[name] = &api.Cluster{Server: url, CertificateAuthorityData: ca.pem}
	config.AuthInfos[name] = &api.AuthInfo{ClientCertificateData: made.certificate, ClientKeyData: made.key}
	config.Contexts[name] = &api.Context{Cluster: name, AuthInfo: name}
	config.CurrentContext = name
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		return fmt.Errorf("write a kubeconfig: %w", err)
	}
	return nil
}

func (f Files) writePair(name string, made pair) error {
	return errors.Join(f.write(name+".crt", made.certificate), f.write(name+".key", made.key))
}

func (f Files) write(name string, content []byte) error {
	if err := os.WriteFile(f.path(name), content, 0o600); err != nil {
		return fmt.Errorf("write a credential of the cluster: %w", err)
	}
	return nil
}
