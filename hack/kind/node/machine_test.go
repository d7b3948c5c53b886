// SPDX-License-Identifier: Apache-2.0

package node

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// machine is a directory that looks like a node to switch.sh: programs on PATH that answer for systemd, the container runtime, the
// kubelet and the API server.
type machine struct {
	t *testing.T
	// dir has the programs in bin, and in state what they answer. env is added to the script's environment.
	dir string
	env []string
}

const (
	ours  = "v1.37.1+ordering.0123"
	older = "v1.37.1+ordering.0000"
	own   = "v1.37.1"
)

// programs are the node's. `state/broken` names a version that does not come up.
var programs = map[string]string{
	"systemctl": `
case "$*" in
*ExecStart*) echo "{ path=$DIR/kubelet ; argv[]=$DIR/kubelet --config ; }" ;;
*NRestarts*)
	[ ! -e "$STATE/crashes" ] || echo $(($(cat "$STATE/restarts") + 1)) >"$STATE/restarts"
	cat "$STATE/restarts"
	;;
is-active*) [ -e "$STATE/crashes" ] && echo activating || echo active ;;
restart*)
	"$DIR/kubelet" --version >>"$STATE/restarted"
	rm -f "$STATE/crashes"
	[ "$("$DIR/kubelet" --version)" != "Kubernetes $(cat "$STATE/broken")" ] || touch "$STATE/crashes"
	;;
--version) echo "systemd 252 (252.1)" ;;
*) exit 1 ;;
esac`,
	"curl":       `echo ok`,
	"journalctl": `echo "the kubelet's last words"`,
	"crictl": `
case "$*" in
"pods -q --state ready") cat "$STATE/pods" ;;
"ps -q") cat "$STATE/containers"; [ ! -e "$STATE/after" ] || cp "$STATE/after" "$STATE/containers" ;;
"ps -a --id "*) echo "$4 image app" ;;
esac`,
	"kubectl": `
case "$*" in
*whoami*) echo system:node:n1 ;;
*"get node n1"*) echo "$("$DIR/kubelet" --version | sed 's/Kubernetes //') $(cat "$STATE/ready")" ;;
esac`,
	"id": `[ "$1" = -u ] && cat "$STATE/uid"`, "chown": `:`, "restorecon": `:`,
	// The tests' machine may have a package of that name.
	"dpkg-query": `exit 1`, "dpkg-divert": `exit 1`,
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	m := &machine{t: t, dir: t.TempDir()}
	for name, text := range programs {
		m.program("bin/"+name, text)
	}
	for name, text := range map[string]string{
		"pods": "p1\n", "containers": "c1\nc2\n", "restarts": "0\n", "ready": "True\n", "broken": "", "uid": "0\n", "conf": "",
	} {
		m.write("state/"+name, text)
	}
	m.kubelet("kubelet", own)
	m.kubelet("new", ours)
	return m
}

func (m *machine) path(name string) string { return filepath.Join(m.dir, name) }

func (m *machine) write(name, text string) {
	m.t.Helper()
	if err := os.MkdirAll(filepath.Dir(m.path(name)), 0o755); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(m.path(name), []byte(text), 0o644); err != nil {
		m.t.Fatal(err)
	}
}

func (m *machine) program(name, text string) {
	m.t.Helper()
	m.write(name, "#!/bin/sh\n"+text+"\n")
	if err := os.Chmod(m.path(name), 0o755); err != nil {
		m.t.Fatal(err)
	}
}

// kubelet puts a kubelet of that version at a place.
func (m *machine) kubelet(name, version string) {
	m.t.Helper()
	m.program(name, `echo "Kubernetes `+version+`"`)
}

// version returns the version of the kubelet at a place, or "none".
func (m *machine) version(name string) string {
	output, err := exec.Command(m.path(name), "--version").Output()
	if err != nil {
		return "none"
	}
	return strings.TrimPrefix(strings.TrimSpace(string(output)), "Kubernetes ")
}

// run runs switch.sh as it runs on a node, from stdin.
func (m *machine) run(args ...string) (Answer, string, error) {
	m.t.Helper()
	command := exec.Command("sh", append([]string{"-s", "--"}, args...)...)
	command.Stdin = strings.NewReader(script)
	command.Env = append(os.Environ(), "PATH="+m.path("bin")+":"+os.Getenv("PATH"), "DIR="+m.dir, "STATE="+m.path("state"),
		"KUBELET_CONF="+m.path("state/conf"), "LOCK="+m.path("state/lock"), "TIMEOUT=2")
	command.Env = append(command.Env, m.env...)
	var stdout, stderr strings.Builder
	command.Stdout, command.Stderr = &stdout, &stderr
	err := command.Run()
	return parse(stdout.String()), stderr.String(), err
}

// left lists the files beside the kubelet that a switch must not leave.
func (m *machine) left() (names []string) {
	m.t.Helper()
	entries, err := os.ReadDir(m.dir)
	if err != nil {
		m.t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "kubelet.") {
			names = append(names, e.Name())
		}
	}
	return names
}
