// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// heading says when and on what machine the results were made.
func heading(version string) string {
	var name unix.Utsname
	kernel := "of an unknown kernel"
	if unix.Uname(&name) == nil {
		kernel = unix.ByteSliceToString(name.Release[:])
	}
	cgroup := "v1"
	if _, err := os.Stat("/sys/fs/cgroup/cgroup.controllers"); err == nil {
		cgroup = "v2"
	}
	return fmt.Sprintf(`# Upstream's node specs on this kubelet

Made by `+"`hack/compare.sh -summary`"+` on %s: Kubernetes %s, Linux %s, cgroup %s, %d processors.
The CSV file beside this one has each spec. The first kubelet is upstream's, the others are ours; pods without ordering
must not notice a difference.

No image registry can be reached. The images pause and busybox are made here, the latter from Debian's busybox; agnhost,
nonewprivs and sample-device-plugin are built from upstream's sources, agnhost with Debian's bash and none of the other
tools that upstream adds from Alpine; nginx (a process of that name that does nothing), kitten, nonroot,
glibc-dns-testing and ipc-utils are stand-ins. Pods that need other images do not start on any kubelet.

`, time.Now().UTC().Format(time.DateOnly), version, kernel, cgroup, runtime.NumCPU())
}

const machineHeading = `
## On a machine with systemd and cgroup v2

The specs that hack/compare.machine names, by ` + "`hack/compare.sh -machine`" + `: in user-mode Linux on the same machine, with
one processor, systemd as its init, and a clock that runs up to four times slower.

`

const addedHeading = `
## With declarations of order added

The same specs on our kubelet, while the API server adds declarations to every pod that change nothing that the specs
are about: each container says that it is a Standard container ("ordered by type"); each waits for the one before it in
the list to be Started ("ordered as listed"); a Sidecar runs beside them, for which none waits ("with a Sidecar").
Static pods stay as they are.

`
