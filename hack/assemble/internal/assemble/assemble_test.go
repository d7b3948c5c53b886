// SPDX-License-Identifier: Apache-2.0

package assemble

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"kubelet-ordering/hack/assemble/internal/fixture"
	"kubelet-ordering/hack/assemble/internal/lockfile"
	"kubelet-ordering/hack/assemble/internal/module"
	"kubelet-ordering/hack/assemble/internal/output"
)

// project creates a repository with the fixture's own files, and returns options to assemble it.
func project(t *testing.T) (Options, *bytes.Buffer) {
	t.Helper()
	root := t.TempDir()
	fixture.Write(t, root, fixture.Own())
	log := &bytes.Buffer{}
	return Options{
		Root:       root,
		Modules:    fixture.Modules(t, map[string]fixture.Tree{module.Kubernetes: fixture.Kubernetes(), "k8s.io/api": fixture.API()}),
		UpdateLock: true,
		Tool:       "test",
		Log:        log,
	}, log
}

func mustRun(t *testing.T, o Options) {
	t.Helper()
	if err := Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
}

func wantError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Fatalf("got error %v, want %q", err, want)
	}
}

func TestRunMakesATreeThatBuilds(t *testing.T) {
	o, log := project(t)
	mustRun(t, o)
	if want := "Kubernetes v1.37.1, 3 own files, 2 seams"; !strings.Contains(log.String(), want) {
		t.Errorf("got log %q", log)
	}
	out := filepath.Join(o.Root, "_output", "kubernetes")
	got := fixture.Read(t, out)
	want := []string{
		output.StampName, "go.mod", "go.work", "hack/build.sh", "pkg/kubelet/kubelet.go", "pkg/kubelet/ordering.go", "pkg/kubelet/run.sh",
		"staging/src/k8s.io/api/core/v1/ordering.go", "staging/src/k8s.io/api/core/v1/types.go", "staging/src/k8s.io/api/go.mod",
	}
	if names := slices.Sorted(maps.Keys(got)); !slices.Equal(names, want) {
		t.Errorf("got files %q, want %q", names, want)
	}
	for name, text := range got {
		mode := "-rw-r--r--"
		if strings.HasSuffix(name, ".sh") {
			mode = "-rwxr-xr-x"
		}
		if !strings.HasPrefix(text, mode) {
			t.Errorf("got mode %.10s of %s, want %s", text, name, mode)
		}
	}
	cmd := exec.Command("go", "vet", "./...")
	cmd.Dir = out
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOWORK=", "GOFLAGS=")
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("go vet: %v\n%s", err, text)
	}
}

func TestRunPristine(t *testing.T) {
	o, _ := project(t)
	o.Pristine, o.UpdateLock = true, false
	mustRun(t, o)
	got := fixture.Read(t, filepath.Join(o.Root, "_output", "pristine"))
	if want := "-rw-r--r--\n" + fixture.Kubernetes()["pkg/kubelet/kubelet.go"]; got["pkg/kubelet/kubelet.go"] != want {
		t.Errorf("got %q, want upstream's file", got["pkg/kubelet/kubelet.go"])
	}
	if _, ok := got["pkg/kubelet/ordering.go"]; ok {
		t.Error("an own file is in the pristine tree")
	}
}

