// SPDX-License-Identifier: Apache-2.0

package trial

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"kubelet-ordering/hack/internal/progress"
	"kubelet-ordering/hack/testnode/kindlab/internal/machine"
	"kubelet-ordering/hack/testnode/kindlab/internal/nodeimage"
)

// admin is a user who may use sudo without a password.
const admin = "admin"

// patience is how long anything of the cluster may take: the lab also runs beside other work.
const patience = 10 * time.Minute

// machines starts the two machines.
func (t *Trial) machines(ctx context.Context) error {
	if _, err := t.run(ctx, t.Engine, "network", "create", "--subnet", "172.29.0.0/24", network); err != nil {
		return err
	}
	key, err := os.ReadFile(filepath.Join(t.Dir, "key.pub"))
	if err != nil {
		return fmt.Errorf("read the trial's key: %w", err)
	}
	places, err := t.run(ctx, "go", "env", "GOROOT", "GOCACHE", "GOMODCACHE")
	if err != nil {
		return err
	}
	for _, n := range []node{control, worker} {
		args := []string{
			t.Engine, "run", "--detach", "--name", n.name, "--hostname", n.name, "--network", network, "--ip", n.address, "--privileged",
			"--cgroupns=private", "--sysctl", "net.ipv4.ip_forward=1", "--tmpfs", "/run", "--tmpfs", "/tmp:exec", "--volume", "/var",
			"--volume", t.Packages + ":" + machine.Repository + ":ro",
		}
		if n == control {
			// A checkout of this repository, and Go.
			for _, place := range append(strings.Fields(places), t.Repo) {
				args = append(args, "--volume", place+":"+place)
			}
		}
		if _, err := t.run(ctx, append(args, t.Image)...); err != nil {
			return err
		}
	}
	for _, n := range []node{control, worker} {
		err := t.Log.Wait(ctx, "waiting until "+n.name+" has booted", time.Minute, func() error {
			state, err := t.sh(ctx, n, "systemctl is-system-running || :")
			if state == "running" {
				return nil
			}
			if state == "degraded" {
				failed, _ := t.sh(ctx, n, "systemctl --failed --no-legend")
				return fmt.Errorf("units have failed: %s: %w", failed, progress.ErrFinal)
			}
			return errors.Join(fmt.Errorf("systemd says %q", state), err)
		})
		if err != nil {
			return err
		}
		err = t.must(ctx, n, fmt.Sprintf(`set -e
useradd --create-home --shell /bin/sh %[1]s
echo '%[1]s ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/%[1]s
for home in /root /home/%[1]s; do
	install -d -m 700 $home/.ssh
	echo '%[2]s' >$home/.ssh/authorized_keys
done
chown -R %[1]s: /home/%[1]s/.ssh`, admin, strings.TrimSpace(string(key))))
		if err != nil {
			return err
		}
	}
	return nil
}

// install installs the packages of Kubernetes as its documentation says.
func (t *Trial) install(ctx context.Context) error {
	for _, n := range []node{control, worker} {
		err := t.must(ctx, n, `set -e
apt-get update -q
apt-get install -y -q kubelet kubeadm kubectl
apt-mark hold kubelet kubeadm kubectl
systemctl enable --now kubelet`)
		if err != nil {
			return err
		}
		if err := t.want(ctx, n, state{Kubelet: t.Version, Package: debian(t.Version)}); err != nil {
			return err
		}
	}
	return nil
}

// ignored is the check of kubeadm that does not hold here: it wants the kernel's configuration, and on cgroup v1 it refuses.
const ignored = "--ignore-preflight-errors=SystemVerification"

// cluster makes a cluster of the two machines.
func (t *Trial) cluster(ctx context.Context) error {
	err := t.Log.Step("kubeadm init", func() error {
		return t.must(ctx, control, "cat >/root/init.yaml <<'END'\n"+t.initConfig()+"END\nkubeadm init --config /root/init.yaml "+ignored)
	})
	if err != nil {
		return err
	}
	config, err := t.sh(ctx, control, "cat /etc/kubernetes/admin.conf")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(t.Dir, "kubeconfig"), []byte(config+"\n"), 0o600); err != nil {
		return fmt.Errorf("keep the cluster's kubeconfig: %w", err)
	}
	manifest := filepath.Join(t.Dir, "podnet.yaml")
	if err := os.WriteFile(manifest, []byte(nodeimage.PodNetManifest), 0o600); err != nil {
		return fmt.Errorf("keep the pod network's manifest: %w", err)
	}
	if _, err := t.run(ctx, "kubectl", "apply", "-f", manifest); err != nil {
		return err
	}
	if err := t.join(ctx); err != nil {
		return err
	}
	for _, n := range []node{control, worker} {
		if err := t.ready(ctx, n, t.Version); err != nil {
			return err
		}
	}
	_, err = t.run(ctx, "kubectl", "wait", "-n", "kube-system", "deployment/coredns", "--for=condition=Available",
		"--timeout="+patience.String())
	return err
}

// join makes the second machine a node.
func (t *Trial) join(ctx context.Context) error {
	return t.Log.Step("kubeadm join", func() error {
		line, err := t.sh(ctx, control, "kubeadm token create --print-join-command")
		if err != nil {
			return err
		}
		return t.must(ctx, worker, line+" "+ignored)
	})
}

func (t *Trial) initConfig() string {
	kubelet := ""
	if t.CgroupV1 {
		kubelet = "failCgroupV1: false\n"
	}
	// The container cannot change the machine's limit of connections, and the disk is not its own.
	return fmt.Sprintf(`apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
timeouts: {controlPlaneComponentHealthCheck: 10m, kubeletHealthCheck: 10m, kubernetesAPICall: 10m}
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: %s
networking: {podSubnet: 10.246.0.0/16}
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
imageGCHighThresholdPercent: 100
evictionHard: {nodefs.available: 0%%, nodefs.inodesFree: 0%%, imagefs.available: 0%%}
%s---
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
conntrack: {maxPerCore: 0}
`, t.Version, kubelet)
}

// ready waits until a node is Ready with that kubelet.
func (t *Trial) ready(ctx context.Context, n node, version string) error {
	return t.Log.Wait(ctx, "waiting until "+n.name+" is Ready with "+version, patience, func() error {
		got, err := t.run(ctx, "kubectl", "--request-timeout=5s", "get", "node", n.name, "-o",
			`jsonpath={.status.nodeInfo.kubeletVersion} {.status.conditions[?(@.type=="Ready")].status}`)
		if err == nil && got != version+" True" {
			err = fmt.Errorf("the node is %q", got)
		}
		time.Sleep(500 * time.Millisecond)
		return err
	})
}
