// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
)

// gates is a flag such as A=true,B=false; it may be given several times.
type gates map[string]bool

// String implements flag.Value.
func (g gates) String() string {
	var parts []string
	for name, on := range g {
		parts = append(parts, fmt.Sprintf("%s=%v", name, on))
	}
	sort.Strings(parts)
	return strings.Join(parts, ",")
}

// Set implements flag.Value.
func (g gates) Set(text string) error {
	for _, part := range strings.Split(text, ",") {
		name, value, _ := strings.Cut(part, "=")
		on, err := strconv.ParseBool(value)
		if err != nil || name == "" {
			return fmt.Errorf("feature gate %q is not of the form Name=true or Name=false", part)
		}
		g[name] = on
	}
	return nil
}
