// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"fmt"
	"regexp"
	"strings"
)

// Document is a Markdown file, taken apart as far as the checks need it.
type Document struct {
	// Path is relative to the repository's root, with slashes.
	Path string
	// Headings in the order of the document.
	Headings []Heading
	// Blocks are the fenced code blocks.
	Blocks []Block
	// Links are the targets of links and images outside code.
	Links []Link
	// Spans are the inline code spans.
	Spans []Span
	// Lines are those outside fenced blocks, as they are.
	Lines []Line
}

// Heading is a heading that begins with number signs.
type Heading struct {
	Level int
	Text  string
	// Anchor is what a link to it ends with.
	Anchor string
	Line   int
}

func (h Heading) String() string { return strings.Repeat("#", h.Level) + " " + h.Text }

// Block is a fenced code block.
type Block struct {
	// Language is the first word after the fence.
	Language string
	Text     string
	Line     int
}

// Link is a link or an image.
type Link struct {
	Target string
	Line   int
}

// Span is an inline code span.
type Span struct {
	Text string
	Line int
}

// Line is a line of text.
type Line struct {
	Text string
	Line int
}

var (
	fence   = regexp.MustCompile("^\\s*```+\\s*(\\S*)")
	heading = regexp.MustCompile(`^(#{1,6})\s+(.*?)\s*$`)
	span    = regexp.MustCompile("`([^`]+)`")
	link    = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	// comment is one line long: the documents have no other.
	comment = regexp.MustCompile(`<!--.*?-->`)
)

// Parse takes a document apart.
func Parse(path, text string) *Document {
	d := &Document{Path: path}
	anchors := map[string]int{}
	var block *Block
	for i, line := range strings.Split(text, "\n") {
		number := i + 1
		if m := fence.FindStringSubmatch(line); m != nil {
			if block == nil {
				block = &Block{Language: m[1], Line: number}
			} else {
				d.Blocks = append(d.Blocks, *block)
				block = nil
			}
			continue
		}
		if block != nil {
			block.Text += line + "\n"
			continue
		}
		d.Lines = append(d.Lines, Line{Text: line, Line: number})
		line = comment.ReplaceAllString(line, "")
		if m := heading.FindStringSubmatch(line); m != nil {
			d.Headings = append(d.Headings, Heading{Level: len(m[1]), Text: m[2], Anchor: anchor(m[2], anchors), Line: number})
		}
		for _, m := range span.FindAllStringSubmatch(line, -1) {
			d.Spans = append(d.Spans, Span{Text: m[1], Line: number})
		}
		for _, m := range link.FindAllStringSubmatch(span.ReplaceAllString(line, "code"), -1) {
			d.Links = append(d.Links, Link{Target: m[1], Line: number})
		}
	}
	return d
}

var notInAnchor = regexp.MustCompile(`[^\p{L}\p{N} _-]`)

// anchor makes a heading's anchor as GitHub does. A heading that occurs again gets a number.
func anchor(text string, taken map[string]int) string {
	a := strings.ReplaceAll(notInAnchor.ReplaceAllString(strings.ToLower(text), ""), " ", "-")
	taken[a]++
	if n := taken[a]; n > 1 {
		return fmt.Sprintf("%s-%d", a, n-1)
	}
	return a
}

// at is how problems name a place.
func (d *Document) at(line int, format string, args ...any) string {
	return fmt.Sprintf("%s:%d: %s", d.Path, line, fmt.Sprintf(format, args...))
}
