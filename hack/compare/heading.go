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
func heading() string {
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

Made by `+"`hack/compare.sh`"+` on %s: Kubernetes v1.37.1, Linux %s, cgroup %s, %d processors. The CSV file beside this one has each
spec. The first kubelet is upstream's, the others are ours; pods without ordering must not notice a difference.

`, time.Now().UTC().Format(time.DateOnly), kernel, cgroup, runtime.NumCPU())
}
