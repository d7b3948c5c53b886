// SPDX-License-Identifier: Apache-2.0

package trial

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"kubelet-ordering/hack/testnode/kindlab/internal/deb"
)

//go:embed pods.yaml
var podsManifest string

// workload starts pods under the stock kubelet, which knows no order.
func (t *Trial) workload(ctx context.Context) error {
	manifest := filepath.Join(t.Dir, "pods.yaml")
	if err := os.WriteFile(manifest, []byte(podsManifest), 0o600); err != nil {
		return fmt.Errorf("write the pods' manifest: %w", err)
	}
	if _, err := t.run(ctx, "kubectl", "apply", "-f", manifest); err != nil {
		return err
	}
	return errors.Join(t.rolledOut(ctx, "plain", false), t.rolledOut(ctx, "ordered", false))
}

// rolledOut waits for a Deployment, and says whether its containers must have started in order.
func (t *Trial) rolledOut(ctx context.Context, name string, inOrder bool) error {
	if _, err := t.run(ctx, "kubectl", "rollout", "status", "deployment/"+name, "--timeout="+patience.String()); err != nil {
		return err
	}
	return t.startedInOrder(ctx, name, inOrder)
}

// toOurs is the first command of the README. A pod that runs stays unordered, the next one is ordered.
func (t *Trial) toOurs(ctx context.Context) error {
	err := t.keeps(ctx, worker, func() error {
		return t.user(ctx, "hack/kind.sh switch "+worker.name+" ours --ssh root@"+worker.address)
	})
	if err != nil {
		return err
	}
	if err := t.isOurs(ctx, worker, t.Version); err != nil {
		return err
	}
	if _, err := t.run(ctx, "kubectl", "rollout", "restart", "deployment/ordered", "deployment/plain"); err != nil {
		return err
	}
	return errors.Join(t.rolledOut(ctx, "plain", false), t.rolledOut(ctx, "ordered", true))
}

// isOurs fails unless the node runs this project's kubelet, beside the package's of that version, to which the package is diverted.
func (t *Trial) isOurs(ctx context.Context, n node, stock string) error {
	if err := t.want(ctx, n, state{Kubelet: t.ours, Stock: stock, Diverted: true, Package: debian(stock)}); err != nil {
		return err
	}
	return errors.Join(t.ready(ctx, n, t.ours), t.wantLabel(ctx, n, true))
}

// isStock fails unless the node runs the package's kubelet and nothing remains of ours.
func (t *Trial) isStock(ctx context.Context, n node, stock string) error {
	if err := t.want(ctx, n, state{Kubelet: stock, Package: debian(stock)}); err != nil {
		return err
	}
	return errors.Join(t.ready(ctx, n, stock), t.wantLabel(ctx, n, false))
}

// demo runs the pod of the README on the worker, by the command of the guide. It fails if that finds a start or stop out of order. The
// pod gets more time than usual: this machine runs a whole cluster.
func (t *Trial) demo(ctx context.Context) error {
	return t.user(ctx, `go run ./hack/demo -timeout 10m -kubectl "kubectl" -on-node "ssh root@`+worker.address+`"`)
}

// held shows that an upgrade leaves a package alone that is on hold.
func (t *Trial) held(ctx context.Context) error {
	later, err := filepath.Glob(filepath.Join(t.Later, "*.deb"))
	if err != nil || len(later) == 0 {
		return fmt.Errorf("find the later packages in %s: %w", t.Later, err)
	}
	for _, file := range later {
		if err := os.Link(file, filepath.Join(t.Packages, filepath.Base(file))); err != nil && !errors.Is(err, os.ErrExist) {
			return fmt.Errorf("publish a later package: %w", err)
		}
	}
	if err := deb.Index(ctx, t.Packages); err != nil {
		return err
	}
	return t.keeps(ctx, worker, func() error {
		said, err := t.sh(ctx, worker, "apt-get update -q && apt-get upgrade -y -q")
		if err != nil {
			return err
		}
		if !strings.Contains(said, "kept back") {
			return fmt.Errorf("apt-get did not keep the package back:\n%s", said)
		}
		said, err = t.sh(ctx, worker, "apt-get install -y -q kubelet="+debian(t.Next)+" 2>&1")
		if err == nil {
			return fmt.Errorf("apt-get has changed a package that is on hold:\n%s", said)
		}
		return t.isOurs(ctx, worker, t.Version)
	})
}

