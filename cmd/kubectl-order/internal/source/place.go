// SPDX-License-Identifier: Apache-2.0

package source

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"

	goyaml "sigs.k8s.io/yaml/goyaml.v3"
)

// Place is where an object is in a file.
type Place struct{ node *goyaml.Node }

// Line is the line of the path in the object, or of the nearest part of it that the file has: its first is 1.
func (p *Place) Line(path string) int {
	if p == nil {
		return 0
	}
	node, line := p.node, p.node.Line
	for _, key := range keys(path) {
		next, at := child(node, key)
		if next == nil {
			break
		}
		node, line = next, at
	}
	return line
}

// keys splits a path such as metadata.annotations[a.b/c].before[0].
func keys(path string) []string {
	var found []string
	for path != "" {
		switch path[0] {
		case '.':
			path = path[1:]
		case '[':
			end := strings.IndexByte(path, ']')
			if end < 0 {
				return found
			}
			found, path = append(found, path[1:end]), path[end+1:]
		default:
			end := strings.IndexAny(path, ".[")
			if end < 0 {
				end = len(path)
			}
			found, path = append(found, path[:end]), path[end:]
		}
	}
	return found
}

// child returns the value of a key or index, and its line.
func child(node *goyaml.Node, key string) (*goyaml.Node, int) {
	switch node.Kind {
	case goyaml.MappingNode:
		for i := 0; i+1 < len(node.Content); i += 2 {
			if node.Content[i].Value == key {
				return node.Content[i+1], node.Content[i].Line
			}
		}
	case goyaml.SequenceNode:
		if i, err := strconv.Atoi(key); err == nil && i >= 0 && i < len(node.Content) {
			return node.Content[i], node.Content[i].Line
		}
	}
	return nil, 0
}

// index finds the objects of one file.
type index struct {
	// by kind, namespace and name, in the order of the file; each is used once.
	places map[[3]string][]*Place
}

// newIndex reads a file. What it cannot read has no place: the resource builder reports it.
func newIndex(text []byte) *index {
	x := &index{places: map[[3]string][]*Place{}}
	decoder := goyaml.NewDecoder(bytes.NewReader(text))
	for {
		var document goyaml.Node
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) || err != nil {
			return x
		}
		if len(document.Content) == 1 {
			x.add(document.Content[0], 0)
		}
	}
}

func (x *index) add(node *goyaml.Node, depth int) {
	items, _ := child(node, "items")
	if items != nil && items.Kind == goyaml.SequenceNode && depth < 4 {
		for _, item := range items.Content {
			x.add(item, depth+1)
		}
		return
	}
	key := [3]string{text(node, "kind"), text(node, "metadata", "namespace"), text(node, "metadata", "name")}
	x.places[key] = append(x.places[key], &Place{node})
}

func text(node *goyaml.Node, path ...string) string {
	for _, key := range path {
		if node, _ = child(node, key); node == nil {
			return ""
		}
	}
	return node.Value
}

// take returns the next object of that kind and name.
func (x *index) take(kind, namespace, name string) *Place {
	if x == nil {
		return nil
	}
	key := [3]string{kind, namespace, name}
	places := x.places[key]
	if len(places) == 0 {
		return nil
	}
	x.places[key] = places[1:]
	return places[0]
}
