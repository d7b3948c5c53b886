// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	v1 "k8s.io/api/core/v1"

	"kubelet-ordering/hack/internal/progress"
	"kubelet-ordering/hack/kind/internal/engine"
	"kubelet-ordering/hack/kind/internal/fit"
	"kubelet-ordering/hack/kind/internal/pods"
	"kubelet-ordering/hack/kind/node"
)

type exchangeOptions struct {
	name, to            string
	ssh, kubelet        string
	here, drain, force  bool
	drainFlags          string
	kubeconfig, context string
	timeout             time.Duration
}

// exchange is the subcommand switch.
func exchange(ctx context.Context, t tool, args []string) error {
	var o exchangeOptions
	set := flags("switch", "NODE ours|stock [flags]",
		"Exchanges the kubelet of a node: ours is the one of this project, stock the one that the node had. No container stops. NODE is a\n"+
			"node of a kind cluster here, or with --ssh or --here any node with systemd, by its name in the cluster.\n")
	set.StringVar(&o.ssh, "ssh", "", "reach the node by ssh at this `destination`, as root or with sudo; kubectl here must reach the cluster")
	set.BoolVar(&o.here, "here", false, "this machine is the node")
	set.StringVar(&o.kubelet, "kubelet", t.path("_output", "bin", "kubelet"), "the kubelet `file` for ours")
	set.BoolVar(&o.drain, "drain", false, "drain the node first, and uncordon it afterwards; the switch does not need that")
	set.StringVar(&o.drainFlags, "drain-flags", "", "more `flags` for kubectl drain, such as \"--delete-emptydir-data --force\", which delete data")
	set.BoolVar(&o.force, "force", false, "switch although pods would hang, or the kubelet does not fit the node")
	set.StringVar(&o.kubeconfig, "kubeconfig", "", "with --ssh or --here: the `file` for kubectl")
	set.StringVar(&o.context, "context", "", "with --ssh or --here: the `context` for kubectl")
	set.DurationVar(&o.timeout, "timeout", 2*time.Minute, "how long the new kubelet may take to come up before the old one is put back")
	arguments, rest, err := set.parse(args)
	switch {
	case err != nil:
		return err
	case len(arguments) != 2 || len(rest) > 0 || (arguments[1] != "ours" && arguments[1] != "stock"):
		return fmt.Errorf("switch needs a node and ours or stock: %w", errUsage)
	case o.here && o.ssh != "":
		return fmt.Errorf("--here and --ssh exclude each other: %w", errUsage)
	case o.timeout < time.Second || o.timeout > time.Hour:
		return fmt.Errorf("--timeout %v: give a duration from 1s to 1h: %w", o.timeout, errUsage)
	}
	o.name, o.to = arguments[0], arguments[1]
	x := exchanger{tool: t, o: o}
	if x.place, x.kubectl, err = t.reach(ctx, o); err != nil {
		return err
	}
	return x.run(ctx)
}

// reach finds the node and the cluster that it belongs to.
func (t tool) reach(ctx context.Context, o exchangeOptions) (node.Place, kubectl, error) {
	switch {
	case o.ssh != "":
		return node.SSH(t.Runner, o.ssh), kubectlHere(t.Runner, o.kubeconfig, o.context), nil
	case o.here:
		if o.kubeconfig == "" && os.Getenv("KUBECONFIG") == "" {
			// On a control plane of kubeadm, root's kubectl works without more.
			if _, err := os.Stat(adminConf); err == nil {
				o.kubeconfig = adminConf
			}
		}
		return node.Here(t.Runner), kubectlHere(t.Runner, o.kubeconfig, o.context), nil
	}
	e, err := engine.Choose(ctx, t, os.Getenv)
	if err != nil {
		return node.Place{}, kubectl{}, err
	}
	found, ok, err := e.Node(ctx, o.name)
	switch {
	case err != nil:
		return node.Place{}, kubectl{}, err
	case !ok:
		return node.Place{}, kubectl{}, fmt.Errorf(
			"%s knows no node %q of a kind cluster: see `kind get nodes --all-clusters`; a node of another kind needs --ssh or --here", e.Program, o.name)
	case found.Role != "control-plane" && found.Role != "worker":
		return node.Place{}, kubectl{}, fmt.Errorf("%q is a %s of the kind cluster %q and has no kubelet: name a node", o.name, found.Role, found.Cluster)
	}
	kubectl, err := kubectlOfKind(ctx, e, found.Cluster)
	return node.Container(e, o.name), kubectl, err
}

const adminConf = "/etc/kubernetes/admin.conf"

// exchanger exchanges the kubelet of one node.
type exchanger struct {
	tool
	o       exchangeOptions
	place   node.Place
	kubectl kubectl
	// facts are what the node said before.
	facts node.Answer
	// labelled is set if the node had the label before.
	labelled bool
	// found are the pods that the switch changes.
	found pods.Findings
}

