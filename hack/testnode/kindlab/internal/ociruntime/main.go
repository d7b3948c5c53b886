// SPDX-License-Identifier: Apache-2.0

package ociruntime

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Exec replaces this process with runc and its arguments, after it has restricted the file that they name.
func Exec(runc string, args []string) error {
	if path := fileOf(args); path != "" {
		if err := restrictFile(path, floor()); err != nil {
			return err
		}
	}
	if err := syscall.Exec(runc, append([]string{runc}, args...), os.Environ()); err != nil {
		return fmt.Errorf("run %s: %w", runc, err)
	}
	return nil
}

// fileOf returns the path of the file in which a call of runc finds what to run, or an empty string.
func fileOf(args []string) string {
	for i, arg := range args {
		switch arg {
		case "create", "run", "restore":
			bundle := option(args[i+1:], "--bundle", "-b")
			if bundle == "" {
				bundle = "."
			}
			return filepath.Join(bundle, "config.json")
		case "exec":
			return option(args[i+1:], "--process", "-p")
		}
	}
	return ""
}

// option returns the value of an option that has two names.
func option(args []string, names ...string) string {
	for i, arg := range args {
		for _, name := range names {
			if value, ok := strings.CutPrefix(arg, name+"="); ok {
				return value
			}
			if arg == name && i+1 < len(args) {
				return args[i+1]
			}
		}
	}
	return ""
}

// floor returns this process's own OOM score adjustment: without the capability no process gets a lower one.
func floor() int {
	content, err := os.ReadFile("/proc/self/oom_score_adj")
	if err != nil {
		return 0
	}
	score, err := strconv.Atoi(strings.TrimSpace(string(content)))
	if err != nil {
		return 0
	}
	return score
}
