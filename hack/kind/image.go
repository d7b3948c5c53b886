// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"kubelet-ordering/hack/kind/internal/command"
	"kubelet-ordering/hack/kind/internal/engine"
	"kubelet-ordering/hack/kind/internal/fit"
	"kubelet-ordering/hack/kind/node"
)

// Labels of the images that this tool makes.
const (
	baseLabel    = "kubelet-ordering.base"
	baseIDLabel  = "kubelet-ordering.base-id"
	versionLabel = "kubelet-ordering.version"
)

type imageOptions struct {
	base, tag, kubelet string
	force              bool
}

func image(ctx context.Context, t tool, args []string) error {
	var o imageOptions
	set := flags("image", "--base kindest/node:v1.37.1 [flags]",
		"Makes a node image for kind: the base with this project's kubelet, its own one beside it as kubelet.stock, and kubectl-order\n"+
			"if that has been built. Nothing else differs.\n")
	set.StringVar(&o.base, "base", "", "the node `image` to start from, of the kubelet's minor version")
	set.StringVar(&o.tag, "tag", "", "the new image's `name` (default kubelet-ordering/node:VERSION)")
	set.StringVar(&o.kubelet, "kubelet", t.path("_output", "bin", "kubelet"), "the kubelet `file`")
	set.BoolVar(&o.force, "force", false, "make the image although the kubelet does not fit the base")
	arguments, rest, err := set.parse(args)
	switch {
	case err != nil:
		return err
	case len(arguments)+len(rest) > 0:
		return fmt.Errorf("image takes no argument %q: %w", append(arguments, rest...)[0], errUsage)
	case o.base == "":
		return fmt.Errorf("image needs --base, such as --base kindest/node:v1.37.1: %w", errUsage)
	}
	e, err := engine.Choose(ctx, t, os.Getenv)
	if err != nil {
		return err
	}
	return t.image(ctx, e, o)
}

func (t tool) image(ctx context.Context, e engine.Engine, o imageOptions) error {
	kubelet, err := fit.Read(o.kubelet)
	if err != nil {
		return err
	}
	base, err := t.ensure(ctx, e, o.base)
	if err != nil {
		return err
	}
	if base.Labels[baseLabel] != "" {
		return fmt.Errorf("the base %q has this project's kubelet already: name the image that it was made from, --base %s",
			o.base, base.Labels[baseLabel])
	}
	facts, err := t.check(ctx, e, o, &kubelet, base)
	if err != nil {
		return err
	}
	if o.tag == "" {
		o.tag = "kubelet-ordering/node:" + strings.ReplaceAll(kubelet.Version, "+", "_")
	}
	if err := t.build(ctx, e, o, kubelet, base, facts.Values["kubelet"]); err != nil {
		return err
	}
	version, err := e.Output(ctx, "run", "--rm", "--network=none", "--entrypoint", facts.Values["kubelet"], o.tag, "--version")
	if err != nil || !strings.HasSuffix(version, kubelet.Version) {
		return fmt.Errorf("the image %s was made, and its kubelet says %q instead of %s: %w", o.tag, version, kubelet.Version, err)
	}
	t.log.Printf("made %s: kubelet %s; the base's own, %s, is beside it", o.tag, kubelet.Version, facts.Values["version"])
	fmt.Println(o.tag)
	return nil
}

// ensure pulls an image that is not there.
func (t tool) ensure(ctx context.Context, e engine.Engine, name string) (engine.Image, error) {
	image, there, err := e.Image(ctx, name)
	if err != nil || there {
		return image, err
	}
	t.log.Printf("pulling %s", name)
	if _, err := t.Run(ctx, command.Command{Args: e.Args("pull", name), Show: true}); err != nil {
		return image, fmt.Errorf("image %q is not here, and cannot be pulled: %w", name, err)
	}
	if image, there, err = e.Image(ctx, name); err == nil && !there {
		err = fmt.Errorf("image %q was pulled, and %s does not find it by that name", name, e.Program)
	}
	return image, err
}

