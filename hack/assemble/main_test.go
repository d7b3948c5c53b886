// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"kubelet-ordering/hack/assemble/internal/fixture"
	"kubelet-ordering/hack/assemble/internal/module"
)

const asCommand = "ASSEMBLE_TEST_AS_COMMAND"

// TestMain runs the test binary as the command, for tests that need a process.
func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// repository creates a repository and a file-based module proxy that has the fixture's Kubernetes and a later version.
func repository(t *testing.T) string {
	t.Helper()
	proxy := t.TempDir()
	for name, value := range map[string]string{
		"GOPROXY":    "file://" + proxy,
		"GOMODCACHE": t.TempDir(),
		"GOSUMDB":    "off",
		"GOFLAGS":    "-modcacherw",
		"GOWORK":     "off",
	} {
		t.Setenv(name, value)
	}
	next := fixture.Kubernetes()
	next["pkg/kubelet/kubelet.go"] = strings.ReplaceAll(next["pkg/kubelet/kubelet.go"], "return len(pod.Name)", "return 2 * len(pod.Name)")
	next["pkg/kubelet/run.sh"] = "#!/bin/sh\n"
	nextAPI := fixture.API().With(fixture.Tree{"core/v1/types.go": "package v1\n", "core/v1/pod.go": fixture.API()["core/v1/types.go"]})
	sums := publish(t, proxy, module.Kubernetes, "v1.37.1", fixture.Kubernetes()) + publish(t, proxy, "k8s.io/api", "v0.37.1", fixture.API())
	publish(t, proxy, module.Kubernetes, "v1.38.0", next)
	publish(t, proxy, "k8s.io/api", "v0.38.0", nextAPI)
	root := t.TempDir()
	fixture.Write(t, root, fixture.Own().With(fixture.Tree{
		"go.mod": "module example.com/fork\n\ngo 1.24\n\nrequire (\n\tk8s.io/api v0.37.1\n\tk8s.io/kubernetes v1.37.1\n)\n\n" +
			"replace k8s.io/api => k8s.io/api v0.37.1\n",
		"go.sum": sums,
	}))
	return root
}

// publish adds a module to the proxy and returns its line for go.sum.
func publish(t *testing.T, proxy, path, version string, files fixture.Tree) string {
	t.Helper()
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	for name, text := range files {
		f, err := w.Create(fmt.Sprintf("%s@%s/%s", path, version, name))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	fixture.Write(t, filepath.Join(proxy, path, "@v"), fixture.Tree{
		version + ".zip":  archive.String(),
		version + ".mod":  files["go.mod"],
		version + ".info": fmt.Sprintf(`{"Version":%q}`, version),
	})
	return fmt.Sprintf("%s %s %s\n", path, version, fixture.Sum(t, module.Module{Path: path, Version: version}, files))
}

// Runs the commands on a repository whose modules a real go command downloads, so that it verifies the modules' hashes.
func TestCommands(t *testing.T) {
	root := repository(t)
	steps := []struct {
		name string
		args []string
		want string // regular expression on the output
	}{
		{name: "assemble", args: []string{"-update-lock"}, want: `kubernetes: Kubernetes v1\.37\.1, 3 own files, 2 seams, `},
		{name: "again", want: `kubernetes is up to date\n$`},
		{name: "pristine", args: []string{"-pristine"}, want: `pristine: Kubernetes v1\.37\.1, 0 own files, 0 seams, `},
		{name: "version", args: []string{"version"}, want: `^v1\.37\.1\+ordering\.[0-9a-f]{12}\n$`},
		{name: "pristine version", args: []string{"version", "-pristine"}, want: `^v1\.37\.1\n$`},
		{name: "ldflags", args: []string{"ldflags"}, want: `^-X \S+=1970-01-01T00:00:00Z .*` +
			`-X k8s\.io/component-base/version\.gitVersion=v1\.37\.1\+ordering\.\w{12} ` +
			`-X k8s\.io/client-go/pkg/version\.gitMajor=1 .* -X k8s\.io/component-base/version\.gitMinor=37\n$`},
		{name: "report", args: []string{"report", "-version", "v1.38.0"}, want: `(?s)review +wrap pkg/kubelet phase +body changed \(2 lines\).*` +
			`none +extend staging/src/k8s\.io/api/core/v1 Pod +moved to another file.*2 seams: 1 none, 1 review, 0 adapt, 0 rework\n` +
			`1 own files would shadow upstream files\n  pkg/kubelet/run\.sh\n$`},
		{name: "diff", args: []string{"diff", "pkg/kubelet/kubelet.go"}, want: `(?s)^diff --git ` +
			`a/pkg/kubelet/kubelet\.go b/pkg/kubelet/kubelet\.go\n` +
			`.*\n-func phase\(.*\n\+func upstreamPhase\(`},
		{name: "report as JSON", args: []string{"-json", "report", "-version=v1.38.0"}, want: `(?s)"to": "v1\.38\.0",.*"changedLines": 2`},
	}
	for _, s := range steps {
		t.Run(s.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			if err := run(t.Context(), append([]string{"-C", root}, s.args...), &stdout, &stderr); err != nil {
				t.Fatalf("%v\n%s", err, &stderr)
			}
			if !regexp.MustCompile(s.want).MatchString(stdout.String()) {
				t.Errorf("got %s, want %s", &stdout, s.want)
			}
		})
	}
}

