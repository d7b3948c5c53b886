// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"strconv"

	"kubelet-ordering/hack/testnode/internal/space"
)

// All servers listen on the loopback interface of the node's network namespace: the ports are free, and pods cannot reach them.
const (
	serverIP = "127.0.0.1"
	etcdURL  = "http://" + serverIP + ":2379"
	// URL is the URL of the API server.
	URL = "https://" + serverIP + ":6443"
	// SecondURL is the URL of the second API server, if there is one.
	SecondURL = "https://" + serverIP + ":6444"

	serviceSubnet  = "10.96.0.0/16"
	firstServiceIP = "10.96.0.1"
)

// The names of the programs. Each has a log of that name.
const (
	Etcd              = "etcd"
	APIServer         = "kube-apiserver"
	SecondAPIServer   = "second-kube-apiserver"
	ControllerManager = "kube-controller-manager"
	Scheduler         = "kube-scheduler"
)

// Options say which programs to run.
type Options struct {
	// ControlPlane is the program of cmd/controlplane.
	ControlPlane string
	// APIServer is the path of another kube-apiserver; if empty, ControlPlane's is used.
	APIServer string
	// FeatureGates are the API server's feature gates, such as A=true,B=false.
	FeatureGates string
	Verbosity    int
}

// EtcdArgv returns the command line of etcd.
func (o Options) EtcdArgv(data string) []string {
	return []string{o.ControlPlane, "etcd", "-data-dir=" + data, "-listen-client=" + etcdURL}
}

// APIServerArgv returns the command line of the API server.
func (o Options) APIServerArgv(files Files) []string {
	argv := []string{o.ControlPlane, "kube-apiserver"}
	if o.APIServer != "" {
		argv = []string{o.APIServer}
	}
	argv = append(argv, apiServerFlags(files, "6443", o.Verbosity)...)
	if o.FeatureGates != "" {
		argv = append(argv, "--feature-gates="+o.FeatureGates)
	}
	return argv
}

// SecondAPIServerArgv returns the command line of another API server on the same data.
func SecondAPIServerArgv(program string, files Files, verbosity int) []string {
	return append([]string{program}, apiServerFlags(files, "6444", verbosity)...)
}

func apiServerFlags(files Files, port string, verbosity int) []string {
	return []string{
		"--etcd-servers=" + etcdURL,
		"--bind-address=" + serverIP,
		"--secure-port=" + port,
		"--advertise-address=" + space.NodeIP,
		// Pods cannot reach the API server, so no endpoints are needed.
		"--endpoint-reconciler-type=none",
		"--service-cluster-ip-range=" + serviceSubnet,
		"--authorization-mode=Node,RBAC",
		"--enable-admission-plugins=NodeRestriction",
		"--allow-privileged=true",
		"--client-ca-file=" + files.CA(),
		"--tls-cert-file=" + files.path("apiserver.crt"),
		"--tls-private-key-file=" + files.path("apiserver.key"),
		"--kubelet-client-certificate=" + files.path("kubelet-client.crt"),
		"--kubelet-client-key=" + files.path("kubelet-client.key"),
		"--kubelet-preferred-address-types=InternalIP",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + files.path("service-account.key"),
		"--service-account-signing-key-file=" + files.path("service-account.key"),
		"--v=" + strconv.Itoa(verbosity),
	}
}

// ControllerManagerArgv returns the command line of the controller manager.
func (o Options) ControllerManagerArgv(files Files) []string {
	return []string{
		o.ControlPlane, "kube-controller-manager",
		"--kubeconfig=" + files.Kubeconfig(controllerManager),
		"--leader-elect=false",
		"--secure-port=0",
		"--use-service-account-credentials=true",
		"--service-account-private-key-file=" + files.path("service-account.key"),
		"--root-ca-file=" + files.CA(),
		"--v=" + strconv.Itoa(o.Verbosity),
	}
}

// SchedulerArgv returns the command line of the scheduler.
func (o Options) SchedulerArgv(files Files) []string {
	return []string{
		o.ControlPlane, "kube-scheduler",
		"--kubeconfig=" + files.Kubeconfig(scheduler),
		"--leader-elect=false",
		"--secure-port=0",
		"--v=" + strconv.Itoa(o.Verbosity),
	}
}

// KubeletConfig returns the configuration fields that a kubelet in the cluster has in addition to, or instead of, those of a
// standalone one. Only the API server may send requests to this kubelet.
func KubeletConfig(files Files) map[string]any {
	return map[string]any{
		"address":      space.NodeIP,
		"readOnlyPort": 0,
		"authentication": map[string]any{
			"anonymous": map[string]any{"enabled": false},
			"webhook":   map[string]any{"enabled": true},
			"x509":      map[string]any{"clientCAFile": files.CA()},
		},
		"authorization": map[string]any{"mode": "Webhook"},
		// Without it the kubelet warns about every pod. Nothing listens on this address.
		"clusterDNS":    []string{"10.96.0.10"},
		"clusterDomain": "cluster.local",
	}
}
