// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// sysResource is the number of CAP_SYS_RESOURCE.
const sysResource = 24

// adaptContainerd tells containerd not to lower OOM scores where only the missing CAP_SYS_RESOURCE allows that.
func adaptContainerd(path string) error {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return fmt.Errorf("read the node's capabilities: %w", err)
	}
	if hasCapability(string(status), sysResource) {
		return nil
	}
	config, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read containerd's configuration: %w", err)
	}
	if err := os.WriteFile(path, []byte(keepScores(string(config))), 0o644); err != nil {
		return fmt.Errorf("write containerd's configuration: %w", err)
	}
	return nil
}

// hasCapability reports whether the status of a process, as the kernel shows it, has the capability with the number.
func hasCapability(status string, number uint) bool {
	for line := range strings.Lines(status) {
		if set, ok := strings.CutPrefix(line, "CapEff:"); ok {
			bits, err := strconv.ParseUint(strings.TrimSpace(set), 16, 64)
			return err == nil && bits&(1<<number) != 0
		}
	}
	return false
}

// keepScores adds the setting to containerd's configuration, unless it is there.
func keepScores(config string) string {
	const setting = "restrict_oom_score_adj"
	if strings.Contains(config, setting) {
		return config
	}
	return config + "\n[plugins.'io.containerd.cri.v1.runtime']\n  " + setting + " = true\n"
}
