// SPDX-License-Identifier: Apache-2.0

// Package host detects what the machine provides for a test node, and what it lacks.
package host

import (
	"fmt"
	"strings"

	"github.com/moby/sys/capability"
)

// MissingCapabilities returns the names of the kernel's capabilities that this process lacks, such as CAP_SYS_RESOURCE.
func MissingCapabilities() ([]string, error) {
	own, err := capability.NewPid2(0)
	if err == nil {
		err = own.Load()
	}
	if err != nil {
		return nil, fmt.Errorf("read this process's capabilities: %w", err)
	}
	return missing(own)
}

func missing(own capability.Capabilities) ([]string, error) {
	all, err := capability.ListSupported()
	if err != nil {
		return nil, fmt.Errorf("list the kernel's capabilities: %w", err)
	}
	var names []string
	for _, each := range all {
		if !own.Get(capability.EFFECTIVE, each) {
			names = append(names, "CAP_"+strings.ToUpper(each.String()))
		}
	}
	return names, nil
}
