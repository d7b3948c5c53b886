// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"

	"kubelet-ordering/hack/testnode/kindlab/internal/nodeimage"
)

// nodeImage is the name of the lab's node image: that of kind's own, so that commands for people's machines run unchanged.
const nodeImage = "kindest/node:" + nodeimage.Version

// rootImage is the name of the node image's file system while the node image is made.
const rootImage = "kindlab/root"

// loadNodeImage gives the engine the node image, unless it has it. The engine's directory outlives the lab.
func (l *lab) loadNodeImage(ctx context.Context) error {
	return l.loadImage(ctx, nodeImage, rootImage, nodeimage.Content{
		Base:     l.here.own("base"),
		Files:    nodeimage.Files(),
		Programs: nodeimage.Programs(l.here.in("pristine-bin"), l.here.in("node", "bin"), l.here.own("bin")),
		Store:    l.here.own("store"),
	})
}

// loadImage makes an image of the content, unless the engine has it. root names the image of its file system meanwhile.
func (l *lab) loadImage(ctx context.Context, name, root string, content nodeimage.Content) error {
	sum := nodeimage.NewSum()
	content.AddTo(sum)
	sum.File(l.here.own("store.sum"))
	wanted, err := sum.String()
	if err != nil {
		return err
	}
	format := fmt.Sprintf("{{index .Config.Labels %q}}", nodeimage.Label)
	if now, err := l.docker(ctx, "image", "inspect", "--format", format, name); err == nil && strings.TrimSpace(now) == wanted {
		return nil
	}
	return l.log.Step("making the image "+name, func() error {
		if err := l.importImage(ctx, content, root); err != nil {
			return err
		}
		build := exec.CommandContext(ctx, l.here.engine().Docker(), "build", "--tag", name, "-")
		build.Env, build.Stdin = l.environment(), strings.NewReader(nodeimage.Dockerfile(root, wanted))
		if output, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("docker build: %w: %s", err, output)
		}
		if _, err := l.docker(ctx, "image", "rm", root); err != nil {
			return err
		}
		// The image that had the name before is without one now.
		_, err := l.docker(ctx, "image", "prune", "--force")
		return err
	})
}

// importImage makes an image with the file system alone.
func (l *lab) importImage(ctx context.Context, content nodeimage.Content, name string) error {
	read, write := io.Pipe()
	command := exec.CommandContext(ctx, l.here.engine().Docker(), "import", "-", name)
	var said strings.Builder
	command.Env, command.Stdin, command.Stderr = l.environment(), read, &said
	packed := make(chan error, 1)
	go func() {
		err := content.Pack(write)
		write.CloseWithError(err)
		packed <- err
	}()
	err := command.Run()
	// A client that has failed reads no more.
	read.CloseWithError(errors.New("docker import has ended"))
	if packErr := <-packed; packErr != nil && err == nil {
		err = packErr
	}
	if err != nil {
		return fmt.Errorf("docker import: %w: %s", err, said.String())
	}
	return nil
}
