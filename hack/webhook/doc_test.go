// SPDX-License-Identifier: Apache-2.0

// Package webhook tests cmd/order-webhook with a stock API server: as docs/manifests install it, on the node that
// `hack/testnode cluster` brings up. hack/test-webhook.sh runs it.
package webhook

import (
	"flag"
	"os/exec"
	"strings"
	"testing"
	"time"
)

var (
	program   = flag.String("program", "", "the `path` of a static order-webhook; without it, all tests are skipped")
	manifests = flag.String("manifests", "", "the `directory` docs/manifests")
	inCluster = flag.Bool("cluster", false, "KUBECONFIG and TESTNODE_ROOT are those of a test node with a stock API server")
	rate      = flag.Int("rate", 500, "reviews in a second under load")
	period    = flag.Duration("for", 20*time.Second, "how long the load lasts")
)

func needProgram(t *testing.T) {
	t.Helper()
	if *program == "" {
		t.Skip("it needs the program: run hack/test-webhook.sh")
	}
}

func needCluster(t *testing.T) {
	t.Helper()
	needProgram(t)
	if !*inCluster {
		t.Skip("it needs a cluster: run hack/test-webhook.sh cluster")
	}
}

// output runs a command with a text on its standard input, and returns all that it prints and whether it succeeds.
func output(t *testing.T, stdin string, argv ...string) (string, bool) {
	t.Helper()
	command := exec.CommandContext(t.Context(), argv[0], argv[1:]...)
	command.Stdin = strings.NewReader(stdin)
	text, err := command.CombinedOutput()
	return string(text), err == nil
}

// must runs a command that succeeds.
func must(t *testing.T, stdin string, argv ...string) string {
	t.Helper()
	text, ok := output(t, stdin, argv...)
	if !ok {
		t.Fatalf("%s:\n%s", strings.Join(argv, " "), text)
	}
	return text
}

// refused runs a command that fails and says all of the words.
func refused(t *testing.T, stdin string, words []string, argv ...string) {
	t.Helper()
	text, ok := output(t, stdin, argv...)
	if ok {
		t.Errorf("%s succeeds:\n%s", strings.Join(argv, " "), text)
	}
	for _, word := range words {
		if !strings.Contains(text, word) {
			t.Errorf("%s does not say %q:\n%s", strings.Join(argv, " "), word, text)
		}
	}
}

// eventually waits until there is nothing to complain about.
func eventually(t *testing.T, limit time.Duration, complaint func() string) {
	t.Helper()
	began := time.Now()
	for {
		text := complaint()
		if text == "" {
			return
		}
		if time.Since(began) > limit {
			t.Fatalf("after %v: %s", limit, text)
		}
		time.Sleep(500 * time.Millisecond)
	}
}
