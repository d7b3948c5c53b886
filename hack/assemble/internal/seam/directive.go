// SPDX-License-Identifier: Apache-2.0

package seam

import (
	"fmt"
	"regexp"
	"strings"
)

// A directive is a parsed "//upstream:" comment.
type directive struct {
	kind Kind
	// receiver is the name of the receiver's type, or empty; pointer is true if the receiver is a pointer.
	receiver string
	pointer  bool
	name     string
	// body is the hash that the directive expects, or empty.
	body string
}

const directivePrefix = "//upstream:"

var (
	// looksLikeDirective also matches typing errors that would turn a directive into a comment.
	looksLikeDirective = regexp.MustCompile(`^//\s*[uU]pstream:`)
	wrapTarget         = regexp.MustCompile(`^(?:\((\*?)([A-Za-z_]\w*)\)\.)?([A-Za-z_]\w*)$`)
	extendTarget       = regexp.MustCompile(`^[A-Za-z_]\w*$`)
	bodyHash           = regexp.MustCompile(`^[0-9a-f]{16}$`)
)

// target returns the declaration's name as written in the directive.
func (d directive) target() string {
	switch {
	case d.receiver == "":
		return d.name
	case d.pointer:
		return "(*" + d.receiver + ")." + d.name
	default:
		return "(" + d.receiver + ")." + d.name
	}
}

// parseDirective parses one comment.
func parseDirective(comment string) (directive, error) {
	rest, ok := strings.CutPrefix(comment, directivePrefix)
	if !ok {
		return directive{}, fmt.Errorf("it must begin with %q, without a space", directivePrefix)
	}
	fields := strings.Fields(rest)
	if len(fields) == 0 || strings.HasPrefix(rest, " ") {
		return directive{}, fmt.Errorf("it names no kind of seam")
	}
	d := directive{kind: Kind(fields[0])}
	if d.kind != Wrap && d.kind != Replace && d.kind != Extend {
		return directive{}, fmt.Errorf("there is no directive %q", directivePrefix+fields[0])
	}
	if len(fields) < 2 || strings.HasPrefix(fields[1], "body=") {
		return directive{}, fmt.Errorf("it names no target")
	}
	if len(fields) > 3 {
		return directive{}, fmt.Errorf("it has more than a target and a body")
	}
	if err := d.parseTarget(fields[1]); err != nil {
		return directive{}, err
	}
	if len(fields) == 3 {
		body, ok := strings.CutPrefix(fields[2], "body=")
		if !ok {
			return directive{}, fmt.Errorf("%q is not body=<hash>", fields[2])
		}
		if body != "" && !bodyHash.MatchString(body) {
			return directive{}, fmt.Errorf("the body %q is not 16 lower-case hex digits (leave it empty to be told the right one)", body)
		}
		d.body = body
	}
	return d, nil
}

func (d *directive) parseTarget(target string) error {
	if d.kind == Extend {
		if !extendTarget.MatchString(target) {
			return fmt.Errorf("%q is not the name of a type", target)
		}
		d.name = target
		return nil
	}
	m := wrapTarget.FindStringSubmatch(target)
	if m == nil {
		return fmt.Errorf("%q is neither name, (Type).name nor (*Type).name", target)
	}
	d.pointer, d.receiver, d.name = m[1] == "*", m[2], m[3]
	if d.name == "_" || d.receiver == "" && d.name == "init" {
		return fmt.Errorf("nobody can call %s, so there can be no seam on it", target)
	}
	return nil
}
