// SPDX-License-Identifier: Apache-2.0

package docs

import "fmt"

// MissingHeadings returns the required headings that a document does not have in this order, at these levels. The document
// may have more headings.
func MissingHeadings(d *Document, want []string) []string {
	var problems []string
	next := 0
	for _, w := range want {
		found := false
		for i := next; i < len(d.Headings); i++ {
			if d.Headings[i].String() == w {
				next, found = i+1, true
				break
			}
		}
		if !found {
			problems = append(problems, fmt.Sprintf("%s: no heading %q where the template has it", d.Path, w))
		}
	}
	return problems
}
