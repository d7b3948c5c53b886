// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	"k8s.io/kubernetes/test/e2e/framework"
	e2eskipper "k8s.io/kubernetes/test/e2e/framework/skipper"
)

const (
	logindName      = "org.freedesktop.login1"
	logindPath      = dbus.ObjectPath("/org/freedesktop/login1")
	logindInterface = "org.freedesktop.login1.Manager"
)

// logind announces shutdowns of the machine on the system bus. If no systemd-logind is on the bus, it stands in for it: the kubelet
// requests an inhibitor lock and the maximum delay of a shutdown. Otherwise it asks systemd-logind to power off the machine, which waits
// for the inhibitor locks, and then fails because systemd refuses.
type logind struct {
	bus  *dbus.Conn
	real bool
	// announced are the announcements of the real one.
	announced chan announcement
}

// announcement says that a shutdown begins, or that it was cancelled.
type announcement struct {
	At     time.Time
	Begins bool
}

// refusal is the file by which systemd refuses to power off the machine. It lasts until the machine reboots at most.
const refusal = "/run/systemd/system/poweroff.target.d/refused-by-container-dependencies.conf"

// newLogind connects to the system bus. Call it before starting a kubelet that must see the shutdown.
func newLogind() *logind {
	ginkgo.GinkgoHelper()
	bus, err := dbus.ConnectSystemBus()
	if err != nil {
		e2eskipper.Skipf("a kubelet learns about shutdowns on the system bus, and this node has none: %v", err)
	}
	ginkgo.DeferCleanup(bus.Close)
	var names []string
	framework.ExpectNoError(bus.BusObject().Call("org.freedesktop.DBus.ListNames", 0).Store(&names), "list the names on the system bus")
	l := &logind{bus: bus, real: slices.Contains(names, logindName)}
	if l.real {
		framework.ExpectNoError(bus.AddMatchSignal(dbus.WithMatchInterface(logindInterface), dbus.WithMatchMember("PrepareForShutdown")),
			"listen to systemd-logind")
		signals := make(chan *dbus.Signal, 10)
		bus.Signal(signals)
		l.announced = make(chan announcement, 10)
		go func() {
			// The bus closes the channel.
			for signal := range signals {
				if signal.Name != logindInterface+".PrepareForShutdown" || len(signal.Body) == 0 {
					continue
				}
				if begins, ok := signal.Body[0].(bool); ok {
					l.announced <- announcement{time.Now(), begins}
				}
			}
		}()
	} else {
		framework.ExpectNoError(bus.Export(logindManager{}, logindPath, logindInterface), "play systemd-logind")
		framework.ExpectNoError(bus.Export(logindProperties{}, logindPath, "org.freedesktop.DBus.Properties"), "play systemd-logind")
		_, err = bus.RequestName(logindName, dbus.NameFlagDoNotQueue)
		framework.ExpectNoError(err, "play systemd-logind")
	}
	return l
}

// shutdown announces that the machine is about to shut down or, if begins is false, that the shutdown was cancelled. The real one
// announces the latter itself, when the kubelet lets it.
func (l *logind) shutdown(ctx context.Context, begins bool) {
	ginkgo.GinkgoHelper()
	if l.real {
		if begins {
			l.powerOff(ctx)
		}
		return
	}
	framework.ExpectNoError(l.bus.Emit(logindPath, logindInterface+".PrepareForShutdown", begins), "announce a shutdown")
}

// powerOff asks systemd-logind to power off the machine.
func (l *logind) powerOff(ctx context.Context) {
	ginkgo.GinkgoHelper()
	framework.ExpectNoError(os.MkdirAll(filepath.Dir(refusal), 0o755), "refuse to power off")
	framework.ExpectNoError(os.WriteFile(refusal, []byte("[Unit]\nRefuseManualStart=yes\n"), 0o644), "refuse to power off")
	ginkgo.DeferCleanup(func(ctx context.Context) {
		framework.ExpectNoError(os.RemoveAll(filepath.Dir(refusal)), "allow to power off")
		systemctl(ctx, "daemon-reload")
	})
	systemctl(ctx, "daemon-reload")
	output, err := exec.CommandContext(ctx, "systemctl", "show", "--property=RefuseManualStart", "poweroff.target").Output()
	framework.ExpectNoError(err, "ask systemd whether it refuses to power off")
	gomega.Expect(strings.TrimSpace(string(output))).To(gomega.Equal("RefuseManualStart=yes"), "systemd refuses to power off")

	manager := l.bus.Object(logindName, logindPath)
	var locks []struct {
		What, Who, Why, Mode string
		UID, PID             uint32
	}
	framework.ExpectNoError(manager.CallWithContext(ctx, logindInterface+".ListInhibitors", 0).Store(&locks), "list the inhibitor locks")
	gomega.Expect(locks).To(gomega.ContainElement(gomega.And(gomega.HaveField("What", "shutdown"), gomega.HaveField("Who", "kubelet"),
		gomega.HaveField("Mode", "delay"))), "the kubelet's inhibitor lock")
	framework.ExpectNoError(manager.CallWithContext(ctx, logindInterface+".PowerOff", 0, false).Err, "power off")
	gomega.Eventually(ctx, l.announced).WithTimeout(dependencyTimeout).Should(gomega.Receive(gomega.HaveField("Begins", true)),
		"systemd-logind announces the shutdown")
}

// shutdownSlack is by how much a container that uses the whole period of its pod may outlive the kubelet's wait for the pod: the node
// shutdown manager counts the period from before the pod's stop begins.
const shutdownSlack = 500 * time.Millisecond

// expectWaited expects that the kubelet has held up the shutdown until this time, when the last container ended. The stand-in cannot tell.
func (l *logind) expectWaited(ctx context.Context, last time.Time) {
	ginkgo.GinkgoHelper()
	if !l.real {
		return
	}
	gomega.Eventually(ctx, l.announced).WithTimeout(dependencyTimeout).Should(gomega.Receive(gomega.And(
		gomega.HaveField("Begins", false), gomega.HaveField("At", gomega.BeTemporally(">", last.Add(-shutdownSlack))))),
		"systemd-logind goes on with the shutdown when the last container has ended, and systemd refuses")
}

// logindManager hands out inhibitor locks that inhibit nothing.
type logindManager struct{}

// Inhibit returns a lock, a file that the caller closes when it no longer delays the shutdown.
func (logindManager) Inhibit(_, _, _, _ string) (dbus.UnixFD, *dbus.Error) {
	read, write, err := os.Pipe()
	if err != nil {
		return 0, dbus.MakeFailedError(err)
	}
	_ = read.Close()
	// Close the file later: it is sent after this function returns.
	time.AfterFunc(10*time.Second, func() { _ = write.Close() })
	return dbus.UnixFD(write.Fd()), nil
}

type logindProperties struct{}

// Get returns the maximum delay of a shutdown.
func (logindProperties) Get(_, name string) (dbus.Variant, *dbus.Error) {
	if name != "InhibitDelayMaxUSec" {
		return dbus.Variant{}, dbus.MakeFailedError(os.ErrNotExist)
	}
	return dbus.MakeVariant(uint64(10 * time.Minute / time.Microsecond)), nil
}
