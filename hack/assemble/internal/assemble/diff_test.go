// SPDX-License-Identifier: Apache-2.0

package assemble

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kubelet-ordering/hack/assemble/internal/fixture"
	"kubelet-ordering/hack/assemble/internal/output"
)

func diff(t *testing.T, o Options, paths ...string) string {
	t.Helper()
	var patch bytes.Buffer
	if err := Diff(t.Context(), o, paths, &patch); err != nil {
		t.Fatal(err)
	}
	return patch.String()
}

func TestDiffMakesThePristineTreeTheAssembledOne(t *testing.T) {
	o, _ := project(t)
	patch := diff(t, o)
	mustRun(t, o)
	want := fixture.Read(t, filepath.Join(o.Root, DefaultOut(false)))
	o.Pristine, o.UpdateLock = true, false
	mustRun(t, o)
	pristine := filepath.Join(o.Root, DefaultOut(true))
	apply := exec.Command("git", "apply", "--whitespace=nowarn", "-")
	apply.Dir, apply.Stdin = pristine, bytes.NewBufferString(patch)
	apply.Env = append(apply.Environ(), "GIT_CEILING_DIRECTORIES="+filepath.Dir(pristine))
	if text, err := apply.CombinedOutput(); err != nil {
		t.Fatalf("git apply: %v\n%s\n%s", err, text, patch)
	}
	got := fixture.Read(t, pristine)
	delete(got, output.StampName)
	delete(want, output.StampName)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-assembled +pristine with the patch):\n%s", d)
	}
}

func TestDiffIsDeterministic(t *testing.T) {
	o, _ := project(t)
	// Git settings must not change the patch.
	t.Setenv("GIT_EXTERNAL_DIFF", "false")
	if d := cmp.Diff(diff(t, o), diff(t, o)); d != "" {
		t.Errorf("two patches differ:\n%s", d)
	}
}

func TestDiffOfPaths(t *testing.T) {
	o, _ := project(t)
	for name, tc := range map[string]struct {
		paths []string
		want  []string // the files of the patch
	}{
		"all": {want: []string{"pkg/kubelet/kubelet.go", "pkg/kubelet/ordering.go", "pkg/kubelet/run.sh",
			"staging/src/k8s.io/api/core/v1/ordering.go", "staging/src/k8s.io/api/core/v1/types.go"}},
		"file": {paths: []string{"./pkg/kubelet/kubelet.go"}, want: []string{"pkg/kubelet/kubelet.go"}},
		"directory": {paths: []string{"staging/"}, want: []string{
			"staging/src/k8s.io/api/core/v1/ordering.go", "staging/src/k8s.io/api/core/v1/types.go"}},
		"two": {paths: []string{"pkg/kubelet/run.sh", "pkg/kubelet/ordering.go"}, want: []string{
			"pkg/kubelet/ordering.go", "pkg/kubelet/run.sh"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, m := range regexp.MustCompile(`(?m)^diff --git \S+ b/(.*)$`).FindAllStringSubmatch(diff(t, o, tc.paths...), -1) {
				got = append(got, m[1])
			}
			if d := cmp.Diff(tc.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
	wantError(t, Diff(t.Context(), o, []string{"pkg/kubelet/kube", "pkg"}, &bytes.Buffer{}), "changes nothing in pkg/kubelet/kube:")
}