// check tries the kubelet in a container of the base, and fails if it does not fit. It completes the kubelet's version.
func (t tool) check(ctx context.Context, e engine.Engine, o imageOptions, kubelet *fit.Kubelet, base engine.Image) (node.Answer, error) {
	var facts node.Answer
	if base.Architecture == kubelet.Architecture {
		err := t.log.Step("trying the kubelet in "+o.base, func() (err error) {
			facts, err = probe(ctx, e, o)
			return err
		})
		if err != nil {
			return facts, err
		}
	}
	values := facts.Values
	kubelet.Version = values["runs"]
	if kubelet.Version != "" && !strings.Contains(kubelet.Version, "+ordering.") {
		return facts, fmt.Errorf("%s is %s, not a kubelet of this project: build one (hack/build.sh kubelet)", o.kubelet, kubelet.Version)
	}
	cgroup, err := e.CgroupVersion(ctx)
	if err != nil {
		return facts, err
	}
	systemd, _ := strconv.Atoi(values["systemd"])
	misfits, notes := fit.Check(*kubelet, fit.Node{
		Version: values["version"], Architecture: base.Architecture, Libc: values["libc"], Cgroup: cgroup, Systemd: systemd,
		Fails: values["fails"], Other: "--base kindest/node:%s",
	})
	for _, note := range notes {
		t.log.Printf("note: %s", note)
	}
	if len(misfits) > 0 && (!o.force || kubelet.Version == "") {
		return facts, fmt.Errorf("the kubelet %s does not fit %s:%s", o.kubelet, o.base, join(misfits))
	}
	return facts, nil
}

// probe puts the kubelet into a container of the base and asks switch.sh there.
func probe(ctx context.Context, e engine.Engine, o imageOptions) (node.Answer, error) {
	id, err := e.Output(ctx, "create", "-i", "--network=none", "--entrypoint", "sleep", o.base, "300")
	if err != nil {
		return node.Answer{}, err
	}
	defer func() { _, _ = e.Output(context.WithoutCancel(ctx), "rm", "-f", "-v", id) }()
	const place = "/kubelet.ours"
	if _, err := e.Output(ctx, "cp", o.kubelet, id+":"+place); err != nil {
		return node.Answer{}, err
	}
	if _, err := e.Output(ctx, "start", id); err != nil {
		return node.Answer{}, err
	}
	return node.Container(e, id).Facts(ctx, place)
}

// dockerfile changes nothing but the kubelet, and adds what has names that a base does not have.
func dockerfile(base, kubelet string, plugin bool) string {
	text := fmt.Sprintf("FROM %s AS base\nFROM base\nCOPY --from=base %s %s.stock\nCOPY kubelet %s\n", base, kubelet, kubelet, kubelet)
	if plugin {
		text += "COPY kubectl-order /usr/bin/kubectl-order\n"
	}
	return text
}

func (t tool) build(ctx context.Context, e engine.Engine, o imageOptions, k fit.Kubelet, base engine.Image, path string) error {
	// A directory of its own keeps the rest of _output/bin from being sent to the engine.
	dir, err := os.MkdirTemp("", "kind-image-")
	if err != nil {
		return fmt.Errorf("make a place for the image's files: %w", err)
	}
	defer os.RemoveAll(dir)
	if err := place(o.kubelet, filepath.Join(dir, "kubelet")); err != nil {
		return err
	}
	err = place(t.path("_output", "bin", "kubectl-order"), filepath.Join(dir, "kubectl-order"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	plugin := err == nil
	if err := os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte(dockerfile(o.base, path, plugin)), 0o644); err != nil {
		return fmt.Errorf("write the image's recipe: %w", err)
	}
	return t.log.Step("making "+o.tag, func() error {
		_, err := t.Run(ctx, command.Command{Args: e.Args("build", "-t", o.tag, "--label", baseLabel+"="+o.base,
			"--label", baseIDLabel+"="+base.ID, "--label", versionLabel+"="+k.Version, dir)})
		return err
	})
}

// place copies a program.
func place(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("read a program for the image: %w", err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o755)
	if err != nil {
		return fmt.Errorf("write a program for the image: %w", err)
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
