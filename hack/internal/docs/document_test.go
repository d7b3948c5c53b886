// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
)

// Document is a Markdown file, parsed as far as the checks need.
type Document struct {
	// Path is relative to the repository's root, with slashes.
	Path string
	// Headings are in the order of the document.
	Headings []Heading
	// Blocks are the fenced code blocks.
	Blocks []Block
	// Links are the targets of links and images outside code.
	Links []Link
	// Spans are the inline code spans.
	Spans []Span
	// Lines are the unchanged lines outside fenced blocks.
	Lines []Line
}

// Heading is a heading.
type Heading struct {
	Level int
	Text  string
	// Anchor is the fragment of a link to the heading.
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

var markdown = goldmark.New(goldmark.WithExtensions(extension.Table)).Parser()

// Parse parses a document.
func Parse(path, content string) *Document {
	d := &Document{Path: path}
	source := []byte(content)
	lineOf := func(n ast.Node) int { return 1 + strings.Count(content[:max(n.Pos(), 0)], "\n") }
	anchors := map[string]int{}
	inBlock := map[int]bool{}
	// The walk cannot fail, because the function never returns an error.
	_ = ast.Walk(markdown.Parse(text.NewReader(source)), func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		line := lineOf(node)
		switch n := node.(type) {
		case *ast.Heading:
			raw := string(n.Lines().Value(source))
			d.Headings = append(d.Headings, Heading{Level: n.Level, Text: raw, Anchor: anchor(raw, anchors), Line: line})
		case *ast.FencedCodeBlock:
			d.Blocks = append(d.Blocks, Block{Language: string(n.Language(source)), Text: string(n.Lines().Value(source)), Line: line})
			for i := range n.Lines().Len() + 2 {
				inBlock[line+i] = true
			}
		case *ast.CodeSpan:
			var code strings.Builder
			for t := n.FirstChild(); t != nil; t = t.NextSibling() {
				code.Write(t.(*ast.Text).Value(source))
			}
			d.Spans = append(d.Spans, Span{Text: code.String(), Line: line})
		case *ast.Link:
			d.Links = append(d.Links, Link{Target: string(n.Destination), Line: line})
		case *ast.Image:
			d.Links = append(d.Links, Link{Target: string(n.Destination), Line: line})
		}
		return ast.WalkContinue, nil
	})
	for i, line := range strings.Split(content, "\n") {
		if !inBlock[i+1] {
			d.Lines = append(d.Lines, Line{Text: line, Line: i + 1})
		}
	}
	return d
}

var notInAnchor = regexp.MustCompile(`[^\p{L}\p{N} _-]`)

// anchor returns a heading's anchor as GitHub generates it. A repeated heading gets a number.
func anchor(text string, taken map[string]int) string {
	a := strings.ReplaceAll(notInAnchor.ReplaceAllString(strings.ToLower(text), ""), " ", "-")
	taken[a]++
	if n := taken[a]; n > 1 {
		return fmt.Sprintf("%s-%d", a, n-1)
	}
	return a
}

// at formats a problem with its position.
func (d *Document) at(line int, format string, args ...any) string {
	return fmt.Sprintf("%s:%d: %s", d.Path, line, fmt.Sprintf(format, args...))
}