func (x *exchanger) run(ctx context.Context) error {
	before, err := x.node(ctx)
	if err != nil {
		return err
	}
	if x.facts, err = x.place.Facts(ctx, ""); err != nil {
		return fmt.Errorf("look at node %q: %w", x.o.name, err)
	}
	if name := x.facts.Values["node"]; name != "" && name != x.o.name {
		return fmt.Errorf("the machine is the node %q of its cluster, not %q: name it so", name, x.o.name)
	}
	cordoned := before.Spec.Unschedulable
	x.labelled = before.Labels[pods.Label] == "true"
	if x.o.drain {
		defer x.uncordon(ctx, cordoned)
		if err := x.drain(ctx); err != nil {
			return err
		}
	}
	if x.o.to == "stock" {
		if err := x.look(ctx); err != nil {
			return err
		}
	}
	if !cordoned && !x.o.drain {
		// While the node has the label and its own kubelet, no ordered pod may come.
		defer x.uncordon(ctx, cordoned)
		if _, err := x.kubectl.output(ctx, "cordon", x.o.name); err != nil {
			return err
		}
	}
	if x.o.to == "ours" {
		return x.ours(ctx)
	}
	return x.stock(ctx)
}

// ours puts the label on the node, and then our kubelet. Not after it: a kubelet that starts ends pods whose nodeSelector its node
// does not match, and such pods may run here since an earlier switch.
func (x *exchanger) ours(ctx context.Context) error {
	kubelet, err := fit.Read(x.o.kubelet)
	if err != nil {
		return err
	}
	upload := x.facts.Values["kubelet"] + ".upload"
	defer func() { _ = x.place.Remove(context.WithoutCancel(ctx), upload) }()
	err = x.log.Step("copying the kubelet to "+x.o.name, func() error { return x.place.Upload(ctx, x.o.kubelet, upload) })
	if err != nil {
		return err
	}
	if err := x.fits(ctx, kubelet, upload); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	// From here on nothing is left half done: the node's script ends by itself, with one kubelet or the other.
	ctx = context.WithoutCancel(ctx)
	if _, err := x.kubectl.output(ctx, "label", "--overwrite", "node", x.o.name, pods.Label+"=true"); err != nil {
		return fmt.Errorf("give the node the label by which pods select it, which takes the rights of an administrator: %w", err)
	}
	if err := x.script(ctx, "ours", upload); err != nil {
		if !x.labelled {
			err = errors.Join(err, x.unlabel(ctx))
		}
		return err
	}
	x.log.Printf("%s has the label %s=true", x.o.name, pods.Label)
	return nil
}

func (x *exchanger) unlabel(ctx context.Context) error {
	if _, err := x.kubectl.output(ctx, "label", "node", x.o.name, pods.Label+"-"); err != nil {
		return fmt.Errorf("the node has its own kubelet and still the label %s, which draws ordered pods there: %w", pods.Label, err)
	}
	return nil
}

func (x *exchanger) fits(ctx context.Context, kubelet fit.Kubelet, upload string) error {
	tried, err := x.place.Facts(ctx, upload)
	if err != nil {
		return fmt.Errorf("try the kubelet on node %q: %w", x.o.name, err)
	}
	values := tried.Values
	kubelet.Version = values["runs"]
	own := values["version"]
	if stock := values["stock"]; stock != "" {
		own = stock
	}
	cgroup, _ := strconv.Atoi(values["cgroup"])
	misfits, notes := fit.Check(kubelet, fit.Node{
		Version: own, Architecture: values["arch"], Libc: values["libc"], Cgroup: cgroup, Fails: values["fails"], Other: "a node of %s",
	})
	for _, note := range notes {
		// The node's own kubelet runs here, with the same configuration.
		if !strings.HasPrefix(note, "cgroup") {
			x.log.Printf("note: %s", note)
		}
	}
	if len(misfits) > 0 && (!x.o.force || kubelet.Version == "") {
		return fmt.Errorf("the kubelet %s does not fit node %q:%s", x.o.kubelet, x.o.name, join(misfits))
	}
	return nil
}

// look refuses the way back under pods that would hang.
func (x *exchanger) look(ctx context.Context) error {
	list, err := x.kubectl.output(ctx, "get", "pods", "--all-namespaces", "--field-selector", "spec.nodeName="+x.o.name, "-o", "json")
	if err != nil {
		return fmt.Errorf("see which pods run on node %q: %w", x.o.name, err)
	}
	if x.found, err = pods.Of([]byte(list)); err != nil {
		return err
	}
	if len(x.found.Hang) > 0 && !x.o.force {
		return fmt.Errorf("pods on %s would hang under the node's own kubelet:%s\n"+
			"wait until they have ended, delete them, move them off with --drain, or switch nevertheless with --force",
			x.o.name, join(words(x.found.Hang)))
	}
	return nil
}

