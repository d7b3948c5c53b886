// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
)

// Socket is where the engine listens. The lab has a /run of its own.
const Socket = "unix:///run/docker.sock"

// Engine is Docker's engine, run inside the lab.
type Engine struct {
	// Dir has the unpacked packages.
	Dir string
	// Data is the directory of images, containers and volumes.
	Data string
	// Runtime, if set, is the program and its first arguments that stand between the engine and runc.
	Runtime []string
}

// Runc returns the path of the engine's runc.
func (e Engine) Runc() string { return filepath.Join(e.Dir, "usr/sbin/runc") }

// Docker returns the path of the command-line client.
func (e Engine) Docker() string { return filepath.Join(e.Dir, "usr/bin/docker") }

// Config returns the configuration of the engine. It names every path that is the machine's by default.
func (e Engine) Config() ([]byte, error) {
	config := map[string]any{
		"hosts":               []string{Socket},
		"data-root":           e.Data,
		"exec-root":           "/run/docker",
		"pidfile":             "/run/docker.pid",
		"deprecated-key-path": "/run/docker-key.json",
		"init-path":           filepath.Join(e.Dir, "usr/bin/tini-static"),
		"userland-proxy-path": filepath.Join(e.Dir, "usr/sbin/docker-proxy"),
		"shutdown-timeout":    5,
	}
	if len(e.Runtime) > 0 {
		config["default-runtime"] = "lab"
		config["runtimes"] = map[string]any{"lab": map[string]any{"path": e.Runtime[0], "runtimeArgs": e.Runtime[1:]}}
	}
	content, err := json.MarshalIndent(config, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode the engine's configuration: %w", err)
	}
	return append(content, '\n'), nil
}

// Argv returns the command line of the engine with the configuration file.
func (e Engine) Argv(config string) []string {
	return []string{filepath.Join(e.Dir, "usr/sbin/dockerd"), "--config-file", config}
}

// Path returns the PATH on which the engine finds its programs before those on the given one.
func (e Engine) Path(rest string) string {
	return strings.Join([]string{filepath.Join(e.Dir, "usr/sbin"), filepath.Join(e.Dir, "usr/bin"), rest}, ":")
}
