// SPDX-License-Identifier: Apache-2.0

package docs

import "github.com/google/cel-go/cel"

// variables declares what expressions of a policy may use. Their types are left open, as for kinds without a schema.
func variables(names ...string) []cel.EnvOption {
	var options []cel.EnvOption
	for _, name := range names {
		options = append(options, cel.Variable(name, cel.DynType))
	}
	return options
}
