// SPDX-License-Identifier: Apache-2.0

package machine

import (
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

//go:embed clock/clock.c
var clockSource string

// slowClock returns the environment that makes the kernel's clock run slower than this machine's by the factor. It compiles what the
// kernel preloads into the directory.
func slowClock(dir string, factor int) ([]string, error) {
	if factor < 1 || factor > 100 {
		return nil, fmt.Errorf("the clock cannot run %d times slower: choose 1 to 100", factor)
	}
	if factor == 1 {
		return nil, nil
	}
	source, library := filepath.Join(dir, "clock.c"), filepath.Join(dir, "clock.so")
	if err := os.WriteFile(source, []byte(clockSource), 0o644); err != nil {
		return nil, fmt.Errorf("write the source of the slow clock: %w", err)
	}
	output, err := exec.Command("gcc", "-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-o", library, source).CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("compile the slow clock (the Debian packages gcc and libc6-dev bring the compiler): %w: %s", err, output)
	}
	return []string{"LD_PRELOAD=" + library, fmt.Sprintf("TESTNODE_SLOW=%d", factor)}, nil
}
