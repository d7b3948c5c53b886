// SPDX-License-Identifier: Apache-2.0

package result

import (
	"fmt"
	"os"
	"runtime"
	"strings"

	"github.com/prometheus/procfs"
)

// Machine is where a run was measured. CPU and Kernel are empty if they are not known.
type Machine struct {
	Arch        string
	Cores       int
	CPU, Kernel string
}

// ThisMachine returns the machine that this program runs on.
func ThisMachine() Machine {
	m := Machine{Arch: runtime.GOARCH, Cores: runtime.NumCPU()}
	if proc, err := procfs.NewDefaultFS(); err == nil {
		if cpus, err := proc.CPUInfo(); err == nil && len(cpus) > 0 {
			m.CPU = cpus[0].ModelName
		}
	}
	if release, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		m.Kernel = strings.TrimSpace(string(release))
	}
	return m
}

// String describes the machine.
func (m Machine) String() string {
	text := fmt.Sprintf("%d cores", m.Cores)
	if m.CPU != "" {
		text += " of " + m.CPU
	}
	if m.Kernel != "" {
		text += ", Linux " + m.Kernel
	}
	return text
}
