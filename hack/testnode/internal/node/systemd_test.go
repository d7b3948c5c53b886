// SPDX-License-Identifier: Apache-2.0

package node

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A setting must reach the program as it is, and must not become another setting of the service.
func TestServiceWord(t *testing.T) {
	for word, want := range map[string]string{
		"PATH=/a:/b":          `"PATH=/a:/b"`,
		"A=x y":               `"A=x y"`,
		`A="q" \`:             `"A=\"q\" \\"`,
		"PS1=%n $HOME":        `"PS1=%%n $HOME"`,
		"A=x\nExecStartPre=/": `"A=x\nExecStartPre=/"`,
	} {
		if diff := cmp.Diff(want, serviceWord(word)); diff != "" {
			t.Errorf("%q: -want +got\n%s", word, diff)
		}
	}
}

func TestRenderService(t *testing.T) {
	lines := strings.Split(renderService("containerd", []string{"/b/containerd", "--config", "/$c d"}, []string{"A=1\n[Service]"}, "/log"), "\n")
	for _, want := range []string{
		// Containers outlive containerd, and have cgroups of their own.
		"KillMode=process", "Delegate=yes",
		"StandardError=append:/log", `ExecStart="/b/containerd" "--config" "/$$c d"`, `Environment="A=1\n[Service]"`,
	} {
		found := false
		for _, line := range lines {
			found = found || line == want
		}
		if !found {
			t.Errorf("the line %s is missing in\n%s", want, strings.Join(lines, "\n"))
		}
	}
}

// Kubelet and containerd must agree on who makes the cgroups, and a node under systemd has the machine's bus.
func TestNodeUnderSystemd(t *testing.T) {
	spec := specFor(2, false)
	for systemd, want := range map[bool][3]string{
		true:  {`"cgroupDriver": "systemd"`, "SystemdCgroup = true", ""},
		false: {`"cgroupDriver": "cgroupfs"`, "SystemdCgroup = false", "DBUS_SYSTEM_BUS_ADDRESS=unix:path=/r/bus.sock"},
	} {
		spec.Systemd = systemd
		kubelet, err := RenderSuiteKubelet(spec)
		if err != nil {
			t.Fatal(err)
		}
		containerd, err := renderContainerd(spec, "overlayfs")
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(kubelet), want[0]) || strings.Count(containerd, want[1]) != 3 {
			t.Errorf("systemd %v: got\n%s\n%s", systemd, kubelet, containerd)
		}
		bus := ""
		for _, entry := range New(spec, nil).Environment() {
			if strings.HasPrefix(entry, "DBUS_SYSTEM_BUS_ADDRESS=") {
				bus = entry
			}
		}
		if bus != want[2] {
			t.Errorf("systemd %v: got the bus %q, want %q", systemd, bus, want[2])
		}
	}
}
