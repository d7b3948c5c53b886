// SPDX-License-Identifier: Apache-2.0

package unit

import (
	"fmt"
	"strings"
)

// SystemdRun carries out a call of systemd-run with the given arguments, environment and working directory.
func (m *Manager) SystemdRun(args, env []string, dir string) (string, error) {
	if len(args) == 1 && args[0] == "--version" {
		// Upstream's tests require version 240 or later, which can append to a log.
		return "systemd 252 (test node)\n", nil
	}
	unit, err := parseRun(args)
	if err != nil {
		return "", err
	}
	unit.Env, unit.Dir = env, dir
	if err := m.Start(unit); err != nil {
		return "", err
	}
	return fmt.Sprintf("Running as unit: %s.service\n", trim(unit.Name)), nil
}

func parseRun(args []string) (Unit, error) {
	unit := Unit{Log: "/dev/null"}
	for i := 0; i < len(args); i++ {
		arg := args[i]
		switch {
		case arg == "-p" && i+1 < len(args):
			i++
			if file, ok := logFile(args[i]); ok {
				unit.Log = file
			}
		case strings.HasPrefix(arg, "--unit="):
			unit.Name = trim(strings.TrimPrefix(arg, "--unit="))
		case strings.HasPrefix(arg, "-"):
		default:
			for _, word := range args[i:] {
				unit.Argv = append(unit.Argv, unescape(word))
			}
			if unit.Name == "" {
				return Unit{}, fmt.Errorf("systemd-run: --unit=NAME is needed here")
			}
			return unit, nil
		}
	}
	return Unit{}, fmt.Errorf("systemd-run: no command in %q", args)
}

func logFile(property string) (string, bool) {
	for _, prefix := range []string{"StandardError=append:", "StandardError=file:"} {
		if file, ok := strings.CutPrefix(property, prefix); ok {
			return file, true
		}
	}
	return "", false
}

// unescape reverts the escaping with which callers prevent systemd from expanding specifiers and variables.
func unescape(word string) string {
	return strings.NewReplacer("%%", "%", "$$", "$").Replace(word)
}
