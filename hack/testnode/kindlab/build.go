// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"kubelet-ordering/hack/internal/gobuild"
	"kubelet-ordering/hack/internal/progress"
	"kubelet-ordering/hack/internal/setup"
	"kubelet-ordering/hack/testnode/kindlab/internal/engine"
	"kubelet-ordering/hack/testnode/kindlab/internal/nodeimage"
)

// modules are the programs of a lab that are neither Kubernetes's nor those of every test node.
var modules = []setup.Module{
	{Name: "kind", Path: "sigs.k8s.io/kind", Version: "v0.33.0", Packages: []string{"."}},
	{Name: "crictl", Path: "sigs.k8s.io/cri-tools", Version: "v1.37.0", Packages: []string{"cmd/crictl"}},
	{Name: "CoreDNS", Path: "github.com/coredns/coredns", Version: "v1.14.6", Packages: []string{"."}},
	{
		Name: "CNI plugins", Path: "github.com/containernetworking/plugins", Version: "v1.9.1",
		Packages: []string{"plugins/main/ptp", "plugins/main/loopback", "plugins/ipam/host-local", "plugins/meta/portmap"},
	},
}

// buildCommand builds what a lab needs, except what hack/build.sh has built: hack/kind-lab.sh calls that first.
func buildCommand(here places, build func(context.Context, places, *progress.Log) error) (int, error) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	err := build(ctx, here, progress.New("kindlab", os.Stderr))
	if ctx.Err() != nil {
		fmt.Fprintln(os.Stderr, "kindlab: interrupted; what has been built is kept")
		return 130, nil
	}
	if err != nil {
		return 1, err
	}
	return 0, nil
}

func build(ctx context.Context, here places, log *progress.Log) error {
	if err := os.MkdirAll(here.own("bin"), 0o755); err != nil {
		return fmt.Errorf("make the lab's directory: %w", err)
	}
	builds, err := setup.ModuleBuilds(ctx, log, here.own("bin"), modules...)
	if err != nil {
		return err
	}
	node := setup.Setup{Repo: here.repo, Out: here.in("node"), Runtime: setup.Pinned, Log: log}
	if err := node.Run(ctx, append(builds, ownPrograms(here))...); err != nil {
		return err
	}
	err = once(log, []part{
		{"unpacking Docker's engine", here.own("engine"), func() error {
			return engine.Unpack(ctx, here.own("engine"), engine.Packages...)
		}},
		{"unpacking debootstrap", here.own("debootstrap"), func() error {
			return engine.Unpack(ctx, here.own("debootstrap"), "debootstrap")
		}},
		{"making the node's Debian system", here.own("base"), func() error {
			return nodeimage.Base(ctx, here.own("base"), here.own("debootstrap"), nodeimage.Packages)
		}},
	})
	if err != nil {
		return err
	}
	return fillStore(ctx, here, log)
}

// part is something that is made once, whole or not at all.
type part struct {
	what, path string
	work       func() error
}

// once makes the parts that are not there.
func once(log *progress.Log, parts []part) error {
	for _, each := range parts {
		if _, err := os.Stat(each.path); err == nil {
			continue
		}
		if err := log.Step(each.what, each.work); err != nil {
			return err
		}
	}
	return nil
}

// ownPrograms returns the build of our programs in a node. They are linked statically.
func ownPrograms(here places) gobuild.Build {
	const pattern = "./hack/testnode/kindlab/internal/cmd/..."
	return gobuild.Build{
		Name:     "the lab's own programs",
		Dir:      here.repo,
		Env:      []string{"CGO_ENABLED=0"},
		Flags:    []string{"-trimpath", "-buildvcs=false", "-ldflags=-s -w"},
		Packages: []string{pattern},
		Command:  []string{"build", "-o", here.own("bin") + "/", pattern},
	}
}

// fillStore makes the images of the pods of a cluster and puts them into containerd's directory, unless they are there.
func fillStore(ctx context.Context, here places, log *progress.Log) error {
	pods := nodeimage.Pods(here.in("pristine-bin"), here.own("bin"))
	layout, basic, store := here.own("images"), here.in("node", "images"), here.own("store")
	sum := nodeimage.NewSum()
	for _, pod := range pods {
		sum.Text(pod.String())
		sum.File(pod.Program)
	}
	sum.File(filepath.Join(basic, "index.json"))
	wanted, err := sum.String()
	if err != nil {
		return err
	}
	record := here.own("store.sum")
	if now, err := os.ReadFile(record); err == nil && string(now) == wanted {
		return nil
	}
	if err := os.RemoveAll(layout); err != nil {
		return fmt.Errorf("remove earlier images: %w", err)
	}
	err = log.Step(fmt.Sprintf("making %d images of pods", len(pods)), func() error {
		return nodeimage.WriteLayout(layout, here.own("base"), pods)
	})
	if err != nil {
		return err
	}
	err = log.Step("putting the images into containerd's store", func() error {
		return nodeimage.Fill(ctx, store, here.in("node", "bin"), layout, basic)
	})
	if err != nil {
		return err
	}
	// A copy of the checkout may share the file. It gets one of its own.
	if err = os.WriteFile(record+".new", []byte(wanted), 0o644); err == nil {
		err = os.Rename(record+".new", record)
	}
	if err != nil {
		return fmt.Errorf("write down what the store has: %w", err)
	}
	return nil
}
