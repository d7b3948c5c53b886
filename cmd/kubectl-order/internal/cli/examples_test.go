// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// TestExamples runs the examples of all help texts, in a directory with the files that they name and against a cluster with the objects
// that they name.
func TestExamples(t *testing.T) {
	root := NewCommand(genericiooptions.NewTestIOStreamsDiscard())
	ran := 0
	for _, c := range root.Commands() {
		if c.Hidden {
			continue
		}
		if c.Example == "" || c.Short == "" || c.Long == "" {
			t.Errorf("%s: its help has no example, no summary or no description", c.Name())
		}
		for line := range strings.Lines(c.Example) {
			line = strings.TrimSpace(line)
			if line == "" || strings.HasPrefix(line, "#") {
				continue
			}
			ran++
			t.Run(line, func(t *testing.T) { example(t, c, line) })
		}
	}
	if ran == 0 {
		t.Error("there is no example")
	}
}

func example(t *testing.T, c *cobra.Command, line string) {
	stdin := ""
	if file, rest, ok := strings.Cut(line, " | kubectl order "); ok {
		content, err := os.ReadFile("testdata/" + strings.TrimPrefix(file, "cat "))
		if err != nil {
			t.Fatal(err)
		}
		stdin, line = string(content), "kubectl order "+rest
	}
	// What a shell would do with the output is not for this test.
	for _, end := range []string{" | ", " > "} {
		line, _, _ = strings.Cut(line, end)
	}
	args, ok := strings.CutPrefix(line+" ", "kubectl order "+c.Name()+" ")
	if !ok {
		t.Fatalf("the example is not of kubectl order %s", c.Name())
	}
	api := cluster(t)
	if strings.Contains(args, "--watch") {
		// It ends when the pod is gone.
		api.After = map[string]int{"/api/v1/namespaces/default/pods/" + strings.Fields(args)[0]: 1}
	}
	t.Chdir("testdata")
	got := run(t, api, stdin, append([]string{c.Name()}, strings.Fields(args)...)...)
	if got.code == Failed || got.out == "" {
		t.Errorf("got %s", got.all())
	}
}
