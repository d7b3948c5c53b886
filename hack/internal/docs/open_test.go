// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Repository gives access to the documents and the code.
type Repository struct {
	// Root is the directory of go.mod.
	Root string
	// Upstream maps the paths of modules that the documents may mention to their directories.
	Upstream map[string]string
}

// upstreamModules are the modules whose names and files the documents mention.
var upstreamModules = []string{"k8s.io/kubernetes", "k8s.io/api"}

// Open finds the repository that the working directory is in, and upstream's modules.
func Open() (*Repository, error) {
	out, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return nil, fmt.Errorf("finding the repository's root: %w", err)
	}
	r := &Repository{Root: filepath.Dir(strings.TrimSpace(string(out))), Upstream: map[string]string{}}
	// A fresh machine has not downloaded the modules yet.
	out, err = exec.Command("go", append([]string{"mod", "download", "-json"}, upstreamModules...)...).Output()
	if err != nil {
		return nil, fmt.Errorf("getting upstream's modules: %w", err)
	}
	for modules := json.NewDecoder(bytes.NewReader(out)); modules.More(); {
		var module struct{ Path, Dir string }
		if err := modules.Decode(&module); err != nil {
			return nil, fmt.Errorf("reading where upstream's modules are: %w", err)
		}
		r.Upstream[module.Path] = module.Dir
	}
	return r, nil
}

// Documents returns the Markdown files of the repository.
func (r *Repository) Documents() ([]*Document, error) {
	var documents []*Document
	err := r.walk(".md", func(path string, text []byte) error {
		documents = append(documents, Parse(path, string(text)))
		return nil
	})
	return documents, err
}

// walk visits the repository's files with the suffix, by their paths relative to the root.
func (r *Repository) walk(ending string, visit func(path string, text []byte) error) error {
	return filepath.WalkDir(r.Root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if name := entry.Name(); name == "_output" || name == "testdata" || name == ".git" {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ending) {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(r.Root, path)
		if err != nil {
			return err
		}
		return visit(filepath.ToSlash(relative), text)
	})
}

// Has reports whether the repository has a file or directory with the path.
func (r *Repository) Has(path string) bool {
	return exists(filepath.Join(r.Root, filepath.FromSlash(path)))
}

// UpstreamHas reports whether upstream's tree has a file or directory with the path.
func (r *Repository) UpstreamHas(path string) bool {
	if module, staged := strings.CutPrefix(path, "staging/src/"); staged {
		for name, dir := range r.Upstream {
			if rest, found := strings.CutPrefix(module, name+"/"); found && exists(filepath.Join(dir, filepath.FromSlash(rest))) {
				return true
			}
		}
		return false
	}
	return exists(filepath.Join(r.Upstream["k8s.io/kubernetes"], filepath.FromSlash(path)))
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
