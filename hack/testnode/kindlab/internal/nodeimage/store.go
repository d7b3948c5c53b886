// SPDX-License-Identifier: Apache-2.0

package nodeimage

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
)

// storeConfig is containerd's configuration while it only receives images: it runs no container and makes no snapshot.
const storeConfig = `version = 3
root = %q
state = %q
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.cri.v1.runtime", "io.containerd.cri.v1.images", "io.containerd.nri.v1.nri",
  "io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.blockfile"]
[grpc]
  address = %q
[ttrpc]
  address = %q
`

// Fill makes containerd's directory with the images of the OCI layouts, whole or not at all. bin has containerd and ctr.
func Fill(ctx context.Context, dir, bin string, layouts ...string) (err error) {
	work := dir + ".new"
	if err := errors.Join(os.RemoveAll(work), os.RemoveAll(dir)); err != nil {
		return fmt.Errorf("remove an earlier store of images: %w", err)
	}
	// Sockets have short paths only.
	state, err := os.MkdirTemp("", "kindlab-")
	if err != nil {
		return fmt.Errorf("make a place for containerd's socket: %w", err)
	}
	defer os.RemoveAll(state)
	socket := filepath.Join(state, "s")
	config := fmt.Sprintf(storeConfig, work, filepath.Join(state, "state"), socket, socket+".ttrpc")
	if err := os.WriteFile(filepath.Join(state, "config.toml"), []byte(config), 0o644); err != nil {
		return fmt.Errorf("write containerd's configuration: %w", err)
	}
	var said bytes.Buffer
	server := exec.CommandContext(ctx, filepath.Join(bin, "containerd"), "--config", filepath.Join(state, "config.toml"))
	server.Stdout, server.Stderr = &said, &said
	server.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := server.Start(); err != nil {
		return fmt.Errorf("start containerd: %w", err)
	}
	defer func() {
		if err != nil {
			_ = server.Process.Kill()
			_ = server.Wait()
			_ = os.RemoveAll(work)
		}
	}()
	ctr := func(in io.Reader, args ...string) error {
		command := exec.CommandContext(ctx, filepath.Join(bin, "ctr"), append([]string{"--address", socket, "--namespace", "k8s.io"}, args...)...)
		command.Stdin = in
		output, err := command.CombinedOutput()
		if err != nil {
			return fmt.Errorf("ctr %s: %w: %s", args[0], err, strings.TrimSpace(string(output)))
		}
		return nil
	}
	err = wait.PollUntilContextTimeout(ctx, 100*time.Millisecond, time.Minute, true, func(context.Context) (bool, error) {
		return ctr(nil, "version") == nil, nil
	})
	if err != nil {
		return fmt.Errorf("wait for containerd: %w: %s", err, said.String())
	}
	for _, layout := range layouts {
		if err := ctr(archiveOf(layout), "images", "import", "--no-unpack", "--all-platforms", "-"); err != nil {
			return fmt.Errorf("import the images of %q: %w", layout, err)
		}
	}
	if err := server.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("end containerd: %w", err)
	}
	if err := server.Wait(); err != nil {
		return fmt.Errorf("containerd, which was told to end: %w: %s", err, said.String())
	}
	if err := os.Rename(work, dir); err != nil {
		return fmt.Errorf("keep the store of images: %w", err)
	}
	return nil
}

// archiveOf returns a directory as a tar archive.
func archiveOf(dir string) io.Reader {
	read, write := io.Pipe()
	go func() {
		archive := tar.NewWriter(write)
		err := archive.AddFS(os.DirFS(dir))
		write.CloseWithError(errors.Join(err, archive.Close()))
	}()
	return read
}