func TestCommandsFail(t *testing.T) {
	root := repository(t)
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		args []string
		sum  string
		want string
	}{
		"no sum": {sum: strings.SplitAfter(string(sums), "\n")[0],
			want: "go.sum has no hash for k8s.io/api@v0.37.1: run go mod download k8s.io/api@v0.37.1"},
		"other sum":            {sum: strings.NewReplacer("v0.37.1 h1:", "v0.37.1 h1:AAAA").Replace(string(sums)), want: "checksum mismatch"},
		"no version":           {args: []string{"report"}, want: "report needs -version"},
		"malformed version":    {args: []string{"report", "-version", "1.36"}, want: "is no version of Kubernetes"},
		"unpublished version":  {args: []string{"report", "-version", "v1.2.3"}, want: "v1.2.3"},
		"unknown command":      {args: []string{"what"}, want: `there is no command "what"`},
		"two commands":         {args: []string{"version", "ldflags"}, want: `unexpected argument "ldflags"`},
		"path without changes": {args: []string{"diff", "-update-lock", "pkg/none"}, want: "the project changes nothing in pkg/none"},
		"pristine diff":        {args: []string{"-pristine", "diff"}, want: "leave -pristine out"},
		"pristine lock":        {args: []string{"-pristine", "-update-lock"}, want: "-pristine has no lock file"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if tc.sum == "" {
				tc.sum = string(sums)
			}
			fixture.Write(t, root, fixture.Tree{"go.sum": tc.sum})
			var stdout, stderr bytes.Buffer
			err := run(t.Context(), append([]string{"-C", root}, tc.args...), &stdout, &stderr)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got error %v, want %q", err, tc.want)
			}
		})
	}
}

// A process that waits for another one exits on an interrupt and says so.
func TestInterrupt(t *testing.T) {
	root := repository(t)
	out := filepath.Join(root, "_output")
	if err := os.Mkdir(out, 0o755); err != nil {
		t.Fatal(err)
	}
	lock, err := os.Create(filepath.Join(out, ".kubernetes.lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-C", root, "-update-lock")
	cmd.Env = append(os.Environ(), asCommand+"=1")
	var stdout, stderr syncBuffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); !strings.Contains(stdout.String(), "waiting for another run"); {
		if time.Now().After(deadline) {
			_ = cmd.Process.Kill()
			t.Fatalf("got output %q, %q, want a message that it waits", stdout.String(), stderr.String())
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if got := cmd.ProcessState.ExitCode(); got != 130 || !strings.Contains(stderr.String(), "interrupted") {
		t.Errorf("got exit code %d, %q, want 130", got, stderr.String())
	}
}
