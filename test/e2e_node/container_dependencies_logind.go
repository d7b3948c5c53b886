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

// logind announces shutdowns of the machine on the system bus. If no systemd-logind is on the bus, it stands in for it: the kubelet
// requests an inhibitor lock and the maximum delay of a shutdown.
type logind struct {
	bus *dbus.Conn
}

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
	if !slices.Contains(names, logindName) {
		framework.ExpectNoError(bus.Export(logindManager{}, logindPath, logindInterface), "play systemd-logind")
		framework.ExpectNoError(bus.Export(logindProperties{}, logindPath, "org.freedesktop.DBus.Properties"), "play systemd-logind")
		_, err = bus.RequestName(logindName, dbus.NameFlagDoNotQueue)
		framework.ExpectNoError(err, "play systemd-logind")
	}
	return &logind{bus: bus}
}

// shutdown announces that the machine is about to shut down or, if begins is false, that the shutdown was cancelled.
func (l *logind) shutdown(_ context.Context, begins bool) {
	ginkgo.GinkgoHelper()
	framework.ExpectNoError(l.bus.Emit(logindPath, logindInterface+".PrepareForShutdown", begins), "announce a shutdown")
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
