// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Names are the names in the code that users of the project see.
type Names struct {
	// Reasons are the reasons of events and of waiting containers.
	Reasons []string
	// Metrics include their subsystem.
	Metrics []string
	Gates   []string
}

// All returns the names in one list.
func (n Names) All() []string {
	return append(append(append([]string{}, n.Reasons...), n.Metrics...), n.Gates...)
}

// OwnNames reads the names from the files that declare them.
func (r *Repository) OwnNames() (Names, error) {
	var n Names
	err := r.inspect("pkg/kubelet/events/dependency_events.go", func(node ast.Node) {
		if spec, ok := node.(*ast.ValueSpec); ok {
			n.Reasons = append(n.Reasons, stringsOf(spec.Values)...)
		}
	})
	if err != nil {
		return n, err
	}
	err = r.inspect("pkg/kubelet/metrics/dependency_metrics.go", func(node ast.Node) {
		if field, ok := node.(*ast.KeyValueExpr); ok && fmt.Sprint(field.Key) == "Name" {
			for _, name := range stringsOf([]ast.Expr{field.Value}) {
				n.Metrics = append(n.Metrics, "kubelet_"+name)
			}
		}
	})
	if err != nil {
		return n, err
	}
	err = r.inspect("pkg/features/kube_features_container_dependencies.go", func(node ast.Node) {
		if spec, ok := node.(*ast.ValueSpec); ok {
			if t, ok := spec.Type.(*ast.SelectorExpr); ok && t.Sel.Name == "Feature" {
				n.Gates = append(n.Gates, stringsOf(spec.Values)...)
			}
		}
	})
	return n, err
}

func (r *Repository) inspect(path string, look func(ast.Node)) error {
	parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(r.Root, path), nil, 0)
	if err != nil {
		return fmt.Errorf("reading the names that %s declares: %w", path, err)
	}
	ast.Inspect(parsed, func(node ast.Node) bool {
		look(node)
		return true
	})
	return nil
}

func stringsOf(values []ast.Expr) []string {
	var texts []string
	for _, v := range values {
		if literal, ok := v.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			if text, err := strconv.Unquote(literal.Value); err == nil {
				texts = append(texts, text)
			}
		}
	}
	return texts
}

// word matches names in the style of Go and of the API's reasons: at least two parts that begin with a capital.
var word = regexp.MustCompile(`\b[A-Z]+[a-z0-9]+(?:[A-Z]+[a-z0-9]*)+\b`)

// KnownWords returns all such words in our code, in the API's types, and in upstream's kubelet, features, admission
// plugins and API validation.
func (r *Repository) KnownWords() (map[string]bool, error) {
	known := map[string]bool{}
	if err := r.walk(".go", func(_ string, text []byte) error {
		return collect(text, known)
	}); err != nil {
		return nil, err
	}
	for _, dir := range []string{
		filepath.Join(r.Upstream["k8s.io/api"], "core", "v1"),
		filepath.Join(r.Upstream["k8s.io/api"], "apps", "v1"),
		filepath.Join(r.Upstream["k8s.io/api"], "batch", "v1"),
		filepath.Join(r.Upstream["k8s.io/api"], "admissionregistration", "v1"),
		filepath.Join(r.Upstream["k8s.io/kubernetes"], "pkg", "features"),
		filepath.Join(r.Upstream["k8s.io/kubernetes"], "pkg", "kubeapiserver", "options"),
		filepath.Join(r.Upstream["k8s.io/kubernetes"], "pkg", "apis", "core", "validation"),
		filepath.Join(r.Upstream["k8s.io/kubernetes"], "pkg", "kubelet", "events"),
		filepath.Join(r.Upstream["k8s.io/kubernetes"], "pkg", "kubelet", "container"),
		filepath.Join(r.Upstream["k8s.io/kubernetes"], "pkg", "kubelet", "kuberuntime"),
		filepath.Join(r.Upstream["k8s.io/kubernetes"], "pkg", "kubelet"),
		filepath.Join(r.Upstream["k8s.io/kubernetes"], "plugin", "pkg", "admission", "nodedeclaredfeatures"),
	} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(files) == 0 {
			return nil, fmt.Errorf("no Go files in %s: %w", dir, err)
		}
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") || strings.HasSuffix(f, ".pb.go") {
				continue
			}
			text, err := os.ReadFile(f)
			if err != nil {
				return nil, err
			}
			if err := collect(text, known); err != nil {
				return nil, err
			}
		}
	}
	return known, nil
}

