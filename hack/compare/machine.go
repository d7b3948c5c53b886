// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"

	"kubelet-ordering/hack/compare/internal/choice"
	"kubelet-ordering/hack/compare/internal/table"
)

// knownThere begins the reasons in hack/compare.known for what fails in user-mode Linux. All others are about a node of this machine.
const knownThere = "In user-mode Linux"

// forMachine returns the rows of the specs that run in a machine of their own: those that hack/compare.machine names, unless they pass
// on the pristine kubelet on a node of this machine. They would gain nothing there.
func forMachine(rows []table.Row, pristine table.Side, named []choice.Explanation) (own []table.Row) {
	for _, row := range rows {
		if row.LeftOut != "" || choice.Reason(named, row.Name) == "" || pristine.Result(row.Name).Passed > 0 {
			continue
		}
		there := table.Row{Spec: row.Spec}
		if strings.HasPrefix(row.Known, knownThere) {
			there.Known = row.Known
		}
		own = append(own, there)
	}
	return own
}