// upgraded shows that an upgrade goes to kubelet.stock, and leaves ours in place, also when the kubelet restarts.
func (t *Trial) upgraded(ctx context.Context) error {
	if err := t.must(ctx, worker, "apt-mark unhold kubelet"); err != nil {
		return err
	}
	return t.keeps(ctx, worker, func() error {
		said, err := t.sh(ctx, worker, "apt-get upgrade -y -q")
		if err != nil {
			return err
		}
		t.Log.Printf("apt-get upgrade says at the end:\n%s", tail(said, 6))
		if err := t.isOurs(ctx, worker, t.Next); err != nil {
			return err
		}
		if err := t.must(ctx, worker, "systemctl restart kubelet"); err != nil {
			return err
		}
		return t.isOurs(ctx, worker, t.Next)
	})
}

// reinstalled shows the same of the package's second installation, of its downgrade, and of another upgrade.
func (t *Trial) reinstalled(ctx context.Context) error {
	return t.keeps(ctx, worker, func() error {
		for _, each := range []struct{ command, stock string }{
			{"apt-get install -y -q --reinstall kubelet", t.Next},
			{"apt-get install -y -q --allow-downgrades kubelet=" + debian(t.Version), t.Version},
			{"apt-get install -y -q kubelet=" + debian(t.Next), t.Next},
			{"dpkg-reconfigure kubelet", t.Next},
		} {
			if err := t.must(ctx, worker, each.command); err != nil {
				return err
			}
			if err := t.isOurs(ctx, worker, each.stock); err != nil {
				return fmt.Errorf("after `%s`: %w", each.command, err)
			}
		}
		return nil
	})
}

// here runs kind.sh on the control plane, in a checkout there.
func (t *Trial) here(ctx context.Context, args string) error {
	return t.user(ctx, fmt.Sprintf("%s exec --workdir %s %s env PATH=%s GOFLAGS=-mod=mod GOPROXY=off hack/kind.sh %s",
		t.Engine, t.Repo, control.name, "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$(go env GOROOT)/bin", args))
}

// controlToOurs is the README's command for the node itself. The control plane's own pods run on.
func (t *Trial) controlToOurs(ctx context.Context) error {
	err := t.keeps(ctx, control, func() error { return t.here(ctx, "switch "+control.name+" ours --here") })
	return errors.Join(err, t.isOurs(ctx, control, t.Version))
}

// kubeadmApply upgrades the cluster as kubeadm's documentation says, while both nodes have ours.
func (t *Trial) kubeadmApply(ctx context.Context) error {
	for _, n := range []node{control, worker} {
		// No registry has the images of the next release. Those of this one stand for them.
		err := t.must(ctx, n, fmt.Sprintf(`set -e
for image in kube-apiserver kube-controller-manager kube-scheduler kube-proxy; do
	ctr -n k8s.io images tag --force registry.k8s.io/$image:%s registry.k8s.io/$image:%s
done
apt-get update -q
apt-get install -y -q --allow-change-held-packages kubeadm=%[3]s kubectl=%[3]s
apt-mark hold kubeadm kubectl`, t.Version, t.Next, debian(t.Next)))
		if err != nil {
			return err
		}
	}
	if err := t.show(ctx, control, "kubeadm upgrade apply -y "+t.Next+" "+ignored); err != nil {
		return err
	}
	images, err := t.run(ctx, "kubectl", "get", "pods", "-n", "kube-system", "-l", "tier=control-plane", "-o",
		"jsonpath={range .items[*]}{.spec.containers[0].image}{\"\\n\"}{end}")
	if err != nil {
		return err
	}
	if got := strings.Count(images, ":"+t.Next); got != 3 {
		return fmt.Errorf("want 3 pods of the control plane of %s, got\n%s", t.Next, images)
	}
	for _, addon := range []string{"daemonset/kube-proxy", "deployment/coredns"} {
		_, err := t.run(ctx, "kubectl", "rollout", "status", "-n", "kube-system", addon, "--timeout="+patience.String())
		if err != nil {
			return err
		}
	}
	return nil
}

