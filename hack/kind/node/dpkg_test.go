// SPDX-License-Identifier: Apache-2.0

package node

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// packaged is a machine on which a real Debian package owns the kubelet, in a package database of its own.
type packaged struct{ *machine }

func newPackaged(t *testing.T) packaged {
	t.Helper()
	for _, program := range []string{"dpkg", "dpkg-deb", "dpkg-divert", "dpkg-query"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("this machine has no %s: what a package does to the kubelet can be tried on Debian only", program)
		}
	}
	m := packaged{newMachine(t)}
	// Only the real programs know the package.
	for _, name := range []string{"bin/dpkg-query", "bin/dpkg-divert", "kubelet"} {
		if err := os.Remove(m.path(name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"admin/status", "admin/available"} {
		m.write(name, "")
	}
	for _, dir := range []string{"admin/info", "admin/updates", "admin/triggers"} {
		if err := os.MkdirAll(m.path(dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	m.env = append(m.env, "DPKG_ADMINDIR="+m.path("admin"))
	return m
}

func (m packaged) dpkg(args ...string) string {
	m.t.Helper()
	command := exec.Command("dpkg", append([]string{
		"--admindir=" + m.path("admin"), "--log=/dev/null", "--force-not-root", "--force-unsafe-io", "--no-triggers"}, args...)...)
	output, err := command.CombinedOutput()
	if err != nil {
		m.t.Fatalf("dpkg %q: %v\n%s", args, err, output)
	}
	return string(output)
}

// install installs the package with a kubelet of that version, as an upgrade does.
func (m packaged) install(version string) {
	m.t.Helper()
	root := filepath.Join("deb-"+version, m.dir)
	m.kubelet(filepath.Join(root, "kubelet"), version)
	m.write(filepath.Join("deb-"+version, "DEBIAN", "control"),
		"Package: kubelet\nVersion: "+strings.TrimPrefix(version, "v")+"-1\nArchitecture: all\nMaintainer: test <t@example.com>\nDescription: test\n")
	deb := m.path(version + ".deb")
	if output, err := exec.Command("dpkg-deb", "--build", "--root-owner-group", m.path("deb-"+version), deb).CombinedOutput(); err != nil {
		m.t.Fatalf("dpkg-deb: %v\n%s", err, output)
	}
	m.dpkg("--install", deb)
}

func (m packaged) want(what, kubelet, stock string) {
	m.t.Helper()
	if got := m.version("kubelet"); got != kubelet {
		m.t.Errorf("%s: the kubelet is %s, want %s", what, got, kubelet)
	}
	if got := m.version("kubelet.stock"); got != stock {
		m.t.Errorf("%s: kubelet.stock is %s, want %s", what, got, stock)
	}
}

func (m packaged) must(args ...string) {
	m.t.Helper()
	if _, says, err := m.run(args...); err != nil {
		m.t.Fatalf("switch.sh %q: %v\n%s", args, err, says)
	}
}

// TestUpgradeOfThePackage: an upgrade goes to kubelet.stock and leaves ours alone; the way back leads to the upgraded one, and leaves
// the package as if nothing had been.
func TestUpgradeOfThePackage(t *testing.T) {
	m := newPackaged(t)
	m.install("v1.37.1")
	m.must("ours", m.path("new"))
	m.want("after the switch to ours", ours, "v1.37.1")
	m.install("v1.37.2")
	m.want("after the upgrade", ours, "v1.37.2")
	m.must("stock")
	m.want("after the switch back", "v1.37.2", "none")
	if list, err := os.ReadFile(m.path("admin/diversions")); err != nil || len(list) > 0 {
		t.Errorf("the diversion remains: %q, %v", list, err)
	}
	if changed := m.dpkg("--verify", "kubelet"); changed != "" {
		t.Errorf("the package's files differ from the package's: %s", changed)
	}
	m.install("v1.37.3")
	m.want("after the next upgrade", "v1.37.3", "none")
}

// TestUpgradeWithoutDiversion shows what the diversion is for.
func TestUpgradeWithoutDiversion(t *testing.T) {
	m := newPackaged(t)
	m.install("v1.37.1")
	m.kubelet("kubelet", ours)
	m.install("v1.37.2")
	m.want("after the upgrade", "v1.37.2", "none")
}

// TestOursCrashesOnAPackagedNode: nothing of the switch remains.
func TestOursCrashesOnAPackagedNode(t *testing.T) {
	m := newPackaged(t)
	m.install("v1.37.1")
	m.write("state/broken", ours+"\n")
	if _, says, err := m.run("ours", m.path("new")); err == nil || !strings.Contains(says, "is back and runs") {
		t.Fatalf("got %v, says %q", err, says)
	}
	m.want("after the failure", "v1.37.1", "none")
	m.install("v1.37.2")
	m.want("after the upgrade", "v1.37.2", "none")
}

// TestForeignDiversion: another diversion of the kubelet is the administrator's business.
func TestForeignDiversion(t *testing.T) {
	m := newPackaged(t)
	m.install("v1.37.1")
	divert := exec.Command("dpkg-divert", "--admindir="+m.path("admin"), "--local", "--no-rename", "--divert", m.path("kubelet.mine"),
		"--add", m.path("kubelet"))
	if output, err := divert.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	if _, says, err := m.run("ours", m.path("new")); err == nil || !strings.Contains(says, "kubelet.mine: remove it") {
		t.Fatalf("got %v, says %q", err, says)
	}
	if m.version("kubelet") != own {
		t.Error("the kubelet was exchanged")
	}
}

// TestPackageIsRemoved: without a package there is nothing to go back to, and the script says how to get it.
func TestPackageIsRemoved(t *testing.T) {
	m := newPackaged(t)
	m.install("v1.37.1")
	m.must("ours", m.path("new"))
	m.dpkg("--remove", "kubelet")
	m.want("after the removal", ours, "none")
	if _, says, err := m.run("stock"); err == nil || !strings.Contains(says, "install it again") {
		t.Errorf("got %v, says %q", err, says)
	}
	m.install("v1.37.2")
	m.want("after the installation", ours, "v1.37.2")
	m.must("stock")
	m.want("after the switch back", "v1.37.2", "none")
}
