// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"kubelet-ordering/hack/kind/internal/command"
	"kubelet-ordering/hack/kind/internal/engine"
	"kubelet-ordering/hack/kind/internal/kindconfig"
	"kubelet-ordering/hack/kind/internal/pods"
)

type createOptions struct {
	workers        int
	ordered, image string
	// kind are kind's own flags, without those that the tool answers for.
	kind kindFlags
}

func create(ctx context.Context, t tool, args []string) error {
	var o createOptions
	set := flags("create", "[--workers N] [--ordered all|NODES] [-- KIND FLAGS]",
		"Creates a kind cluster whose nodes, or some of them, have this project's kubelet, and labels these nodes "+pods.Label+"=true.\n"+
			"KIND FLAGS are those of `kind create cluster`. All that a --config among them says remains.\n")
	set.IntVar(&o.workers, "workers", 0, "how many workers to add to the control plane, if no configuration lists nodes")
	set.StringVar(&o.ordered, "ordered", "all", "the nodes with this project's kubelet: all, or a comma-separated list such as worker,worker2")
	set.StringVar(&o.image, "image", "", "the `image` that kind.sh image made (default: the newest)")
	arguments, rest, err := set.parse(args)
	switch {
	case err != nil:
		return err
	case len(arguments) > 0:
		return fmt.Errorf("create takes no argument %q; kind's flags come after --: %w", arguments[0], errUsage)
	case o.workers < 0 || o.workers > 100:
		return fmt.Errorf("--workers %d: give a number from 0 to 100: %w", o.workers, errUsage)
	}
	if o.kind, err = kindFlagsOf(rest); err != nil {
		return err
	}
	e, err := engine.Choose(ctx, t, os.Getenv)
	if err != nil {
		return err
	}
	return t.create(ctx, e, o)
}

func (t tool) create(ctx context.Context, e engine.Engine, o createOptions) error {
	config, err := o.kind.readConfig(os.Stdin)
	if err != nil {
		return err
	}
	ours, base, err := t.imageFor(ctx, e, o)
	if err != nil {
		return err
	}
	cgroup, err := e.CgroupVersion(ctx)
	if err != nil {
		return err
	}
	request := kindconfig.Request{
		Cluster: o.kind.cluster(os.Getenv), Workers: o.workers, Image: ours.name, Stock: base, CgroupV1: cgroup == 1,
		IsBase: func(name string) bool { return isBase(ctx, e, ours.Image, name) },
	}
	if o.ordered != "all" {
		request.Ordered = strings.Split(o.ordered, ",")
	}
	merged, err := kindconfig.Merge(config, request)
	if err != nil {
		return err
	}
	for _, note := range merged.Notes {
		t.log.Printf("note: %s", note)
	}
	t.log.Printf("kubelet %s on %s; the image's own on %s", ours.Labels[versionLabel], list(merged.Ordered), list(merged.Others))
	if err := t.kindCreate(ctx, o, merged); err != nil {
		return err
	}
	for _, name := range merged.Ordered {
		if err := t.label(ctx, e, merged, name); err != nil {
			return err
		}
	}
	t.log.Printf("labelled %s %s=true", list(merged.Ordered), pods.Label)
	if len(merged.Others) > 0 {
		t.log.Printf("to keep ordered pods off the other nodes: kubectl apply -f docs/manifests/require-ordering-nodes.yaml")
	}
	return nil
}

func list(names []string) string {
	if len(names) == 0 {
		return "no node"
	}
	return strings.Join(names, ", ")
}

// named is an image with the name to use it by.
type named struct {
	engine.Image
	name string
}

// imageFor returns the image with our kubelet, and the name of the image for the other nodes.
func (t tool) imageFor(ctx context.Context, e engine.Engine, o createOptions) (ours named, stock string, err error) {
	ours.name = o.image
	if ours.name == "" {
		output, err := e.Output(ctx, "images", "--filter", "label="+versionLabel, "--format", "{{.Repository}}:{{.Tag}}")
		if err != nil {
			return ours, "", err
		}
		// The engine lists the newest first.
		for _, name := range strings.Fields(output) {
			if !strings.Contains(name, "<none>") {
				ours.name = name
				break
			}
		}
		if ours.name == "" {
			return ours, "", errors.New("there is no node image with this project's kubelet: make one (kind.sh image --base kindest/node:v1.37.1)")
		}
	}
	image, there, err := e.Image(ctx, ours.name)
	if err != nil {
		return ours, "", err
	}
	if !there || image.Labels[versionLabel] == "" {
		return ours, "", fmt.Errorf("%q is no node image with this project's kubelet: make one (kind.sh image --base kindest/node:v1.37.1)", ours.name)
	}
	ours.Image, stock = image, image.Labels[baseLabel]
	if flag := o.kind.image; flag != "" && flag != ours.name {
		if o.ordered == "all" && !isBase(ctx, e, image, flag) {
			return ours, "", fmt.Errorf("kind's flag --image names %q, and %q was not made from it: make one (kind.sh image --base %s), "+
				"and name it with kind.sh create --image", flag, ours.name, flag)
		}
		stock = flag
	}
	return ours, stock, nil
}

// isBase reports whether our image was made from the image of that name.
func isBase(ctx context.Context, e engine.Engine, ours engine.Image, name string) bool {
	if name == ours.Labels[baseLabel] {
		return true
	}
	image, there, err := e.Image(ctx, name)
	return err == nil && there && image.ID == ours.Labels[baseIDLabel]
}

