// SPDX-License-Identifier: Apache-2.0

package ocispec

import (
	"path/filepath"
	"strings"
)

// Document names the file that one call of an OCI runtime reads, and whether it is a whole config.json or one process.
type Document struct {
	Path    string
	Process bool
}

// DocumentOf finds the document that a runtime called with these arguments (without the program's name) would read. It
// returns false for the commands that read none.
func DocumentOf(args []string) (Document, bool) {
	command, rest := split(args)
	switch command {
	case "create", "run", "restore":
		if bundle, ok := value(rest, "--bundle", "-b"); ok {
			return Document{Path: filepath.Join(bundle, "config.json")}, true
		}
		return Document{Path: "config.json"}, true
	case "exec":
		if path, ok := value(rest, "--process", "-p"); ok {
			return Document{Path: path, Process: true}, true
		}
	}
	return Document{}, false
}

// globalWithValue are runc's options before the command that take the next argument as their value.
var globalWithValue = map[string]bool{"--root": true, "--log": true, "--log-format": true, "--criu": true, "--rootless": true}

func split(args []string) (command string, rest []string) {
	for i := 0; i < len(args); i++ {
		switch {
		case globalWithValue[args[i]]:
			i++
		case !strings.HasPrefix(args[i], "-"):
			return args[i], args[i+1:]
		}
	}
	return "", nil
}

func value(args []string, names ...string) (string, bool) {
	for i, arg := range args {
		for _, name := range names {
			if arg == name && i+1 < len(args) {
				return args[i+1], true
			}
			if found, ok := strings.CutPrefix(arg, name+"="); ok {
				return found, true
			}
		}
	}
	return "", false
}
