// SPDX-License-Identifier: Apache-2.0

// Package host finds out what the machine offers to a test node, and what it lacks.
package host

import (
	"os"
	"strconv"
	"strings"
)

// InitName is the name of process 1, given the root of proc.
func InitName(proc string) string {
	content, err := os.ReadFile(proc + "/1/comm")
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(content))
}

// Systemd reports whether process 1 is systemd. That its tools are installed says nothing.
func Systemd(proc string) bool {
	return InitName(proc) == "systemd"
}

// ProcessName is the short name of a running process, or empty.
func ProcessName(pid int) string {
	content, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/comm")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(content))
}
