// SPDX-License-Identifier: Apache-2.0

package machine

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A shell must see the words that the user gave.
func TestQuoted(t *testing.T) {
	words := []string{"printf", "%s\n", "a b", "it's", "$HOME", "", "*", "a\nb", `\`}
	output, err := exec.Command("sh", "-c", quoted(words)).Output()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Join(words[2:], "\n")+"\n", string(output)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// The script must run the command with its own exit code, on a terminal and without one. stty is for the machine's terminal.
func TestScript(t *testing.T) {
	for _, terminal := range []bool{true, false} {
		run := Run{Command: []string{"sh", "-c", "echo out; echo err >&2; exit 7"}, Terminal: terminal}
		command := exec.Command("bash", "-c", "stty() { :; }\n"+run.script())
		output, _ := command.CombinedOutput()
		if diff := cmp.Diff("out\nerr\n", string(output)); diff != "" || command.ProcessState.ExitCode() != 7 {
			t.Errorf("on a terminal %v: exit code %d, -want +got\n%s", terminal, command.ProcessState.ExitCode(), diff)
		}
	}
}

func TestExitCode(t *testing.T) {
	tests := map[string]struct {
		text  string
		want  int
		fails bool
	}{
		"success":      {"0\n", 0, false},
		"failure":      {"137\n", 137, false},
		"half written": {"", 1, true},
		"out of range": {"256\n", 1, true},
		"negative":     {"-1\n", 1, true},
		"not a number": {strings.Repeat("x", 1000), 1, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := exitCode(test.text)
			if got != test.want || (err != nil) != test.fails {
				t.Errorf("got %d, %v", got, err)
			}
			if err != nil && len(err.Error()) > 150 {
				t.Errorf("the error repeats all that the machine wrote: %v", err)
			}
		})
	}
}

func TestRecent(t *testing.T) {
	for release, fails := range map[string]bool{"7.2.7": false, "6.16": false, "6.12.90\n": true, "6.1.176": true, "": true, "x": true} {
		if err := recent(release); (err != nil) != fails {
			t.Errorf("%q: got %v", release, err)
		}
	}
}

// The disk must be made again when anything changes that is on it.
func TestRecipe(t *testing.T) {
	first := recipe("bookworm", "7.2.7")
	if first != recipe("bookworm", "7.2.7") {
		t.Error("the same disk has two names")
	}
	if first == recipe("trixie", "7.2.7") || first == recipe("bookworm", "7.2.8") {
		t.Error("two disks have the same name")
	}
	kept := files["etc/hosts"]
	defer func() { files["etc/hosts"] = kept }()
	files["etc/hosts"] = "127.0.0.1 localhost\n"
	if first == recipe("bookworm", "7.2.7") {
		t.Error("a disk with another file has the same name")
	}
}

func TestArguments(t *testing.T) {
	run := Run{Repo: "/r", Dir: "/r/run", Disk: "/d", Memory: "1G"}
	if got := run.arguments(); !slices.Contains(got, "hostfs=/r") || !slices.Contains(got, "con1=null,fd:4") {
		t.Errorf("got %q", got)
	}
	run.Shell = true
	if got := run.arguments(); !slices.Contains(got, "con1=fd:0,fd:4") {
		t.Errorf("a shell needs the terminal: got %q", got)
	}
}

// A directory exists only if it is complete.
func TestWhole(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "kernel")
	failure := errors.New("no network")
	err := whole(dir, func(made string) error {
		if err := os.WriteFile(filepath.Join(made, "half"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
		return failure
	})
	if !errors.Is(err, failure) {
		t.Errorf("got %v", err)
	}
	for _, path := range []string{dir, dir + ".new"} {
		if _, err := os.Stat(path); !os.IsNotExist(err) {
			t.Errorf("%s is left: %v", path, err)
		}
	}
	if err := whole(dir, func(made string) error { return os.WriteFile(filepath.Join(made, "linux"), nil, 0o755) }); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "linux")); err != nil {
		t.Error(err)
	}
}
