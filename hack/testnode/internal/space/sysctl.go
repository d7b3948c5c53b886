// SPDX-License-Identifier: Apache-2.0

package space

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// kubeletSysctls are the settings that a kubelet enforces for the whole machine. The node covers those that differ with files that
// hold the wanted values, so that the kubelet does not change the machine's.
var kubeletSysctls = map[string]string{
	"vm/overcommit_memory":      "1",
	"vm/panic_on_oom":           "0",
	"kernel/panic":              "10",
	"kernel/panic_on_oops":      "1",
	"kernel/keys/root_maxkeys":  "1000000",
	"kernel/keys/root_maxbytes": "25000000",
}

func maskSysctls(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make the directory of the masked sysctls: %w", err)
	}
	for name, wanted := range kubeletSysctls {
		resolved := filepath.Join("/proc/sys", name)
		current, err := os.ReadFile(resolved)
		if err != nil || strings.TrimSpace(string(current)) == wanted {
			continue
		}
		mask := filepath.Join(dir, strings.ReplaceAll(name, "/", "."))
		if err := os.WriteFile(mask, []byte(wanted+"\n"), 0o644); err != nil {
			return fmt.Errorf("write a masked sysctl: %w", err)
		}
		if err := bind(mask, resolved); err != nil {
			return err
		}
	}
	return nil
}