// kindCreate runs kind. If it fails or is interrupted, the cluster does not remain, unless kind is told to retain it.
func (t tool) kindCreate(ctx context.Context, o createOptions, merged *kindconfig.Merged) error {
	clusters, err := t.kind(ctx, "get", "clusters")
	if err != nil {
		return err
	}
	if slices.Contains(strings.Fields(clusters), merged.Cluster) {
		return fmt.Errorf("there is a kind cluster %q already: delete it (kind.sh delete -- --name %s) or name another one (-- --name NAME)",
			merged.Cluster, merged.Cluster)
	}
	// The name is in no flag: the configuration or the environment may have it.
	args := append([]string{kindProgram(), "create", "cluster", "--name", merged.Cluster, "--config", "-"}, o.kind.others...)
	_, err = t.Run(ctx, command.Command{Args: args, Stdin: bytes.NewReader(merged.YAML), Show: true})
	if err == nil {
		return nil
	}
	if ctx.Err() != nil && !o.kind.retain {
		t.log.Printf("deleting what there is of the cluster %s", merged.Cluster)
		after, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Minute)
		defer cancel()
		if _, deleting := t.Run(after, command.Command{
			Args: []string{kindProgram(), "delete", "cluster", "--name", merged.Cluster}, Detach: true,
		}); deleting != nil {
			err = errors.Join(err, deleting)
		}
	}
	return fmt.Errorf("kind has not created the cluster: %w", err)
}

// label says on a node that it has our kubelet. Kind cannot: a kubelet may not give itself this label.
func (t tool) label(ctx context.Context, e engine.Engine, merged *kindconfig.Merged, name string) error {
	kubectl, err := kubectlOfKind(ctx, e, merged.Cluster)
	if err != nil {
		return err
	}
	_, err = kubectl.output(ctx, "label", "--overwrite", "node", name, pods.Label+"=true")
	return err
}

func remove(ctx context.Context, t tool, args []string) error {
	set := flags("delete", "[-- KIND FLAGS]", "Deletes a kind cluster. KIND FLAGS are those of `kind delete cluster`, such as --name.\n")
	images := set.Bool("images", false, "delete the node images that kind.sh image made, too")
	arguments, rest, err := set.parse(args)
	if err != nil {
		return err
	}
	if len(arguments) > 0 {
		return fmt.Errorf("delete takes no argument %q: name the cluster with -- --name %s: %w", arguments[0], arguments[0], errUsage)
	}
	if _, err := t.Run(ctx, command.Command{Args: append([]string{kindProgram(), "delete", "cluster"}, rest...), Show: true}); err != nil {
		return err
	}
	if !*images {
		return nil
	}
	e, err := engine.Choose(ctx, t, os.Getenv)
	if err != nil {
		return err
	}
	output, err := e.Output(ctx, "images", "--filter", "label="+versionLabel, "--format", "{{.Repository}}:{{.Tag}}")
	for _, name := range strings.Fields(output) {
		if _, removing := e.Output(ctx, "rmi", name); removing != nil {
			err = errors.Join(err, removing)
			continue
		}
		t.log.Printf("deleted image %s", name)
	}
	return err
}

// kindProgram is the program kind: KIND names one that is not on PATH.
func kindProgram() string {
	if program := os.Getenv("KIND"); program != "" {
		return program
	}
	return "kind"
}

func (t tool) kind(ctx context.Context, args ...string) (string, error) {
	output, err := command.Output(ctx, t, append([]string{kindProgram()}, args...)...)
	if err != nil {
		return "", fmt.Errorf("%w (install kind, or name the program with KIND=...)", err)
	}
	return output, nil
}

// kindFlags are the flags of `kind create cluster` that the tool has to know, and the others.
type kindFlags struct {
	name, config, image string
	retain              bool
	others              []string
}

// kindFlagsOf takes these flags out of kind's command line.
func kindFlagsOf(args []string) (kindFlags, error) {
	var k kindFlags
	for i := 0; i < len(args); i++ {
		flag, value, hasValue := strings.Cut(args[i], "=")
		var to *string
		switch flag {
		case "--name", "-n":
			to = &k.name
		case "--config":
			to = &k.config
		case "--image":
			to = &k.image
		case "--retain":
			k.retain = value != "false"
		}
		if to == nil {
			k.others = append(k.others, args[i])
			continue
		}
		if !hasValue {
			if i++; i == len(args) {
				return k, fmt.Errorf("kind's flag %s needs a value: %w", flag, errUsage)
			}
			value = args[i]
		}
		*to = value
	}
	return k, nil
}

// cluster is the cluster's name by kind's rules, or empty if only the configuration has it.
func (k kindFlags) cluster(getenv func(string) string) string {
	if k.name != "" {
		return k.name
	}
	return getenv("KIND_CLUSTER_NAME")
}

// maxConfig bounds a configuration.
const maxConfig = 1 << 20

func (k kindFlags) readConfig(stdin io.Reader) ([]byte, error) {
	from := stdin
	switch k.config {
	case "":
		return nil, nil
	case "-":
	default:
		file, err := os.Open(k.config)
		if err != nil {
			return nil, fmt.Errorf("read the kind configuration of --config: %w", err)
		}
		defer file.Close()
		from = file
	}
	text, err := io.ReadAll(io.LimitReader(from, maxConfig+1))
	if err == nil && len(text) > maxConfig {
		err = fmt.Errorf("it has more than %d bytes", maxConfig)
	}
	if err != nil {
		return nil, fmt.Errorf("read the kind configuration of --config: %w", err)
	}
	return text, nil
}
