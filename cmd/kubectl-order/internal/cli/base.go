// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/yaml"

	"kubelet-ordering/cmd/kubectl-order/internal/source"
	"kubelet-ordering/internal/chart"
)

// base is what all commands share.
type base struct {
	streams genericiooptions.IOStreams
	config  *genericclioptions.ConfigFlags
	// now is the clock.
	now func() time.Time
}

// client returns a client of the cluster.
func (b *base) client() (kubernetes.Interface, error) {
	config, err := b.config.ToRESTConfig()
	if err != nil {
		return nil, fmt.Errorf("find the cluster: %w", err)
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("reach the cluster: %w", err)
	}
	return client, nil
}

// formats of all commands.
const (
	asText = "text"
	asJSON = "json"
	asYAML = "yaml"
)

// output is the flag -o.
type output struct {
	format string
	known  []string
}

func (o *output) add(c *cobra.Command, more ...string) {
	o.known = append([]string{asText, asJSON, asYAML}, more...)
	c.Flags().StringVarP(&o.format, "output", "o", asText, "output format: "+strings.Join(o.known, ", "))
	complete(c, "output", o.known...)
}

// check returns an error for an unknown format.
func (o *output) check() error {
	if !slices.Contains(o.known, o.format) {
		return fmt.Errorf("--output %q is not known: use one of %s", o.format, strings.Join(o.known, ", "))
	}
	return nil
}

// structured prints the items as JSON or YAML if that is the format, and reports whether it did.
func (o *output) structured(out io.Writer, items any) (bool, error) {
	if o.format != asJSON && o.format != asYAML {
		return false, nil
	}
	text, err := json.MarshalIndent(map[string]any{"items": items}, "", "  ")
	if err == nil && o.format == asYAML {
		text, err = yaml.JSONToYAML(text)
	}
	if err != nil {
		return true, fmt.Errorf("write the output: %w", err)
	}
	return true, write(out, strings.TrimRight(string(text), "\n")+"\n")
}

func write(out io.Writer, text string) error {
	if _, err := io.WriteString(out, text); err != nil {
		return fmt.Errorf("write the output: %w", err)
	}
	return nil
}

// addSource adds the flags that say which objects a command is about.
func (b *base) addSource(c *cobra.Command, o *source.Options) {
	o.Config, o.Stdin = b.config, b.streams.In
	flags := c.Flags()
	flags.StringSliceVarP(&o.Files, "filename", "f", nil, "files, directories or URLs with the objects; - is standard input. No cluster is asked")
	flags.BoolVarP(&o.Recursive, "recursive", "R", false, "search the directories of --filename to any depth")
	flags.StringVarP(&o.Kustomize, "kustomize", "k", "", "a kustomization directory with the objects. No cluster is asked")
	flags.StringVarP(&o.Selector, "selector", "l", "", "labels of the objects, such as app=web")
	flags.BoolVarP(&o.AllNamespaces, "all-namespaces", "A", false, "look in all namespaces")
	_ = c.MarkFlagFilename("filename", "yaml", "yml", "json")
	_ = c.MarkFlagDirname("kustomize")
	c.ValidArgsFunction = b.completeNames
}

// style paints words if standard output is a terminal and NO_COLOR is not set.
type style struct{ depth chart.Depth }

func (b *base) style() style { return style{b.depth()} }

func (b *base) depth() chart.Depth {
	if file, ok := b.streams.Out.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		return chart.DepthOf(os.Getenv)
	}
	return chart.Plain
}

func (s style) paint(code, text string) string {
	if s.depth == chart.Plain || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// Bold implements drawing.Style.
func (s style) Bold(text string) string { return s.paint("1", text) }

// Dim implements drawing.Style.
func (s style) Dim(text string) string { return s.paint("90", text) }

// Bad is for what is wrong.
func (s style) Bad(text string) string { return s.paint("91", text) }

// Good is for what is right.
func (s style) Good(text string) string { return s.paint("32", text) }

// Busy is for what goes on.
func (s style) Busy(text string) string { return s.paint("94", text) }
