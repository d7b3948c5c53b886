// SPDX-License-Identifier: Apache-2.0

package node

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"text/template"
	"time"

	"kubelet-ordering/hack/testnode/internal/space"
)

const (
	containerdUnit = "containerd"
	stateDir       = "/run/containerd"
	// containerdRestart is that of the service that containerd's packages bring: specs kill it and wait for it.
	containerdRestart = 5 * time.Second
)

var containerdConfig = template.Must(template.New("containerd").Option("missingkey=error").Parse(`version = 3
root = "/var/lib/containerd"
state = "` + stateDir + `"
imports = []

[grpc]
  address = "{{.Socket}}"

[plugins.'io.containerd.cri.v1.images']
  snapshotter = "{{.Snapshotter}}"

[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = "registry.k8s.io/pause:3.10.2"

[plugins.'io.containerd.cri.v1.images'.registry]
  config_path = "{{.Registries}}"

[plugins.'io.containerd.cri.v1.runtime']
  restrict_oom_score_adj = {{.Restricted}}

[plugins.'io.containerd.cri.v1.runtime'.cni]
  bin_dirs = ["{{.CNIBinDir}}"]
  conf_dir = "{{.CNIConfDir}}"

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
  BinaryName = "{{.Runtime}}"
  SystemdCgroup = {{.Systemd}}

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.test-handler]
  runtime_type = "io.containerd.runc.v2"

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.test-handler.options]
  BinaryName = "{{.Runtime}}"
  SystemdCgroup = {{.Systemd}}

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.slow-start]
  runtime_type = "io.containerd.runc.v2"

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.slow-start.options]
  BinaryName = "{{.SlowStart}}"
  SystemdCgroup = {{.Systemd}}
`))

// slowStart is the program of the runtime handler "slow-start": runc, which says only after some seconds that it has started a
// container.
func slowStart(runc string) string {
	return "#!/bin/sh\n'" + runc + "' \"$@\" || exit\ncase \" $* \" in *' start '*) sleep 4 ;; esac\n"
}

func renderContainerd(spec Spec, snapshotter string) (string, error) {
	var text strings.Builder
	err := containerdConfig.Execute(&text, map[string]any{
		"Socket":      spec.ContainerdSocket(),
		"Snapshotter": snapshotter,
		"CNIBinDir":   spec.CNIBinDir,
		"CNIConfDir":  spec.path("cni"),
		"Registries":  spec.path("registries"),
		"Runtime":     spec.Program("runc"),
		"SlowStart":   spec.path("slow-start"),
		"Restricted":  spec.Restricted,
		"Systemd":     spec.Systemd,
	})
	if err != nil {
		return "", fmt.Errorf("render containerd's configuration: %w", err)
	}
	return text.String(), nil
}

var networkConfig = `{
  "cniVersion": "1.0.0",
  "name": "testnode",
  "plugins": [{
    "type": "bridge",
    "bridge": "` + space.Bridge + `",
    "isGateway": true,
    "hairpinMode": true,
    "ipam": {"type": "host-local", "ranges": [[{"subnet": "` + space.PodSubnet + `"}]], "routes": [{"dst": "0.0.0.0/0"}]}
  }]
}
`

// StartContainerd starts containerd and waits until it listens.
func (n *Node) StartContainerd(ctx context.Context) error {
	n.snapshotter = chooseSnapshotter(n.spec.path("overlay"))
	config, err := renderContainerd(n.spec, n.snapshotter)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(n.spec.path("cni"), 0o755); err != nil {
		return fmt.Errorf("make the directory of CNI configurations: %w", err)
	}
	for file, content := range map[string]string{"containerd.toml": config, "cni/10-testnode.conflist": networkConfig} {
		if err := os.WriteFile(n.spec.path(file), []byte(content), 0o644); err != nil {
			return fmt.Errorf("write a configuration: %w", err)
		}
	}
	if err := os.WriteFile(n.spec.path("slow-start"), []byte(slowStart(n.spec.Program("runc"))), 0o755); err != nil {
		return fmt.Errorf("write a runtime handler: %w", err)
	}
	if !n.spec.Systemd {
		if err := os.MkdirAll(stateDir, 0o711); err != nil {
			return fmt.Errorf("make the directory of containerd's state: %w", err)
		}
		// The kubelet's cAdvisor looks for the names of containers there and nowhere else.
		if err := os.Symlink(n.spec.ContainerdSocket(), filepath.Join(stateDir, "containerd.sock")); err != nil {
			return fmt.Errorf("show containerd to cAdvisor: %w", err)
		}
	}
	argv := []string{n.spec.Program("containerd"), "--config", n.spec.path("containerd.toml")}
	if err := n.startAlways(containerdUnit, argv, containerdRestart); err != nil {
		return err
	}
	return n.waitContainerd(ctx)
}

// RestartContainerd kills containerd and starts it again. Containers keep running, because their shims are separate processes.
func (n *Node) RestartContainerd(ctx context.Context) error {
	if err := n.units.Stop(containerdUnit, syscall.SIGKILL, 10*time.Second); err != nil {
		return err
	}
	if err := n.units.Again(containerdUnit); err != nil {
		return err
	}
	return n.waitContainerd(ctx)
}

func (n *Node) waitContainerd(ctx context.Context) error {
	return n.await(ctx, containerdUnit, time.Minute, func() error { return dial(n.spec.ContainerdSocket()) })
}

// PullImages pulls the images from the node's registry, so that pods do not wait for them and may use pull policy Never.
func (n *Node) PullImages(context.Context) error {
	return n.log.Step(fmt.Sprintf("pulling %d images", len(n.spec.Images)), func() error {
		for _, image := range n.spec.Images {
			output, err := exec.Command(n.spec.Program("ctr"), "--address", n.spec.ContainerdSocket(), "--namespace", "k8s.io",
				"images", "pull", "--hosts-dir", n.spec.path("registries"), "--snapshotter", n.snapshotter, image).CombinedOutput()
			if err != nil {
				return fmt.Errorf("pull the image %q: %w: %s", image, err, strings.TrimSpace(string(output)))
			}
		}
		return nil
	})
}

// chooseSnapshotter returns overlayfs if it can be mounted on the root directory's file system, else native, which copies files.
func chooseSnapshotter(dir string) string {
	for _, name := range []string{"lower", "upper", "work", "merged"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
			return "native"
		}
	}
	merged, options := filepath.Join(dir, "merged"), fmt.Sprintf("lowerdir=%[1]s/lower,upperdir=%[1]s/upper,workdir=%[1]s/work", dir)
	if err := syscall.Mount("overlay", merged, "overlay", 0, options); err != nil {
		return "native"
	}
	_ = syscall.Unmount(merged, 0)
	return "overlayfs"
}
