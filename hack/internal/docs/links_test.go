// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// BrokenLinks returns the relative links without a target. has reports whether a file exists.
func BrokenLinks(documents []*Document, has func(path string) bool) []string {
	byPath := map[string]*Document{}
	for _, d := range documents {
		byPath[d.Path] = d
	}
	var problems []string
	for _, d := range documents {
		for _, l := range d.Links {
			if strings.Contains(l.Target, "://") {
				continue
			}
			file, fragment, _ := strings.Cut(l.Target, "#")
			target := d.Path
			if file != "" {
				target = path.Join(path.Dir(d.Path), file)
			}
			if !has(target) {
				problems = append(problems, d.at(l.Line, "the link to %q leads to no file", l.Target))
				continue
			}
			if fragment == "" {
				continue
			}
			to := byPath[target]
			if to == nil || !slices.ContainsFunc(to.Headings, func(h Heading) bool { return h.Anchor == fragment }) {
				problems = append(problems, d.at(l.Line, "the link to %q leads to no heading", l.Target))
			}
		}
	}
	return problems
}

// file matches a path in text or code: below one of the repository's directories, or a document or other file at its root.
var file = regexp.MustCompile(`(?:^|[\s(="'` + "`" + `])(` +
	`(?:\.ci|cmd|docs|hack|pkg|staging|test)(?:/[\w.*-]+)+|[\w.-]+\.(?:md|lock)|Makefile|go\.mod|go\.sum|kep\.yaml)\b`)

// MissingFiles returns the files that documents mention but that exist neither in the repository nor in upstream's tree.
func MissingFiles(documents []*Document, has func(path string) bool) []string {
	var problems []string
	for _, d := range documents {
		look := func(text string, line int) {
			for _, m := range file.FindAllStringSubmatch(text, -1) {
				name := strings.TrimRight(m[1], ".")
				// A pattern refers to files in its directory.
				if star := strings.Index(name, "*"); star >= 0 {
					name = path.Dir(name[:star] + "x")
				}
				if !has(name) && !has(path.Join(path.Dir(d.Path), name)) {
					problems = append(problems, d.at(line, "there is no file %q", m[1]))
				}
			}
		}
		for _, s := range d.Spans {
			look(s.Text, s.Line)
		}
		for _, b := range d.Blocks {
			look(b.Text, b.Line)
		}
	}
	return problems
}
