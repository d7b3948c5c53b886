// SPDX-License-Identifier: Apache-2.0

package unit

import (
	"fmt"
	"path"
	"strings"
	"syscall"
	"time"
)

// stopLimit is how long a unit may take to exit after SIGTERM. It is shorter than systemd's default, because tests wait for it.
const stopLimit = 30 * time.Second

// Systemctl carries out a call of systemctl with the given arguments and returns its output. It supports the verbs that upstream's
// node tests use and returns an error for all others, so that tests do not continue on a wrong assumption.
func (m *Manager) Systemctl(args []string) (string, error) {
	verb, names, options := parse(args)
	switch verb {
	case "list-units":
		return m.list(names, options), nil
	case "reset-failed", "daemon-reload":
		return "", nil
	case "is-active":
		return m.isActive(names)
	}
	act, known := map[string]func(string) error{
		"kill":    func(name string) error { return m.kill(name, options) },
		"stop":    func(name string) error { return m.Stop(name, syscall.SIGTERM, stopLimit) },
		"start":   m.start,
		"restart": m.restart,
	}[verb]
	if !known {
		return "", fmt.Errorf("systemctl: %q is not known on this node; it is not systemd", strings.Join(args, " "))
	}
	for _, name := range names {
		if err := act(name); err != nil {
			return "", err
		}
	}
	return "", nil
}

func (m *Manager) start(name string) error {
	if m.State(name).Running {
		return nil
	}
	return m.Again(name)
}

func (m *Manager) restart(name string) error {
	if m.State(name).Running {
		if err := m.Stop(name, syscall.SIGTERM, stopLimit); err != nil {
			return err
		}
	}
	return m.Again(name)
}

func (m *Manager) kill(name string, options map[string]string) error {
	signal, err := ParseSignal(options["signal"])
	if err != nil {
		return err
	}
	return m.Signal(name, signal)
}

func (m *Manager) isActive(names []string) (string, error) {
	for _, name := range names {
		if !m.State(name).Running {
			return "inactive\n", fmt.Errorf("unit %q does not run", name)
		}
	}
	return "active\n", nil
}

func (m *Manager) list(patterns []string, options map[string]string) string {
	var lines strings.Builder
	for _, state := range m.States() {
		active := "active exited"
		if state.Running {
			active = "active running"
		}
		if options["state"] == "running" && !state.Running || !matches(state.Name, patterns) {
			continue
		}
		fmt.Fprintf(&lines, "  %s.service loaded %s %s\n", state.Name, active, state.Name)
	}
	return lines.String()
}

func matches(name string, patterns []string) bool {
	for _, pattern := range patterns {
		for _, candidate := range []string{name, name + ".service"} {
			if ok, err := path.Match(pattern, candidate); ok && err == nil {
				return true
			}
		}
	}
	return len(patterns) == 0
}

// parse splits the arguments into verb, unit names and options. It treats -s NAME as --signal=NAME.
func parse(args []string) (verb string, names []string, options map[string]string) {
	options = map[string]string{}
	for i := 0; i < len(args); i++ {
		arg := args[i]
		switch {
		case arg == "-s" && i+1 < len(args):
			i++
			options["signal"] = args[i]
		case strings.HasPrefix(arg, "--"):
			name, value, _ := strings.Cut(arg[2:], "=")
			options[name] = value
		case strings.HasPrefix(arg, "-"):
		case verb == "":
			verb = arg
		default:
			names = append(names, arg)
		}
	}
	return verb, names, options
}