func words(found []pods.Finding) []string {
	var all []string
	for _, f := range found {
		all = append(all, f.String())
	}
	return all
}

// stock puts the node's own kubelet back, and then takes the label away. Not before: a kubelet that starts ends pods whose
// nodeSelector its node does not match.
func (x *exchanger) stock(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	if err := x.script(ctx, "stock"); err != nil {
		return err
	}
	if err := x.unlabel(ctx); err != nil {
		return err
	}
	x.log.Printf("took the label %s off %s", pods.Label, x.o.name)
	if all := slices.Concat(x.found.Hang, x.found.Change); len(all) > 0 {
		x.log.Printf("under the node's own kubelet:%s", join(words(all)))
	}
	return nil
}

// script exchanges the kubelet.
func (x *exchanger) script(ctx context.Context, args ...string) error {
	answer, err := x.place.Script(ctx, teller{x.log}, x.timeout(), args...)
	if err != nil {
		return fmt.Errorf("switch node %q: %w", x.o.name, err)
	}
	values := answer.Values
	if values["from"] == values["to"] && values["seconds"] == "" {
		return nil
	}
	if values["ready"] != "yes" {
		if err := x.ready(ctx, values["to"]); err != nil {
			return x.back(ctx, values, err)
		}
	}
	x.log.Printf("%s: %s -> %s in %s s; containers and sandboxes that run on: %s", x.o.name, values["from"], values["to"], values["seconds"],
		values["kept"])
	for _, gone := range answer.Gone {
		x.log.Printf("ended during the switch: %s", gone)
	}
	return nil
}

func (x *exchanger) timeout() string { return strconv.Itoa(int(x.o.timeout.Seconds())) }

// ready waits until the node is Ready with the version. Only nodes that could not ask the API server themselves need this.
func (x *exchanger) ready(ctx context.Context, version string) error {
	return x.log.Wait(ctx, "waiting until "+x.o.name+" is Ready", x.o.timeout, func() error {
		n, err := x.node(ctx)
		if err != nil {
			return err
		}
		if got := n.Status.NodeInfo.KubeletVersion; got != version {
			return fmt.Errorf("the node has kubelet %s", got)
		}
		for _, c := range n.Status.Conditions {
			if c.Type == v1.NodeReady && c.Status == v1.ConditionTrue {
				return nil
			}
		}
		return errors.New("the node is not Ready")
	})
}

// back undoes a switch after which the node did not become Ready.
func (x *exchanger) back(ctx context.Context, values map[string]string, problem error) error {
	if strings.Contains(values["from"], "+ordering.") {
		return fmt.Errorf("node %q runs %s and is not Ready: switch it to ours again, or see its log: %w", x.o.name, values["to"], problem)
	}
	if _, err := x.place.Script(ctx, teller{x.log}, x.timeout(), "stock"); err != nil {
		return fmt.Errorf("node %q is not Ready with %s, and %s cannot be put back: %w", x.o.name, values["to"], values["from"], errors.Join(problem, err))
	}
	return fmt.Errorf("node %q was not Ready with %s; %s is back: %w", x.o.name, values["to"], values["from"], problem)
}

func (x *exchanger) node(ctx context.Context) (*v1.Node, error) {
	output, err := x.kubectl.output(ctx, "get", "node", x.o.name, "-o", "json")
	if err != nil {
		return nil, fmt.Errorf("find node %q in its cluster: %w", x.o.name, err)
	}
	n := &v1.Node{}
	if err := json.Unmarshal([]byte(output), n); err != nil {
		return nil, fmt.Errorf("read node %q: %w", x.o.name, err)
	}
	return n, nil
}

func (x *exchanger) drain(ctx context.Context) error {
	args := append([]string{"drain", x.o.name, "--ignore-daemonsets"}, strings.Fields(x.o.drainFlags)...)
	return x.log.Step("draining "+x.o.name, func() error { return x.kubectl.tell(ctx, teller{x.log}, args...) })
}

// uncordon makes the node schedulable again, if it was so before.
func (x *exchanger) uncordon(ctx context.Context, cordoned bool) {
	if cordoned {
		return
	}
	if _, err := x.kubectl.output(context.WithoutCancel(ctx), "uncordon", x.o.name); err != nil {
		x.log.Printf("the node is still cordoned: kubectl uncordon %s (%v)", x.o.name, err)
	}
}

// teller passes a command's lines to the log.
type teller struct{ log *progress.Log }

func (t teller) Write(p []byte) (int, error) {
	for line := range strings.Lines(string(p)) {
		if line = strings.TrimSpace(line); line != "" {
			t.log.Printf("%s", line)
		}
	}
	return len(p), nil
}
