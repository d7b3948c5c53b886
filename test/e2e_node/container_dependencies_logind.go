// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"
	"os"
	"slices"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/onsi/ginkgo/v2"

	"k8s.io/kubernetes/test/e2e/framework"
	e2eskipper "k8s.io/kubernetes/test/e2e/framework/skipper"
)

const (
	logindName      = "org.freedesktop.login1"
	logindPath      = dbus.ObjectPath("/org/freedesktop/login1")
	logindInterface = "org.freedesktop.login1.Manager"
)

// logind announces shutdowns of the machine on the system bus. Where there is no systemd-logind, it plays that for the
// kubelet, which asks for a lock and for the longest delay of a shutdown.
type logind struct {
	bus *dbus.Conn
}

// newLogind must be called before a kubelet is started that is to hear of shutdowns.
func newLogind() *logind {
	ginkgo.GinkgoHelper()
	bus, err := dbus.ConnectSystemBus()
	if err != nil {
		e2eskipper.Skipf("a kubelet hears of shutdowns on the system bus, and this node has none: %v", err)
	}
	ginkgo.DeferCleanup(bus.Close)
	var names []string
	framework.ExpectNoError(bus.BusObject().Call("org.freedesktop.DBus.ListNames", 0).Store(&names), "list who is on the system bus")
	if !slices.Contains(names, logindName) {
		framework.ExpectNoError(bus.Export(logindManager{}, logindPath, logindInterface), "play systemd-logind")
		framework.ExpectNoError(bus.Export(logindProperties{}, logindPath, "org.freedesktop.DBus.Properties"), "play systemd-logind")
		_, err = bus.RequestName(logindName, dbus.NameFlagDoNotQueue)
		framework.ExpectNoError(err, "play systemd-logind")
	}
	return &logind{bus: bus}
}

// shutdown says that the machine is about to shut down, or that it is not after all.
func (l *logind) shutdown(_ context.Context, begins bool) {
	ginkgo.GinkgoHelper()
	framework.ExpectNoError(l.bus.Emit(logindPath, logindInterface+".PrepareForShutdown", begins), "announce a shutdown")
}

// logindManager hands out locks that hold up nothing.
type logindManager struct{}

// Inhibit returns a file that the caller closes when the shutdown may begin.
func (logindManager) Inhibit(_, _, _, _ string) (dbus.UnixFD, *dbus.Error) {
	read, write, err := os.Pipe()
	if err != nil {
		return 0, dbus.MakeFailedError(err)
	}
	_ = read.Close()
	// The file is sent after this function has returned.
	time.AfterFunc(10*time.Second, func() { _ = write.Close() })
	return dbus.UnixFD(write.Fd()), nil
}

type logindProperties struct{}

// Get returns the longest delay of a shutdown.
func (logindProperties) Get(_, name string) (dbus.Variant, *dbus.Error) {
	if name != "InhibitDelayMaxUSec" {
		return dbus.Variant{}, dbus.MakeFailedError(os.ErrNotExist)
	}
	return dbus.MakeVariant(uint64(10 * time.Minute / time.Microsecond)), nil
}
