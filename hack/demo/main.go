// SPDX-License-Identifier: Apache-2.0

// Command demo runs a pod on a real kubelet, without a cluster or in one, and shows how its containers start and stop.
//
// Without a cluster it runs twice: on the machine it validates the manifest and brings up a test node (main.go). On that node it runs
// again, runs the pod and shows it (show.go, follow.go). Data goes one way through its packages: watch queries the runtime, the kubelet
// and its log and records facts (remote does so in a cluster); timeline turns them into intervals; chart and picture draw these in the colours of look,
// and screen shows what chart draws; verdict checks the facts against the order of the pod. facts, timeline, chart, picture, screen and
// look are in the repository's directory internal: the plugin cmd/kubectl-order draws with them, too.
package main

import (
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"kubelet-ordering/hack/demo/internal/manifest"
	"kubelet-ordering/hack/demo/internal/remote"
	"kubelet-ordering/hack/internal/onnode"
)

// mission is the built-in pod.
//
//go:embed pods/mission.yaml
var mission []byte

// options are the flags.
type options struct {
	manifest, expect, svg, kubelet string
	// kubectl and onNode are command lines, set to run the pod in a cluster.
	kubectl, onNode    string
	timeout, stopAfter time.Duration
}

func main() {
	var o options
	flag.StringVar(&o.manifest, "manifest", "", "the pod to run (default: the built-in one, hack/demo/pods/mission.yaml)")
	flag.StringVar(&o.expect, "expect", "",
		"how the pod is to end: Succeeded, Failed or Failed/<reason> (default: its annotation "+manifest.ExpectAnnotation+")")
	flag.StringVar(&o.svg, "svg", "", "write the picture to this file too")
	flag.StringVar(&o.kubelet, "kubelet", "", "the kubelet to run (default: _output/bin/kubelet)")
	flag.StringVar(&o.kubectl, "kubectl", "",
		"run the pod in a cluster, by this `command`: \"kubectl --context=mine\"; hack/kind.sh demo does that in a kind cluster")
	flag.StringVar(&o.onNode, "on-node", "",
		"with -kubectl: the `command` that runs a program on the pod's node "+remote.NodeWord+", as root: \"ssh root@NODE\"")
	flag.DurationVar(&o.timeout, "timeout", 3*time.Minute, "how long the pod may take")
	flag.DurationVar(&o.stopAfter, "stop-after", 0,
		"delete the pod this long after all its containers were ready (default: 5s under restartPolicy Always, else never)")
	flag.Usage = usage
	flag.Parse()
	code, err := run(o)
	if err != nil {
		fmt.Fprintf(os.Stderr, "demo: %v\n", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

func usage() {
	fmt.Fprint(os.Stderr, "usage: go run ./hack/demo [flags]\n\n"+
		"Runs a pod on a test node, or in a cluster, and shows how its containers start and stop. More pods: hack/demo/pods. When all its containers\n"+
		"have been ready, it reads the page that the annotation "+manifest.PageAnnotation+" names, such as 9102/metrics.\n\n")
	flag.PrintDefaults()
}

// run validates the pod before it brings up a node.
func run(o options) (int, error) {
	if flag.NArg() > 0 {
		return 2, fmt.Errorf("argument %q is not known: name the pod with -manifest", flag.Arg(0))
	}
	m, err := load(o.manifest)
	if err != nil {
		return 2, err
	}
	if o.expect == "" {
		o.expect = m.Pod.Annotations[manifest.ExpectAnnotation]
	}
	switch {
	case (o.kubectl == "") != (o.onNode == ""):
		return 2, errors.New("-kubectl and -on-node belong together: give both, or none to run the pod on a test node")
	case o.kubectl != "":
		return showInCluster(m, o)
	case !onnode.Inside():
		return enter(o.kubelet)
	}
	return show(m, o)
}

// load reads the pod from a file, or the built-in one.
func load(path string) (*manifest.Manifest, error) {
	name, text := "the built-in pod", mission
	if path != "" {
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("read the pod's manifest: %w", err)
		}
		name, text = fmt.Sprintf("manifest %q", path), content
	}
	m, err := manifest.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return m, nil
}

// enter runs this program again on a node with the given kubelet, and returns its exit code.
func enter(kubelet string) (int, error) {
	testnode, code, err := onnode.Build()
	if code != 0 || err != nil {
		return code, err
	}
	// At -v=3 the kubelet logs its events: nothing else shows when it begins to stop a container.
	flags := []string{"-v", "3"}
	if kubelet != "" {
		flags = append(flags, "-kubelet", kubelet)
	}
	code, err = testnode.Run(flags, os.Args[1:])
	return code, errors.Join(err, testnode.Close())
}
