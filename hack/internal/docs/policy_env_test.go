// SPDX-License-Identifier: Apache-2.0

package docs

import "github.com/google/cel-go/cel"

// variables declares the variables that a policy's expressions may use. Their types are dynamic, as for kinds without a schema.
func variables(names ...string) []cel.EnvOption {
	var options []cel.EnvOption
	for _, name := range names {
		options = append(options, cel.Variable(name, cel.DynType))
	}
	return options
}
