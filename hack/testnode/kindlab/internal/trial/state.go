// SPDX-License-Identifier: Apache-2.0

package trial

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/google/go-cmp/cmp"
	v1 "k8s.io/api/core/v1"
)

// label is on nodes that have this project's kubelet.
const label = "node-restriction.kubernetes.io/container-dependencies"

// state is which kubelet a machine has, and what dpkg thinks of it.
type state struct {
	// Kubelet and Stock are the versions of /usr/bin/kubelet and kubelet.stock.
	Kubelet, Stock string
	// Diverted is set if the package's kubelet goes to kubelet.stock.
	Diverted bool
	// Package is the installed version of the package, empty without one.
	Package string
	// Changed are files of the package that differ from it, except those that keep empty directories: kubeadm reset removes them.
	Changed string
	// Left are other files beside the kubelet.
	Left string
}

// debian returns the version of the packages of a release.
func debian(version string) string { return strings.TrimPrefix(version, "v") + "-1.1" }

const stateScript = `
for file in kubelet kubelet.stock; do echo "$file $(/usr/bin/$file --version 2>/dev/null)"; done
echo "divert $(dpkg-divert --truename /usr/bin/kubelet)"
echo "package $(dpkg-query -W -f '${db:Status-Status} ${Version}' kubelet 2>/dev/null)"
echo "changed $(dpkg --verify kubelet 2>/dev/null | grep -v '/[.]kubelet-keep$' | tr '\n' ';')"
echo "left $(cd /usr/bin && ls -d kubelet.* 2>/dev/null | grep -vx kubelet.stock | tr '\n' ' ')"
`

func parseState(output string) state {
	values := map[string]string{}
	for line := range strings.Lines(output) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		values[key] = value
	}
	version, installed := strings.CutPrefix(values["package"], "installed ")
	if !installed {
		version = ""
	}
	return state{
		Kubelet: strings.TrimPrefix(values["kubelet"], "Kubernetes "), Stock: strings.TrimPrefix(values["kubelet.stock"], "Kubernetes "),
		Diverted: values["divert"] == "/usr/bin/kubelet.stock", Package: version, Changed: values["changed"], Left: values["left"],
	}
}

// want fails if the machine is in another state.
func (t *Trial) want(ctx context.Context, n node, want state) error {
	output, err := t.sh(ctx, n, stateScript)
	if err != nil {
		return err
	}
	if diff := cmp.Diff(want, parseState(output)); diff != "" {
		return fmt.Errorf("%s is not in the state (-want +got):\n%s", n.name, diff)
	}
	return nil
}

// wantLabel fails if the node has the label and should not, or the reverse, or is cordoned.
func (t *Trial) wantLabel(ctx context.Context, n node, want bool) error {
	output, err := t.run(ctx, "kubectl", "get", "node", n.name, "-o", "json")
	if err != nil {
		return err
	}
	got := &v1.Node{}
	if err := json.Unmarshal([]byte(output), got); err != nil {
		return fmt.Errorf("read node %s: %w", n.name, err)
	}
	if has := got.Labels[label] == "true"; has != want {
		return fmt.Errorf("%s has the label %s: %v, want %v", n.name, label, has, want)
	}
	if got.Spec.Unschedulable {
		return fmt.Errorf("%s is cordoned", n.name)
	}
	return nil
}

// running are the containers and sandboxes of a node.
type running struct {
	// IDs has those that run, with their names.
	IDs map[string]string
	// Restarts counts those that the API server knows of, by pod and container.
	Restarts map[string]int32
}

func (t *Trial) look(ctx context.Context, n node) (running, error) {
	r := running{IDs: map[string]string{}, Restarts: map[string]int32{}}
	var containers struct {
		Containers []struct {
			ID       string
			Metadata struct{ Name string }
		}
		Items []struct {
			ID       string
			Metadata struct{ Name string }
		}
	}
	for _, list := range []string{"crictl ps -o json", "crictl pods --state ready -o json"} {
		output, err := t.sh(ctx, n, list)
		if err != nil {
			return r, err
		}
		containers.Containers, containers.Items = nil, nil
		if err := json.Unmarshal([]byte(output), &containers); err != nil {
			return r, fmt.Errorf("read the containers of %s: %w", n.name, err)
		}
		for _, each := range append(containers.Containers, containers.Items...) {
			r.IDs[each.ID] = each.Metadata.Name
		}
	}
	pods, err := t.pods(ctx, "--all-namespaces", "--field-selector", "spec.nodeName="+n.name)
	if err != nil {
		return r, err
	}
	for _, pod := range pods {
		for _, status := range pod.Status.ContainerStatuses {
			r.Restarts[pod.Namespace+"/"+pod.Name+"/"+status.Name] = status.RestartCount
		}
	}
	if len(r.IDs) < 4 || len(r.Restarts) < 2 {
		return r, fmt.Errorf("want pods to look at on %s, got %+v", n.name, r)
	}
	return r, nil
}

// keeps fails if the work ends, starts or restarts a container or a sandbox on the node.
func (t *Trial) keeps(ctx context.Context, n node, work func() error) error {
	before, err := t.look(ctx, n)
	if err != nil {
		return err
	}
	if err := work(); err != nil {
		return err
	}
	after, err := t.look(ctx, n)
	if err != nil {
		return err
	}
	if diff := cmp.Diff(before, after); diff != "" {
		return fmt.Errorf("containers of %s have changed (-before +after):\n%s", n.name, diff)
	}
	t.Log.Printf("%s: all %d containers and sandboxes are the same", n.name, len(before.IDs))
	return nil
}

func (t *Trial) pods(ctx context.Context, args ...string) ([]v1.Pod, error) {
	output, err := t.run(ctx, append([]string{"kubectl", "get", "pods", "-o", "json"}, args...)...)
	if err != nil {
		return nil, err
	}
	list := &v1.PodList{}
	if err := json.Unmarshal([]byte(output), list); err != nil {
		return nil, fmt.Errorf("read the pods: %w", err)
	}
	return list.Items, nil
}

// startedInOrder fails if the pods with the label did not start their proxy two seconds before the app, as ours does, or did so
// although they are not ordered.
func (t *Trial) startedInOrder(ctx context.Context, app string, want bool) error {
	pods, err := t.pods(ctx, "-l", "app="+app, "--field-selector", "status.phase=Running")
	if err != nil {
		return err
	}
	var failures []error
	seen := 0
	for _, pod := range pods {
		if pod.DeletionTimestamp != nil {
			continue
		}
		seen++
		started := map[string]v1.ContainerStateRunning{}
		for _, status := range pod.Status.ContainerStatuses {
			if status.State.Running != nil {
				started[status.Name] = *status.State.Running
			}
		}
		if len(started) != 2 {
			failures = append(failures, fmt.Errorf("pod %s: %d of 2 containers run", pod.Name, len(started)))
			continue
		}
		ahead := started["app"].StartedAt.Sub(started["proxy"].StartedAt.Time)
		if ordered := ahead.Seconds() >= 2; ordered != want {
			failures = append(failures, fmt.Errorf("pod %s: proxy started %v before app; in order: %v, want %v", pod.Name, ahead, ordered, want))
		}
	}
	if seen == 0 {
		failures = append(failures, fmt.Errorf("no pod of %s runs", app))
	}
	return errors.Join(failures...)
}
