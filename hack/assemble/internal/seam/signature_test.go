// SPDX-License-Identifier: Apache-2.0

package seam

import "testing"

func TestSignature(t *testing.T) {
	tests := map[string]struct {
		imports, function string
		want              string
	}{
		"nothing":       {function: "func f() {}", want: "func f()"},
		"grouped":       {function: "func f(a, b int, c string) {}", want: "func f(int, int, string)"},
		"unnamed":       {function: "func f(int, int, string) {}", want: "func f(int, int, string)"},
		"result":        {function: "func f() error { return nil }", want: "func f() (error)"},
		"named results": {function: "func f() (n int, err error) { return }", want: "func f() (int, error)"},
		"receiver":      {function: "func (x *T) f() {}", want: "func (*T) f()"},
		"variadic":      {function: "func f(a ...[]*T) {}", want: "func f(...[]*T)"},
		"func type":     {function: "func f(g func(a, b int) (c error)) {}", want: "func f(func(int, int) (error))"},
		"channels": {function: "func f(a <-chan int, b chan<- int, c chan (<-chan int)) {}",
			want: "func f(<-chan (int), chan<- (int), chan (<-chan (int)))"},
		"empty interface": {function: "func f(a interface{}, b any) {}", want: "func f(any, any)"},
		"interface":       {function: "func f(a interface{ M(x int) error }) {}", want: "func f(interface{ M(x int) error })"},
		"struct":          {function: "func f(a struct{ X, Y int }) {}", want: "func f(struct{ X, Y int })"},
		"array":           {function: "func f(a [4]int, b [n]int) {}", want: "func f([4]int, [n]int)"},
		"parentheses":     {function: "func f(a (*(T))) {}", want: "func f(*T)"},
		"generic":         {function: "func f[T ~int | string](a L[T], b M[T, int]) {}", want: "func f[T ~int | string](L[T], M[T, int])"},
		"import":          {imports: `import "k8s.io/api/core/v1"`, function: "func f(p *v1.Pod) {}", want: `func f(*"k8s.io/api/core/v1".Pod)`},
		"renamed import": {imports: `import core "k8s.io/api/core/v1"`, function: "func f(p map[string]core.Pod) {}",
			want: `func f(map[string]"k8s.io/api/core/v1".Pod)`},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			f, err := parseFile("x.go", []byte("package x\n"+tc.imports+"\n"+tc.function))
			if err != nil {
				t.Fatal(err)
			}
			if got := f.signature(f.functions()[0]); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}

func TestGuessImport(t *testing.T) {
	tests := map[string]struct {
		paths []string
		want  string
	}{
		"v1":     {paths: []string{"k8s.io/api/core/v1", "k8s.io/klog/v2"}, want: "k8s.io/api/core/v1"},
		"klog":   {paths: []string{"k8s.io/api/core/v1", "k8s.io/klog/v2"}, want: "k8s.io/klog/v2"},
		"yaml":   {paths: []string{"gopkg.in/yaml.v3", "sort"}, want: "gopkg.in/yaml.v3"},
		"digest": {paths: []string{"github.com/opencontainers/go-digest"}, want: "github.com/opencontainers/go-digest"},
		"v2":     {paths: []string{"a/v2", "b/v2"}, want: ""},
		"time":   {paths: []string{"sort"}, want: ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if got := guessImport(tc.paths, name); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestBuildConstraint(t *testing.T) {
	tests := map[string]struct {
		name, line string
		want       string
	}{
		"none":          {name: "a.go"},
		"name":          {name: "a_linux.go", want: "linux"},
		"line":          {name: "a.go", line: "//go:build linux", want: "linux"},
		"both":          {name: "a_linux.go", line: "//go:build linux", want: "linux"},
		"two":           {name: "a_linux_arm64.go", want: "arm64 && linux"},
		"and":           {name: "a_linux.go", line: "//go:build cgo && linux", want: "cgo && linux"},
		"or":            {name: "a.go", line: "//go:build !linux || cgo", want: "!linux || cgo"},
		"name of an OS": {name: "linux.go"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			f, err := parseFile(tc.name, []byte(tc.line+"\n\npackage a\n"))
			if err != nil {
				t.Fatal(err)
			}
			if got := f.buildConstraint(); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
