// SPDX-License-Identifier: Apache-2.0

package seam

import (
	"bytes"
	"cmp"
	"fmt"
	"path"
	"slices"

	"kubelet-ordering/hack/assemble/internal/own"
	"kubelet-ordering/hack/assemble/internal/problem"
)

// A Plan holds the resolved seams of a project and the edits that they need.
type Plan struct {
	// Seams are ordered by directory, target and kind.
	Seams []Seam
	// Edits maps upstream files to their edits.
	Edits map[string][]Edit
}

// Resolve finds and checks the seams that the own files declare. Its error is a problem.List of everything that is wrong
// with the seams and with the paths of the own files.
func Resolve(files []own.File, src Source) (Plan, error) {
	r := &resolver{src: src, plan: Plan{Edits: map[string][]Edit{}}, seen: map[string]declared{}}
	for _, f := range files {
		if src.Has(f.Path) {
			r.problems.Add(problem.Problem{File: f.Path, What: "shadows the upstream file of that path",
				Remedy: "give it another name and declare seams for what it changes"})
		}
	}
	ownFiles := parseOwn(files, &r.problems)
	byDir := map[string][]*goFile{}
	var found []declared
	for _, f := range ownFiles {
		byDir[path.Dir(f.path)] = append(byDir[path.Dir(f.path)], f)
		found = append(found, directives(f, &r.problems)...)
	}
	packages := map[string]*goPackage{}
	for _, d := range found {
		if !r.first(d) {
			continue
		}
		dir := path.Dir(d.file.path)
		if !src.HasDir(dir) {
			r.problems.Add(d.problem("upstream has no directory "+dir, "move the file to the directory of the target"))
			continue
		}
		key := dir + " " + d.file.ast.Name.Name
		if packages[key] == nil {
			pkg, err := loadPackage(src, dir, d.file.ast.Name.Name, byDir[dir])
			if err != nil {
				return Plan{}, err
			}
			packages[key] = pkg
		}
		r.resolve(d, packages[key])
	}
	slices.SortFunc(r.plan.Seams, func(a, b Seam) int {
		return cmp.Or(cmp.Compare(a.Dir, b.Dir), cmp.Compare(a.Target, b.Target), cmp.Compare(a.Kind, b.Kind))
	})
	return r.plan, r.problems.Err()
}

// A resolver checks the directives one by one.
type resolver struct {
	src      Source
	plan     Plan
	problems problem.List
	seen     map[string]declared
}

// A goPackage holds one package's upstream and own files.
type goPackage struct {
	dir, name string
	upstream  []*goFile
	own       []*goFile
	// names are the names that upstream and own files declare.
	names nameSet
	src   Source
}

func loadPackage(src Source, dir, name string, ownFiles []*goFile) (*goPackage, error) {
	p := &goPackage{dir: dir, name: name, names: nameSet{}, src: src}
	files, err := upstreamFiles(src, dir)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if f.ast.Name.Name == name {
			p.upstream = append(p.upstream, f)
			p.names.add(f)
		}
	}
	for _, f := range ownFiles {
		if f.ast.Name.Name == name {
			p.own = append(p.own, f)
			p.names.add(f)
		}
	}
	return p, nil
}

// taken returns the position at which the package declares a name. It parses only those test files that may declare it.
func (p *goPackage) taken(typeName, name string) (string, error) {
	key := member(typeName, name)
	if place, ok := p.names[key]; ok {
		return place, nil
	}
	for _, file := range p.src.GoFiles(p.dir) {
		if !isTestPath(file) {
			continue
		}
		data, err := p.src.Read(file)
		if err != nil {
			return "", err
		}
		if !bytes.Contains(data, []byte(name)) {
			continue
		}
		f, err := parseFile(file, data)
		if err != nil {
			return "", fmt.Errorf("parsing upstream's file: %w", err)
		}
		if f.ast.Name.Name == p.name {
			names := nameSet{}
			names.add(f)
			if place, ok := names[key]; ok {
				return place, nil
			}
		}
	}
	return "", nil
}

// first reports a second seam on a target.
func (r *resolver) first(d declared) bool {
	key := fmt.Sprintf("%s %t %s", path.Dir(d.file.path), d.kind == Extend, member(d.receiver, d.name))
	if other, ok := r.seen[key]; ok {
		r.problems.Add(d.problem(fmt.Sprintf("there is another seam on it at %s:%d", other.file.path, other.line),
			"make one of the two"))
		return false
	}
	r.seen[key] = d
	return true
}

func (r *resolver) resolve(d declared, p *goPackage) {
	decl, ok := r.lookup(d, p)
	if !ok {
		return
	}
	r.checkConstraint(d, decl)
	r.checkBody(d, decl)
	switch d.kind {
	case Wrap:
		r.wrap(d, p, decl)
	case Replace:
		r.replace(d, decl)
	default:
		r.extend(d, p, decl)
	}
	r.plan.Seams = append(r.plan.Seams, Seam{
		Kind: d.kind, Target: d.target(), Dir: p.dir, Package: p.name,
		Own: d.file.path, OwnLine: d.line, Upstream: decl.Path, Body: decl.Hash(),
	})
}

func (r *resolver) lookup(d declared, p *goPackage) (Decl, bool) {
	decls := find(p.upstream, p.name, d.directive)
	if len(decls) == 1 {
		return decls[0], true
	}
	if len(decls) == 0 {
		r.problems.Add(d.problem("upstream's package "+p.name+" in "+p.dir+" has no such declaration"+r.hint(d, p),
			"look for where it went upstream, then name what serves now"))
		return Decl{}, false
	}
	places := ""
	for _, decl := range decls {
		places += fmt.Sprintf(" %s:%d", decl.Path, decl.Line)
	}
	r.problems.Add(d.problem("upstream declares it several times:"+places,
		"wrap a caller that all builds share"))
	return Decl{}, false
}

// hint lists functions with that name and any receiver.
func (r *resolver) hint(d declared, p *goPackage) string {
	hint := ""
	if d.kind == Extend {
		return hint
	}
	for _, f := range p.upstream {
		for _, fn := range f.functions() {
			if fn.Name.Name == d.name {
				recv, pointer := receiverOf(fn)
				hint += fmt.Sprintf(" (found: %s at %s)", directive{receiver: recv, pointer: pointer, name: d.name}.target(), f.place(fn.Name.Pos()))
			}
		}
	}
	return hint
}

func (r *resolver) checkConstraint(d declared, decl Decl) {
	ownBuilds, upBuilds := d.file.buildConstraint(), decl.file.buildConstraint()
	if ownBuilds != upBuilds {
		r.problems.Add(d.problem(fmt.Sprintf("the own file takes part in %s, %s in %s", describeConstraint(ownBuilds), decl.Path,
			describeConstraint(upBuilds)), "give the own file upstream's build constraint"))
	}
}

func (r *resolver) checkBody(d declared, decl Decl) {
	switch hash := decl.Hash(); {
	case d.body == "":
		r.problems.Add(d.problem("the directive has no body hash",
			fmt.Sprintf("read %s:%d and write body=%s", decl.Path, decl.Line, hash)))
	case d.body != hash:
		r.problems.Add(d.problem(fmt.Sprintf("upstream's declaration at %s:%d changed: its hash is %s, the directive says %s",
			decl.Path, decl.Line, hash, d.body), "review upstream's change, then write body="+hash))
	}
}
