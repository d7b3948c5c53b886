// SPDX-License-Identifier: Apache-2.0

// Package e2ecluster tests container ordering in a whole cluster: API server, controllers, scheduler and kubelet. It runs as root on
// the node that `hack/testnode cluster` brings up, because the containers write into a directory of the node.
package e2ecluster

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	"k8s.io/kubernetes/test/utils/actor"
)

var (
	// way is how the pods of this run specify their order.
	way = flag.String("order", string(byField), "how pods say their order: field or annotation")
	// plugin is the program of kubectl order.
	plugin = flag.String("kubectl-order", "", "path of the kubectl plugin, for its specs")
	// stockAPIServer is a kube-apiserver without our fields. Specs start it in addition to ours.
	stockAPIServer = flag.String("pristine-apiserver", "", "path of a pristine kube-apiserver, for the specs that need one")
	// kindScript is what exchanges kubelets, as users call it.
	kindScript = flag.String("kind-script", "", "path of hack/kind.sh, for the specs on nodes of kind")
)

// Labels of specs that do not belong to every run.
const (
	// fieldOnly specs test the field itself.
	fieldOnly = "field"
	// annotationOnly specs test what an API server that knows the field rejects.
	annotationOnly = "annotation"
	// stockServer specs need an API server without the field.
	stockServer = "stock-apiserver"
	// stockKubelet specs need the pristine kubelet.
	stockKubelet = "pristine-kubelet"
	// kindNodes specs need a cluster of kind, with two workers, and its container engine: see nodes_test.go.
	kindNodes = "kind"
	// mixedNodes specs need a worker with the stock kubelet beside one with ours.
	mixedNodes = "mixed"
)

func TestE2ECluster(t *testing.T) {
	if *way != string(byField) && *way != string(byAnnotation) {
		fmt.Fprintf(os.Stderr, "-order=%s: pods say their order by field or by annotation\n", *way)
		os.Exit(2)
	}
	gomega.RegisterFailHandler(ginkgo.Fail)
	gomega.SetDefaultEventuallyTimeout(actor.Timeout)
	gomega.SetDefaultEventuallyPollingInterval(actor.Poll)
	gomega.EnforceDefaultTimeoutsWhenUsingContexts()
	ginkgo.RunSpecs(t, "ordered containers in a cluster, order by "+*way)
}
