// SPDX-License-Identifier: Apache-2.0

package seam

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"kubelet-ordering/hack/assemble/internal/problem"
)

const storeGo = `package store

import (
	"context"

	meta "example.com/meta/v1"
)

type Store struct {
	Name string
	at   meta.Time
}

type Mode int

func (s *Store) get(ctx context.Context, a, b string) (int, error) { return 0, nil }

func (s *Store) Close() {}

func open(name string) *Store { return nil }
`

// Every rule that can fail has a test here. want has a part of each problem's text, in the order of the list.
func TestResolveRefuses(t *testing.T) {
	tests := map[string]struct {
		upstream map[string]string
		own      map[string]string
		// ownGo stands for own at pkg/store/own.go, after its package clause.
		ownGo string
		want  []string
	}{
		"no such function": {
			ownGo: "//upstream:wrap shut body=@\nfunc shut() {}",
			want:  []string{"own.go:2: wrap shut: upstream's package store in pkg/store has no such declaration: look for where it went"},
		},
		"no such method, but another type's": {
			ownGo: "//upstream:wrap (Mode).get body=@\nfunc (m Mode) get() {}",
			want:  []string{"no such declaration (found: (*Store).get at pkg/store/store.go:16)"},
		},
		"no such type": {
			ownGo: "//upstream:extend Shop body=@\ntype shop struct { A int }",
			want:  []string{"own.go:2: extend Shop: upstream's package store in pkg/store has no such declaration"},
		},
		"only in another package": {
			own:  map[string]string{"pkg/store/own.go": "package shop\n//upstream:wrap open body=@\nfunc open(name string) {}"},
			want: []string{"upstream's package shop in pkg/store has no such declaration"},
		},
		"only in a test": {
			upstream: map[string]string{"pkg/store/x_test.go": "package store\nfunc helper() {}"},
			ownGo:    "//upstream:wrap helper body=@\nfunc helper() {}",
			want:     []string{"no such declaration"},
		},
		"several matches": {
			upstream: map[string]string{
				"pkg/store/a_linux.go":   "package store\nfunc sync() {}",
				"pkg/store/a_windows.go": "package store\nfunc sync() {}",
			},
			ownGo: "//upstream:wrap sync body=@\nfunc sync() {}",
			want:  []string{"upstream declares it several times: pkg/store/a_linux.go:2 pkg/store/a_windows.go:2: wrap a caller"},
		},
		"build constraint": {
			upstream: map[string]string{"pkg/store/a_linux.go": "package store\nfunc sync() {}"},
			ownGo:    "//upstream:wrap sync body=@\nfunc sync() {}",
			want:     []string{"the own file takes part in every build, pkg/store/a_linux.go in builds with linux"},
		},
		"other parameters": {
			ownGo: "//upstream:wrap open body=@\nfunc open(name []byte) *Store { return nil }",
			want: []string{
				`the signatures differ: own is "func open([]byte) (*Store)", ` +
					`upstream's at pkg/store/store.go:20 is "func open(string) (*Store)"`,
			},
		},
		"other results": {
			ownGo: "//upstream:wrap open body=@\nfunc open(name string) Store { return Store{} }",
			want:  []string{"the signatures differ"},
		},
		"same name of another package": {
			ownGo: "import \"example.com/context\"\n//upstream:wrap (*Store).get body=@\n" +
				"func (s *Store) get(ctx context.Context, a, b string) (int, error) { return 0, nil }",
			want: []string{`own is "func (*Store) get(\"example.com/context\".Context`},
		},
		"value for pointer receiver": {
			ownGo: "//upstream:wrap (Store).Close body=@\nfunc (s Store) Close() {}",
			want:  []string{"the signatures differ"},
		},
		"directive names another function": {
			ownGo: "//upstream:wrap open body=@\nfunc shut(name string) *Store { return nil }",
			want:  []string{"the directive stands above shut: make the two name the same function"},
		},
		"directive names another receiver": {
			ownGo: "//upstream:wrap (*Store).Close body=@\nfunc (s Store) Close() {}",
			want:  []string{"the directive stands above (Store).Close"},
		},
		"function without a body": {
			upstream: map[string]string{"pkg/store/asm.go": "package store\nfunc fast()"},
			ownGo:    "//upstream:wrap fast body=@\nfunc fast() {}",
			want:     []string{"one of the two functions has no body"},
		},
		"other body": {
			ownGo: "//upstream:wrap open body=0123456789abcdef\nfunc open(name string) *Store { return nil }",
			want: []string{"own.go:2: wrap open: upstream's declaration at pkg/store/store.go:20 changed: its hash is ca2c98405f884886, " +
				"the directive says 0123456789abcdef: review upstream's change, then write body=ca2c98405f884886"},
		},
		"no body": {
			ownGo: "//upstream:wrap open\nfunc open(name string) *Store { return nil }",
			want:  []string{"the directive has no body hash: read pkg/store/store.go:20 and write body=ca2c98405f884886"},
		},
		"empty body": {
			ownGo: "//upstream:extend Store body=\ntype more struct { A int }",
			want:  []string{"the directive has no body hash: read pkg/store/store.go:9 and write body="},
		},
		"name taken by upstream's function": {
			upstream: map[string]string{"pkg/store/b.go": "package store\nfunc upstreamOpen() {}"},
			ownGo:    "//upstream:wrap open body=@\nfunc open(name string) *Store { return nil }",
			want:     []string{"the name upstreamOpen, which upstream's function would get, is taken at pkg/store/b.go:2"},
		},
		"name taken by upstream's test": {
			upstream: map[string]string{"pkg/store/b_test.go": "package store\nvar upstreamOpen int"},
			ownGo:    "//upstream:wrap open body=@\nfunc open(name string) *Store { return nil }",
			want:     []string{"is taken at pkg/store/b_test.go:2"},
		},
		"name taken by own method": {
			own: map[string]string{
				"pkg/store/own.go":  "package store\n//upstream:wrap (Own).run body=@\nfunc (o Own) run() {}",
				"pkg/store/more.go": "package store\nfunc (o Own) upstreamRun() {}",
			},
			upstream: map[string]string{"pkg/store/b.go": "package store\ntype Own struct{}\nfunc (o Own) run() {}"},
			want: []string{
				"own.go:2: wrap (Own).run: the name upstreamRun, which upstream's function would get, is taken at pkg/store/more.go:2",
			},
		},
		"name taken by upstream's field": {
			upstream: map[string]string{"pkg/store/b.go": "package store\ntype Own struct{ upstreamRun int }\nfunc (o Own) run() {}"},
			ownGo:    "//upstream:wrap (Own).run body=@\nfunc (o Own) run() {}",
			want:     []string{"is taken at pkg/store/b.go:2"},
		},
		"name taken by another wrap": {
			upstream: map[string]string{"pkg/store/b.go": "package store\nfunc Run() {}\nfunc run() {}"},
			ownGo:    "//upstream:wrap Run body=@\nfunc Run() {}\n//upstream:wrap run body=@\nfunc run() {}",
			want:     []string{"own.go:4: wrap run: the name upstreamRun, which upstream's function would get, is taken at pkg/store/own.go:3"},
		},
		"shadowed file": {
			own:  map[string]string{"pkg/store/store.go": "package store"},
			want: []string{"pkg/store/store.go: shadows the upstream file of that path"},
		},
		"shadowed file, not Go": {
			upstream: map[string]string{"pkg/store/README": "theirs"},
			own:      map[string]string{"pkg/store/README": "ours"},
			want:     []string{"pkg/store/README: shadows the upstream file of that path"},
		},
		"no such directory upstream": {
			own:  map[string]string{"pkg/shop/own.go": "package shop\n//upstream:wrap open body=@\nfunc open() {}"},
			want: []string{"pkg/shop/own.go:2: wrap open: upstream has no directory pkg/shop"},
		},
		"unknown directive": {
			ownGo: "//upstream:remove open\nfunc open() {}",
			want:  []string{`own.go:2: malformed directive //upstream:remove open, there is no directive "//upstream:remove"`},
		},
		"replace with other parameters": {
			ownGo: "//upstream:replace open body=@\nfunc open(name []byte) *Store { return nil }",
			want:  []string{`replace open: the signatures differ: own is "func open([]byte) (*Store)"`},
		},
		"replace of what has changed": {
			ownGo: "//upstream:replace open body=0123456789abcdef\nfunc open(name string) *Store { return nil }",
			want:  []string{"own.go:2: replace open: upstream's declaration at pkg/store/store.go:20 changed"},
		},
		"replace of nothing": {
			ownGo: "//upstream:replace shut body=@\nfunc shut() {}",
			want:  []string{"replace shut: upstream's package store in pkg/store has no such declaration"},
		},
		"replace above a type": {
			ownGo: "//upstream:replace open body=@\ntype open struct{}",
			want:  []string{"replace open: the directive is not in the doc comment of a function"},
		},
		"wrap and replace of one function": {
			own: map[string]string{
				"pkg/store/a.go": "package store\n//upstream:wrap open body=@\nfunc open(name string) *Store { return nil }",
				"pkg/store/b.go": "package store\n//upstream:replace open body=@\nfunc open(name string) *Store { return nil }",
			},
			want: []string{"pkg/store/b.go:2: replace open: there is another seam on it at pkg/store/a.go:2: make one of the two"},
		},
		"space before the directive": {
			ownGo: "// upstream:wrap open body=@\nfunc open() {}",
			want:  []string{`it must begin with "//upstream:", without a space`},
		},
		"malformed body": {
			ownGo: "//upstream:wrap open body=XYZ\nfunc open() {}",
			want:  []string{`the body "XYZ" is not 16 lower-case hex digits`},
		},
		"wrap above a type": {
			ownGo: "//upstream:wrap open body=@\ntype open struct{}",
			want:  []string{"wrap open: the directive is not in the doc comment of a function"},
		},
		"wrap inside a function": {
			ownGo: "func f() {\n//upstream:wrap open body=@\n}",
			want:  []string{"own.go:3: wrap open: the directive is not in the doc comment of a function"},
		},
		"wrap apart from the function": {
			ownGo: "//upstream:wrap open body=@\n\nfunc open(name string) *Store { return nil }",
			want:  []string{"wrap open: the directive is not in the doc comment of a function"},
		},
		"extend above a function": {
			ownGo: "//upstream:extend Store body=@\nfunc f() {}",
			want:  []string{"extend Store: the directive is not in the doc comment of a single type"},
		},
		"extend above a group": {
			ownGo: "//upstream:extend Store body=@\ntype (\n\ta struct{ A int }\n\tb struct{ B int }\n)",
			want:  []string{"extend Store: the directive is not in the doc comment of a single type"},
		},
		"extend above an interface": {
			ownGo: "//upstream:extend Store body=@\ntype a interface{}",
			want:  []string{"the directive stands above a, which is no plain struct type"},
		},
		"extend with type parameters": {
			ownGo: "//upstream:extend Store body=@\ntype a[T any] struct{ A T }",
			want:  []string{"which is no plain struct type"},
		},
		"extend with nothing": {
			ownGo: "//upstream:extend Store body=@\ntype a struct{}",
			want:  []string{"the own struct has no fields"},
		},
		"extended type is no struct": {
			ownGo: "//upstream:extend Mode body=@\ntype a struct{ A int }",
			want:  []string{"upstream's type at pkg/store/store.go:14 is no struct"},
		},
		"directive in a test": {
			own: map[string]string{
				"pkg/store/own_test.go": "package store\n//upstream:wrap open body=@\nfunc open(name string) *Store { return nil }",
			},
			want: []string{"own_test.go:2: wrap open: the directive is in a test file"},
		},
		"two seams on one target": {
			own: map[string]string{
				"pkg/store/a.go": "package store\n//upstream:wrap open body=@\nfunc open(name string) *Store { return nil }",
				"pkg/store/b.go": "package store\n//upstream:wrap open body=@\nfunc open(name string) *Store { return nil }",
			},
			want: []string{"pkg/store/b.go:2: wrap open: there is another seam on it at pkg/store/a.go:2: make one of the two"},
		},
		"field exists": {
			ownGo: "//upstream:extend Store body=@\ntype a struct {\n\tA int\n\tB, Name string\n}",
			want:  []string{"own.go:5: extend Store: field B, Name: upstream's Store has a field or method Name, at pkg/store/store.go:10"},
		},
		"method of the field's name exists": {
			ownGo: "//upstream:extend Store body=@\ntype a struct { Close int }",
			want:  []string{"upstream's Store has a field or method Close"},
		},
		"embedded field exists": {
			upstream: map[string]string{"pkg/store/b.go": "package store\ntype S struct{ *Mode }"},
			ownGo:    "//upstream:extend S body=@\ntype a struct { Mode int }",
			want:     []string{"upstream's S has a field or method Mode"},
		},
		"field of a package that upstream's file does not import": {
			ownGo: "import \"time\"\n//upstream:extend Store body=@\ntype a struct { T time.Time }",
			want:  []string{`field T: package time is "time" in the own file and "" in pkg/store/store.go`},
		},
		"field of a package that upstream's file imports under another name": {
			ownGo: "import v1 \"example.com/meta/v1\"\n//upstream:extend Store body=@\ntype a struct { T v1.Time }",
			want:  []string{`field T: package v1 is "example.com/meta/v1" in the own file and ""`},
		},
		"field of another package of the same name": {
			ownGo: "import meta \"example.com/meta/v2\"\n//upstream:extend Store body=@\ntype a struct { T map[string][]*meta.Time }",
			want:  []string{`package meta is "example.com/meta/v2" in the own file and "example.com/meta/v1"`},
		},
		"field of an unknown type": {
			ownGo: "//upstream:extend Store body=@\ntype a struct { T Unknown }",
			want:  []string{"field T: nothing in the package is called Unknown"},
		},
		"field of a type without a name": {
			ownGo: "//upstream:extend Store body=@\ntype a struct { T struct{ A int } }",
			want:  []string{"the type struct{ A int } has no name"},
		},
		"field on two lines": {
			ownGo: "//upstream:extend Store body=@\ntype a struct { T map[string]*\nint }",
			want:  []string{"field T: the field takes several lines"},
		},
		"field with a tag on two lines": {
			ownGo: "//upstream:extend Store body=@\ntype a struct { T int `a:\"\nb\"` }",
			want:  []string{"field T: the field takes several lines: write the field on one line"},
		},
		"own file is no Go": {
			ownGo: "func (",
			want:  []string{"own.go: cannot be parsed"},
		},
		"init": {
			ownGo: "//upstream:wrap init\nfunc init() {}",
			want:  []string{"nobody can call init"},
		},
		"all at once, by place": {
			own: map[string]string{
				"pkg/store/b.go":     "package store\n//upstream:wrap gone\nfunc gone() {}\n\n//upstream:wrap open\nfunc open() {}",
				"pkg/store/a.go":     "package store\n//upstream:what\nfunc f() {}",
				"pkg/store/store.go": "package store",
			},
			want: []string{"a.go:2: malformed", "b.go:2: wrap gone: ", "b.go:5: wrap open: the directive has no body",
				"b.go:5: wrap open: the signatures differ", "store.go: shadows", "5 problems"},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			src := mapSource{"pkg/store/store.go": storeGo}
			for name, text := range tc.upstream {
				src[name] = text
			}
			files := tc.own
			if files == nil {
				files = map[string]string{"pkg/store/own.go": "package store\n" + tc.ownGo}
			}
			_, err := Resolve(ownFiles(t, src, files), src)
			if _, ok := errors.AsType[problem.List](err); !ok {
				t.Fatalf("got error %v, want problems", err)
			}
			got := strings.Split(err.Error(), "\n")
			if !slices.EqualFunc(got, tc.want, strings.Contains) {
				t.Errorf("got\n%s\nwant\n%s", err, strings.Join(tc.want, "\n"))
			}
		})
	}
}