// kubeadmNode upgrades the worker's configuration, and the packages of both nodes.
func (t *Trial) kubeadmNode(ctx context.Context) error {
	if err := t.keeps(ctx, worker, func() error { return t.show(ctx, worker, "kubeadm upgrade node "+ignored) }); err != nil {
		return err
	}
	for _, n := range []node{control, worker} {
		err := t.keeps(ctx, n, func() error {
			return t.must(ctx, n, "apt-get install -y -q --allow-change-held-packages kubelet="+debian(t.Next)+
				" && systemctl daemon-reload && systemctl restart kubelet")
		})
		if err != nil {
			return err
		}
		if err := t.isOurs(ctx, n, t.Next); err != nil {
			return err
		}
	}
	return nil
}

// show runs a command on a machine and says what it said last.
func (t *Trial) show(ctx context.Context, n node, command string) error {
	var said string
	err := t.Log.Step(n.name+"# "+command, func() (err error) {
		said, err = t.sh(ctx, n, command+" 2>&1")
		return err
	})
	t.Log.Printf("it says at the end:\n%s", tail(said, 4))
	return err
}

// reboot restarts the worker: its pods get new sandboxes, and start in order in them.
func (t *Trial) reboot(ctx context.Context) error {
	before, err := t.look(ctx, worker)
	if err != nil {
		return err
	}
	if _, err := t.run(ctx, t.Engine, "restart", worker.name); err != nil {
		return err
	}
	err = t.Log.Wait(ctx, "waiting until containers run again", patience, func() error {
		after, err := t.look(ctx, worker)
		if err != nil {
			return err
		}
		for id, name := range before.IDs {
			if after.IDs[id] != "" {
				return fmt.Errorf("%s survived the reboot", name)
			}
		}
		if len(after.IDs) < len(before.IDs) {
			return fmt.Errorf("%d of %d run", len(after.IDs), len(before.IDs))
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := t.isOurs(ctx, worker, t.Next); err != nil {
		return err
	}
	for _, name := range []string{"ordered", "plain"} {
		_, err := t.run(ctx, "kubectl", "wait", "deployment/"+name, "--for=condition=Available", "--timeout="+patience.String())
		if err != nil {
			return err
		}
	}
	return errors.Join(t.startedInOrder(ctx, "ordered", true), t.startedInOrder(ctx, "plain", false))
}

// toStock is the way back, by a user with sudo. It leads to the upgraded kubelet.
func (t *Trial) toStock(ctx context.Context) error {
	err := t.keeps(ctx, worker, func() error {
		return t.user(ctx, "hack/kind.sh switch "+worker.name+" stock --ssh "+admin+"@"+worker.address)
	})
	return errors.Join(err, t.isStock(ctx, worker, t.Next))
}

// purged puts ours in place by the guide's commands without Go, and purges the package: the unit goes with the package, ours stays.
func (t *Trial) purged(ctx context.Context) error {
	root := "root@" + worker.address
	err := t.keeps(ctx, worker, func() error {
		for _, line := range []string{
			"scp _output/bin/kubelet hack/kind/node/switch.sh " + root + ":",
			"kubectl label node " + worker.name + " " + label + "=true",
			"ssh " + root + " sh switch.sh ours kubelet",
		} {
			if err := t.user(ctx, line); err != nil {
				return err
			}
		}
		return t.isOurs(ctx, worker, t.Next)
	})
	if err != nil {
		return err
	}
	before, err := t.sh(ctx, worker, "crictl ps -q | sort")
	if err != nil {
		return err
	}
	if err := t.must(ctx, worker, "apt-get purge -y -q kubelet"); err != nil {
		return err
	}
	if err := t.want(ctx, worker, state{Kubelet: t.ours, Diverted: true}); err != nil {
		return err
	}
	if said, _ := t.sh(ctx, worker, "systemctl is-active kubelet"); said == "active" {
		return errors.New("the kubelet runs although its package is purged")
	}
	said, err := t.sh(ctx, worker, "sh /root/switch.sh stock 2>&1 || echo refused")
	if err != nil {
		return err
	}
	t.Log.Printf("without the package, `switch.sh stock` says: %s", said)
	if !strings.HasSuffix(said, "refused") || !strings.Contains(said, "apt-get install") {
		return fmt.Errorf("want a refusal with a remedy from switch.sh, got: %s", said)
	}
	after, err := t.sh(ctx, worker, "crictl ps -q | sort")
	if err == nil && after != before {
		err = fmt.Errorf("containers have changed:\n%s\n%s", before, after)
	}
	return err
}

// returned installs the package again: ours runs, and the way back leads to the package's.
func (t *Trial) returned(ctx context.Context) error {
	err := t.must(ctx, worker, "apt-get install -y -q kubelet="+debian(t.Next)+" && systemctl enable --now kubelet")
	if err != nil {
		return err
	}
	if err := t.isOurs(ctx, worker, t.Next); err != nil {
		return err
	}
	return t.keeps(ctx, worker, func() error {
		for _, line := range []string{
			"ssh root@" + worker.address + " sh switch.sh stock",
			"kubectl label node " + worker.name + " " + label + "-",
		} {
			if err := t.user(ctx, line); err != nil {
				return err
			}
		}
		return t.isStock(ctx, worker, t.Next)
	})
}

// drained drains the worker before the switch: other pods run there afterwards, under ours, in order.
func (t *Trial) drained(ctx context.Context) error {
	before, err := t.pods(ctx)
	if err != nil {
		return err
	}
	if err := t.user(ctx, "hack/kind.sh switch "+worker.name+" ours --drain --ssh root@"+worker.address); err != nil {
		return err
	}
	after, err := t.pods(ctx)
	if err != nil {
		return err
	}
	for _, old := range before {
		for _, pod := range after {
			if pod.UID == old.UID && pod.DeletionTimestamp == nil {
				return fmt.Errorf("pod %s runs on although the node was drained", pod.Name)
			}
		}
	}
	if len(before) < 2 {
		return fmt.Errorf("want pods to evict, got %d", len(before))
	}
	if err := t.isOurs(ctx, worker, t.Next); err != nil {
		return err
	}
	return errors.Join(t.rolledOut(ctx, "plain", false), t.rolledOut(ctx, "ordered", true))
}

// joinWithOurs takes the worker out of the cluster and lets it join with ours in place.
func (t *Trial) joinWithOurs(ctx context.Context) error {
	if err := t.must(ctx, worker, "kubeadm reset -f"); err != nil {
		return err
	}
	if _, err := t.run(ctx, "kubectl", "delete", "node", worker.name); err != nil {
		return err
	}
	if err := t.join(ctx); err != nil {
		return err
	}
	if err := t.want(ctx, worker, state{Kubelet: t.ours, Stock: t.Next, Diverted: true, Package: debian(t.Next)}); err != nil {
		return err
	}
	if err := t.ready(ctx, worker, t.ours); err != nil {
		return err
	}
	// A new node has no label.
	return t.wantLabel(ctx, worker, false)
}

// controlToStock is the way back on the node itself.
func (t *Trial) controlToStock(ctx context.Context) error {
	err := t.keeps(ctx, control, func() error { return t.here(ctx, "switch "+control.name+" stock --here") })
	return errors.Join(err, t.isStock(ctx, control, t.Next))
}