func TestRunIsDeterministic(t *testing.T) {
	o, _ := project(t)
	mustRun(t, o)
	first := fixture.Read(t, filepath.Join(o.Root, DefaultOut(false)))
	o.Out = filepath.Join(t.TempDir(), "again")
	mustRun(t, o)
	if again := fixture.Read(t, o.Out); !maps.Equal(again, first) {
		t.Errorf("got %v, want %v", again, first)
	}
	// A run that reuses files of an old tree makes the same tree.
	own := filepath.Join(o.Root, "pkg/kubelet/more.go")
	if err := os.WriteFile(own, []byte("package kubelet\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	mustRun(t, o)
	if err := os.Remove(own); err != nil {
		t.Fatal(err)
	}
	fixture.Write(t, o.Out, fixture.Tree{"hack/build.sh": "edited by hand", "left/over": "x"})
	mustRun(t, o)
	if again := fixture.Read(t, o.Out); !maps.Equal(again, first) {
		t.Errorf("got %v, want %v", again, first)
	}
}

func TestRunUndoesARemovedSeam(t *testing.T) {
	o, _ := project(t)
	mustRun(t, o)
	for name := range fixture.Own() {
		if strings.HasSuffix(name, ".go") {
			if err := os.Remove(filepath.Join(o.Root, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	mustRun(t, o)
	got := fixture.Read(t, filepath.Join(o.Root, DefaultOut(false)))["pkg/kubelet/kubelet.go"]
	if want := "-rw-r--r--\n" + fixture.Kubernetes()["pkg/kubelet/kubelet.go"]; got != want {
		t.Errorf("got %q, want upstream's file", got)
	}
}

func TestRunUpToDateDoesNothing(t *testing.T) {
	tests := map[string]struct {
		change func(t *testing.T, o *Options)
		want   bool
	}{
		"nothing changed": {change: func(*testing.T, *Options) {}, want: true},
		"own file": {change: func(t *testing.T, o *Options) {
			fixture.Write(t, o.Root, fixture.Tree{"pkg/kubelet/run.sh": "#!/bin/sh\ntrue\n"})
		}},
		"tool":    {change: func(_ *testing.T, o *Options) { o.Tool = "other" }},
		"version": {change: func(_ *testing.T, o *Options) { o.Modules = withVersion(t, o.Modules, "v1.37.2") }},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			o, log := project(t)
			mustRun(t, o)
			stamp := filepath.Join(o.Root, DefaultOut(false), output.StampName)
			before, err := os.Stat(stamp)
			if err != nil {
				t.Fatal(err)
			}
			log.Reset()
			tc.change(t, &o)
			mustRun(t, o)
			after, err := os.Stat(stamp)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(log.String(), "up to date"); got != tc.want || os.SameFile(before, after) != tc.want {
				t.Errorf("got %q, want up to date: %t", log, tc.want)
			}
		})
	}
}

// withVersion returns the same files under another version.
func withVersion(t *testing.T, modules []module.Module, version string) []module.Module {
	t.Helper()
	var renamed []module.Module
	for _, m := range modules {
		m.Version = version
		files := fixture.Read(t, m.Dir)
		for name, text := range files {
			_, files[name], _ = strings.Cut(text, "\n")
		}
		m.Sum = fixture.Sum(t, m, files)
		renamed = append(renamed, m)
	}
	return renamed
}

func TestRunChecksTheLockFile(t *testing.T) {
	o, _ := project(t)
	o.UpdateLock = false
	wantError(t, Run(t.Context(), o), "+wrap phase own=pkg/kubelet/ordering.go upstream=pkg/kubelet/kubelet.go body="+fixture.PhaseBody)
	if _, err := os.Stat(filepath.Join(o.Root, DefaultOut(false))); err == nil {
		t.Error("there is a tree without a lock file")
	}
	o.UpdateLock = true
	mustRun(t, o)
	o.UpdateLock = false
	mustRun(t, o)
	lock, err := lockfile.Read(o.Root)
	if err != nil {
		t.Fatal(err)
	}
	// Also when the tree itself is up to date.
	fixture.Write(t, o.Root, fixture.Tree{lockfile.Name: lock + "file pkg/none.go\n"})
	wantError(t, Run(t.Context(), o), "-file pkg/none.go\nreview this and run go run ./hack/assemble -update-lock")
	o.UpdateLock = true
	mustRun(t, o)
	if got, err := lockfile.Read(o.Root); err != nil || got != lock {
		t.Errorf("got lock file %q, %v, want %q", got, err, lock)
	}
}

// After any failure, the tree of the last good run is unchanged, and no other files are left.
func TestRunRefuses(t *testing.T) {
	tests := map[string]struct {
		change func(t *testing.T, o *Options)
		want   string
	}{
		"seam": {
			change: func(t *testing.T, o *Options) {
				fixture.Write(t, o.Root, fixture.Tree{"pkg/kubelet/more.go": "package kubelet\n//upstream:wrap gone\nfunc gone() {}\n"})
			},
			want: "pkg/kubelet/more.go:2: wrap gone:",
		},
		"changed module": {
			change: func(t *testing.T, o *Options) {
				fixture.Write(t, o.Modules[0].Dir, fixture.Tree{"hack/build.sh": "evil"})
				o.Tool = "other" // or the old tree's file is taken
			},
			want: "somebody changed them; run go clean -modcache",
		},
		"changed file that stays out of the tree": {
			change: func(t *testing.T, o *Options) {
				fixture.Write(t, o.Modules[0].Dir, fixture.Tree{"vendor/more": "evil"})
				o.Tool = "other"
			},
			want: "somebody changed them; run go clean -modcache",
		},
		"missing staging module": {
			change: func(_ *testing.T, o *Options) { o.Modules, o.Tool = o.Modules[:1], "other" },
			want:   "missing [k8s.io/api], too many []",
		},
		"other staging module": {
			change: func(t *testing.T, o *Options) {
				o.Modules = fixture.Modules(t, map[string]fixture.Tree{module.Kubernetes: fixture.Kubernetes(), "k8s.io/api": fixture.API(),
					"k8s.io/more": {"go.mod": "module k8s.io/more\n"}})
			},
			want: "missing [], too many [k8s.io/more]",
		},
		"link": {
			change: func(t *testing.T, o *Options) {
				if err := os.Symlink("ordering.go", filepath.Join(o.Root, "pkg/kubelet/link.go")); err != nil {
					t.Fatal(err)
				}
			},
			want: "link.go is not a regular file",
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			o, _ := project(t)
			mustRun(t, o)
			before := fixture.Read(t, filepath.Join(o.Root, "_output"))
			tc.change(t, &o)
			wantError(t, Run(t.Context(), o), tc.want)
			if after := fixture.Read(t, filepath.Join(o.Root, "_output")); !maps.Equal(after, before) {
				t.Errorf("got %v, want %v", after, before)
			}
		})
	}
}

func TestRunLeavesOtherDirectoriesAlone(t *testing.T) {
	o, _ := project(t)
	o.Out = t.TempDir()
	fixture.Write(t, o.Out, fixture.Tree{"precious": "x"})
	wantError(t, Run(t.Context(), o), "it is not this program's to replace")
	if got := fixture.Read(t, o.Out); len(got) != 1 {
		t.Errorf("got %v, want the file that was there", got)
	}
}

func TestRunInterrupted(t *testing.T) {
	o, _ := project(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	wantError(t, Run(ctx, o), context.Canceled.Error())
	if got := slices.Collect(maps.Keys(fixture.Read(t, filepath.Join(o.Root, "_output")))); !slices.Equal(got, []string{".kubernetes.lock"}) {
		t.Errorf("got %q left behind", got)
	}
}

func TestRunsExcludeEachOther(t *testing.T) {
	o, _ := project(t)
	const runs = 8
	logs := make([]bytes.Buffer, runs)
	errs := make([]error, runs)
	var group sync.WaitGroup
	for i := range runs {
		group.Go(func() {
			o := o
			o.Log = &logs[i]
			errs[i] = Run(t.Context(), o)
		})
	}
	group.Wait()
	made := 0
	for i := range runs {
		if errs[i] != nil {
			t.Error(errs[i])
		}
		if strings.Contains(logs[i].String(), "own files") {
			made++
		}
	}
	if made != 1 {
		t.Errorf("%d runs made the tree, want 1 and the others to find it up to date", made)
	}
	mustRun(t, o)
	want := fmt.Sprintf("%s is up to date\n", filepath.Join(o.Root, DefaultOut(false)))
	if !strings.HasSuffix(o.Log.(*bytes.Buffer).String(), want) {
		t.Errorf("got log %q, want %q", o.Log, want)
	}
}
