// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"regexp"
	"strings"
)

// leftover matches a line that nobody meant to publish: a placeholder for text to come, such as "OUTPUT-OF-IT", or the mark of a
// conflict between two versions.
var leftover = regexp.MustCompile(`^([A-Z]+-[A-Z-]+|(<{7}|={7}|>{7})( .*)?)$`)

// Leftovers returns the lines of documents that are placeholders or marks of conflicts, in fenced blocks and outside.
func Leftovers(documents []*Document) []string {
	var problems []string
	for _, d := range documents {
		look := func(line int, text string) {
			if leftover.MatchString(text) {
				problems = append(problems, d.at(line, "%q is left over: write what belongs here", text))
			}
		}
		for _, l := range d.Lines {
			look(l.Line, l.Text)
		}
		for _, b := range d.Blocks {
			for i, text := range strings.Split(b.Text, "\n") {
				look(b.Line+1+i, text)
			}
		}
	}
	return problems
}
