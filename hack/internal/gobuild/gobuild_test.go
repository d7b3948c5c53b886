// SPDX-License-Identifier: Apache-2.0

package gobuild

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kubelet-ordering/hack/internal/progress"
)

// module creates a module of two packages that are not in the build cache, and returns its directory.
func module(t *testing.T) string {
	t.Helper()
	dir, fresh := t.TempDir(), time.Now().UnixNano()
	for name, content := range map[string]string{
		"go.mod":       "module example.test\n\ngo 1.26\n",
		"main.go":      "package main\n\nimport \"example.test/b\"\n\nfunc main() { println(b.B()) }\n",
		"main_test.go": "package main\n\nimport \"testing\"\n\nfunc TestNothing(*testing.T) {}\n",
		"b/b.go":       fmt.Sprintf("package b\n\nfunc B() int { return %d }\n", fresh),
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// run plans and runs a build, and returns the output that the user sees.
func run(t *testing.T, build Build) (string, error) {
	t.Helper()
	var out bytes.Buffer
	plan, err := NewPlan(t.Context(), progress.New("test", &out), build)
	if err != nil {
		t.Fatal(err)
	}
	err = plan.Run(t.Context())
	return out.String(), err
}

func TestRun(t *testing.T) {
	tests := map[string]struct {
		build Build
		// run is a command that shows that the program was built.
		run []string
	}{
		"a program": {Build{Command: []string{"build", "-o", "prog", "."}}, []string{"./prog"}},
		"a package's tests": {
			Build{Command: []string{"test", "-c", "-o", "prog", "."}, Test: true},
			[]string{"./prog", "-test.run=TestNothing"},
		},
		"additional flags": {Build{Command: []string{"build", "-o", "prog", "."}, Flags: []string{"-tags", "x"}}, []string{"./prog"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			build := test.build
			build.Name, build.Dir, build.Packages = "the program", module(t), []string{"."}
			first, err := run(t, build)
			if err != nil {
				t.Fatalf("%v\n%s", err, first)
			}
			if !strings.Contains(first, "packages to build for the program: less than a minute on ") {
				t.Errorf("want a line with the number of packages to build in\n%s", first)
			}
			if strings.Contains(first, "example.test") {
				t.Errorf("want packages counted, not shown, in\n%s", first)
			}
			command := exec.Command(test.run[0], test.run[1:]...)
			command.Dir = build.Dir
			if output, err := command.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, output)
			}
			if again, err := run(t, build); err != nil || strings.Contains(again, "packages to build") {
				t.Errorf("%v: want nothing left to compile in\n%s", err, again)
			}
		})
	}
}

func TestRunShowsWhatTheCompilerSays(t *testing.T) {
	dir := module(t)
	if err := os.WriteFile(filepath.Join(dir, "b/b.go"), []byte("package b\n\nfunc B() int { return true }\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := run(t, Build{Name: "the program", Dir: dir, Packages: []string{"."}, Command: []string{"build", "-o", "prog", "."}})
	if err == nil || !strings.Contains(out, "b/b.go:3:") {
		t.Errorf("got %v\n%s", err, out)
	}
}

func TestNewPlanShowsWhatCannotBeListed(t *testing.T) {
	build := Build{Name: "nothing", Dir: module(t), Packages: []string{"./none"}, Command: []string{"build", "./none"}}
	_, err := NewPlan(t.Context(), progress.New("test", &bytes.Buffer{}), build)
	if err == nil || !strings.Contains(err.Error(), "none") {
		t.Errorf("got %v", err)
	}
}

func TestSaying(t *testing.T) {
	said := &saying{}
	fmt.Fprint(said, "go: downloading example.test/a v1.0.0\ngo: downloading example.test/b v1.0.0\nno such package\n")
	if got := said.String(); got != "2 modules downloaded" || said.rest.String() != "no such package\n" {
		t.Errorf("got %q, and %q is left", got, said.rest.String())
	}
}

// Two builds that need the same package compile it once, unless they need different versions.
func TestPlanCountsAPackageOnce(t *testing.T) {
	plan, seen := &Plan{builds: []Build{{Name: "a"}, {Name: "b"}}}, map[string]bool{}
	plan.add("fmt\t\nexample.test/x\tv1.0.0\nexample.test/a\t\n", seen)
	plan.add("fmt\t\nexample.test/x\tv1.1.0\nexample.test/b\t\n", seen)
	if got := plan.String(); !strings.HasPrefix(got, "5 packages to build for a, b: ") {
		t.Errorf("got %q", got)
	}
}

func TestShare(t *testing.T) {
	tests := map[string]struct {
		// builds has the number of packages of each build. The last build is still running.
		builds  []int
		counted int
		after   time.Duration
		want    string
	}{
		"half":                                 {[]int{2000}, 1000, 10 * time.Minute, "1,000 of 2,000 packages, 50 %, about 10 minutes left"},
		"a program is done only when linked":   {[]int{100}, 100, time.Minute, "99 of 100 packages, 99 %, less than a minute left"},
		"others have compiled the first build": {[]int{100, 100}, 50, time.Minute, "150 of 200 packages, 75 %, less than a minute left"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				share := &share{begin: time.Now()}
				for _, packages := range test.builds {
					share.total += packages
					share.start(packages)
				}
				for range test.counted {
					share.count()
				}
				time.Sleep(test.after)
				if got := share.String(); got != test.want {
					t.Errorf("got %q, want %q", got, test.want)
				}
			})
		})
	}
}
