// SPDX-License-Identifier: Apache-2.0

package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/resource"

	"kubelet-ordering/internal/workload"
)

// Options say which objects a command is about.
type Options struct {
	Config *genericclioptions.ConfigFlags
	Stdin  io.Reader
	// Files and Recursive are -f and -R, Kustomize is -k.
	Files     []string
	Recursive bool
	Kustomize string
	// Selector and AllNamespaces are -l and -A.
	Selector      string
	AllNamespaces bool
	// Args are pods (NAME) and objects with a template (TYPE/NAME).
	Args []string
	// Types are the types to list if there are no Args.
	Types []string
	// Lenient skips objects without containers.
	Lenient bool
	// All lists the objects of the namespace if nothing else is said.
	All bool
}

// local reports whether the objects are in files.
func (o *Options) local() bool { return len(o.Files) > 0 || o.Kustomize != "" }

// check returns an error for flags that exclude one another.
func (o *Options) check() error {
	switch {
	case len(o.Files) > 0 && o.Kustomize != "":
		return errors.New("--filename and --kustomize exclude one another: use one of them")
	case o.local() && len(o.Args) > 0:
		return fmt.Errorf("%q: objects in files and in the cluster cannot be mixed: leave out the name, or --filename and --kustomize", o.Args[0])
	case o.local() && (o.Selector != "" || o.AllNamespaces):
		return errors.New("--selector and --all-namespaces are for a cluster: leave them out, or --filename and --kustomize")
	case len(o.Args) > 0 && (o.Selector != "" || o.AllNamespaces):
		return fmt.Errorf("%q: a name excludes --selector and --all-namespaces: use one of them", o.Args[0])
	case !o.local() && len(o.Args) == 0 && o.Selector == "" && !o.AllNamespaces && !o.All:
		return errors.New("say which pod: a name, TYPE/NAME, --filename FILE, --kustomize DIRECTORY, --selector LABELS or --all-namespaces")
	}
	return nil
}

// Visit passes each pod and template to fn, chunk by chunk: it holds no more than one chunk of a long list. It goes on after an object
// that cannot be read, and returns all errors. An error of fn ends it.
func (o *Options) Visit(fn func(*Pod) error) error {
	if err := o.check(); err != nil {
		return err
	}
	builder := resource.NewBuilder(o.Config).Unstructured().ContinueOnError()
	files, err := o.choose(builder)
	if err != nil {
		return err
	}
	var problems []error
	stopped := false
	seen := 0
	err = builder.Flatten().Do().Visit(func(info *resource.Info, err error) error {
		if stopped {
			return nil
		}
		if err != nil {
			return err
		}
		object, ok := info.Object.(*unstructured.Unstructured)
		if !ok {
			return nil
		}
		p, err := workload.New(object, !o.local())
		switch {
		case errors.Is(err, workload.ErrNoTemplate) && (o.Lenient || o.local()):
			return nil
		case err != nil:
			problems = append(problems, fmt.Errorf("%s: %w", nameOf(info, object), err))
			return nil
		}
		if o.local() {
			p.File = info.Source
			p.Line = files[info.Source].place(object.GetKind(), object.GetNamespace(), object.GetName()).Line
		}
		seen++
		if err := fn(p); err != nil {
			stopped = true
			problems = append(problems, err)
		}
		return nil
	})
	problems = append(problems, readable(err)...)
	if seen == 0 && len(problems) == 0 && o.local() && !o.Lenient {
		problems = append(problems, errors.New("the files have no pod and no pod template"))
	}
	return utilerrors.NewAggregate(problems)
}

func nameOf(info *resource.Info, object *unstructured.Unstructured) string {
	name := strings.ToLower(object.GetKind()) + "/" + object.GetName()
	if info.Source != "" {
		return info.Source + ": " + name
	}
	return name
}

// readable flattens a list of errors. A list of objects that has none is no error.
func readable(err error) []error {
	if err == nil {
		return nil
	}
	var list utilerrors.Aggregate
	if errors.As(err, &list) {
		var all []error
		for _, one := range utilerrors.Flatten(list).Errors() {
			all = append(all, readable(one)...)
		}
		return all
	}
	if meta.IsNoMatchError(err) {
		err = fmt.Errorf("%w: name it as kubectl api-resources does", err)
	}
	return []error{err}
}

// choose tells the builder what to visit, and returns the files by name.
func (o *Options) choose(builder *resource.Builder) (map[string]*file, error) {
	if !o.local() {
		return nil, o.fromCluster(builder)
	}
	builder.Local()
	if o.Kustomize != "" {
		builder.FilenameParam(false, &resource.FilenameOptions{Kustomize: o.Kustomize})
		return nil, nil
	}
	var names, urls []string
	for _, name := range o.Files {
		if isURL(name) {
			urls = append(urls, name)
		} else {
			names = append(names, name)
		}
	}
	if len(urls) > 0 {
		builder.FilenameParam(false, &resource.FilenameOptions{Filenames: urls})
	}
	read, err := readFiles(names, o.Recursive, o.Stdin)
	if err != nil {
		return nil, err
	}
	files := map[string]*file{}
	for _, f := range read {
		files[f.name] = f
		builder.Stream(bytes.NewReader(f.text), f.name)
	}
	return files, nil
}

func (o *Options) fromCluster(builder *resource.Builder) error {
	namespace, _, err := o.Config.ToRawKubeConfigLoader().Namespace()
	if err != nil {
		return fmt.Errorf("find the namespace: %w", err)
	}
	builder.NamespaceParam(namespace).DefaultNamespace().AllNamespaces(o.AllNamespaces).RequestChunksOf(chunk)
	if len(o.Args) == 0 {
		builder.LabelSelectorParam(o.Selector).SelectAllParam(o.Selector == "").ResourceTypes(o.Types...)
		return nil
	}
	for _, arg := range o.Args {
		if !strings.Contains(arg, "/") {
			arg = "pod/" + arg
		}
		builder.ResourceTypeOrNameArgs(true, arg)
	}
	return nil
}
