// SPDX-License-Identifier: Apache-2.0

package seam

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// importPath returns the path of the package that a file refers to by name, or "" if it is unknown.
func (f *goFile) importPath(name string) string {
	var unnamed []string
	for _, spec := range f.ast.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		if spec.Name == nil {
			unnamed = append(unnamed, p)
		} else if spec.Name.Name == name {
			return p
		}
	}
	return guessImport(unnamed, name)
}

var majorVersion = regexp.MustCompile(`^v[0-9]+$`)

// guessImport picks the path whose package probably has that name. A path does not determine its package's name, so the
// most reliable convention that matches a path decides.
func guessImport(paths []string, name string) string {
	for _, fits := range []func(p string) bool{
		func(p string) bool { return path.Base(p) == name }, // also k8s.io/api/core/v1
		func(p string) bool { // k8s.io/klog/v2
			return majorVersion.MatchString(path.Base(p)) && path.Base(path.Dir(p)) == name
		},
		func(p string) bool { // gopkg.in/yaml.v3, github.com/opencontainers/go-digest
			return strings.Contains(path.Base(p), name)
		},
	} {
		i := slices.IndexFunc(paths, fits)
		if i < 0 {
			continue
		}
		if slices.IndexFunc(paths[i+1:], fits) >= 0 {
			return ""
		}
		return paths[i]
	}
	return ""
}