// collect adds the words of a file's identifiers and string literals, not of its comments.
func collect(text []byte, known map[string]bool) error {
	var s scanner.Scanner
	s.Init(token.NewFileSet().AddFile("", -1, len(text)), text, nil, 0)
	for {
		switch _, kind, literal := s.Scan(); kind {
		case token.EOF:
			return nil
		case token.IDENT:
			known[literal] = true
		case token.STRING:
			for _, w := range word.FindAllString(literal, -1) {
				known[w] = true
			}
		}
	}
}

// metric matches names of kubelet metrics.
var metric = regexp.MustCompile(`\bkubelet_\w+`)

// annotationKey matches keys that look like our annotations.
var annotationKey = regexp.MustCompile(`[\w.-]*lifecycle[\w.-]*kubernetes\.io/`)

// assignment matches text that turns a feature gate on or off.
var assignment = regexp.MustCompile(`\b([A-Z]\w+)=(?:true|false)\b`)

// UnknownNames returns the names in the documents' code spans and code blocks that do not exist in the code. isMetric
// reports whether the kubelet has a metric.
func UnknownNames(documents []*Document, known map[string]bool, isMetric func(string) bool, annotationPrefix string) []string {
	var problems []string
	for _, d := range documents {
		look := func(text string, line int, words bool) {
			for _, name := range metric.FindAllString(text, -1) {
				for _, suffix := range []string{"_bucket", "_sum", "_count"} {
					name = strings.TrimSuffix(name, suffix)
				}
				if !isMetric(name) {
					problems = append(problems, d.at(line, "the kubelet has no metric %q", name))
				}
			}
			for _, key := range annotationKey.FindAllString(text, -1) {
				if key != annotationPrefix {
					problems = append(problems, d.at(line, "the annotation prefix is %q, not %q", annotationPrefix, key))
				}
			}
			var names []string
			for _, m := range assignment.FindAllStringSubmatch(text, -1) {
				names = append(names, m[1])
			}
			if words {
				names = append(names, word.FindAllString(text, -1)...)
			}
			for _, name := range names {
				if !known[name] {
					problems = append(problems, d.at(line, "no code knows the name %q", name))
				}
			}
		}
		for _, s := range d.Spans {
			look(s.Text, s.Line, true)
		}
		for _, b := range d.Blocks {
			// YAML is checked by decoding it, and Go blocks are sketches.
			look(b.Text, b.Line, b.Language == "console" || b.Language == "text" || b.Language == "")
		}
	}
	return problems
}

// Unmentioned returns the names that appear in no code span of the document.
func Unmentioned(d *Document, names []string) []string {
	var problems []string
	for _, name := range names {
		found := false
		for _, s := range d.Spans {
			found = found || strings.Contains(s.Text, name)
		}
		if !found {
			problems = append(problems, fmt.Sprintf("%s does not mention %q", d.Path, name))
		}
	}
	return problems
}

// KubeletHasMetric returns a function that reports whether the kubelet has a metric with that name, ours or upstream's.
func (r *Repository) KubeletHasMetric(own Names) (func(string) bool, error) {
	text, err := os.ReadFile(filepath.Join(r.Upstream["k8s.io/kubernetes"], "pkg", "kubelet", "metrics", "metrics.go"))
	if err != nil {
		return nil, err
	}
	return func(name string) bool {
		return slices.Contains(own.Metrics, name) || strings.Contains(string(text), strconv.Quote(strings.TrimPrefix(name, "kubelet_")))
	}, nil
}
