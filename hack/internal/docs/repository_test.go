// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"kubelet-ordering/pkg/api/v1/dependency"
)

// open returns the repository and its documents.
func open(t *testing.T) (*Repository, []*Document) {
	t.Helper()
	r, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	documents, err := r.Documents()
	if err != nil {
		t.Fatal(err)
	}
	for _, needed := range []string{"README.md", "KEP.md", "REBASE.md", "docs/guide.md"} {
		document(t, documents, needed)
	}
	return r, documents
}

func document(t *testing.T, documents []*Document, path string) *Document {
	t.Helper()
	i := slices.IndexFunc(documents, func(d *Document) bool { return d.Path == path })
	if i < 0 {
		t.Fatalf("there is no %s", path)
	}
	return documents[i]
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func report(t *testing.T, problems []string) {
	t.Helper()
	for _, p := range problems {
		t.Error(p)
	}
}

func TestKEPHasTheHeadingsOfTheTemplate(t *testing.T) {
	_, documents := open(t)
	want := strings.Split(strings.TrimSpace(read(t, "testdata/kep-headings.txt")), "\n")
	report(t, MissingHeadings(document(t, documents, "KEP.md"), want))
}

func TestNothingIsLeftOver(t *testing.T) {
	_, documents := open(t)
	report(t, Leftovers(documents))
}

func TestLinksLeadSomewhere(t *testing.T) {
	r, documents := open(t)
	report(t, BrokenLinks(documents, r.Has))
}

func TestNamedFilesExist(t *testing.T) {
	r, documents := open(t)
	report(t, MissingFiles(documents, func(path string) bool { return r.Has(path) || r.UpstreamHas(path) }))
}

func TestExamplesAreValid(t *testing.T) {
	_, documents := open(t)
	examples := 0
	for _, d := range documents {
		report(t, BadExamples(d))
		for _, b := range d.Blocks {
			if b.Language == "yaml" {
				examples++
			}
		}
	}
	if examples == 0 {
		t.Error("no document has an example in YAML")
	}
}

func TestManifestsAreValid(t *testing.T) {
	r, _ := open(t)
	manifests := 0
	err := r.walk(".yaml", func(path string, text []byte) error {
		if !strings.HasPrefix(path, "docs/manifests/") && !strings.HasPrefix(path, "docs/recipes/") {
			return nil
		}
		for _, group := range []string{"kustomize.config.k8s.io", "cert-manager.io"} {
			if strings.Contains(string(text), "apiVersion: "+group+"/") {
				return nil // The tests of cmd/order-webhook build them.
			}
		}
		manifests++
		if err := CheckYAML(string(text)); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		return nil
	})
	if err != nil || manifests == 0 {
		t.Errorf("%d manifests, error %v", manifests, err)
	}
}

func TestNamesExistInTheCode(t *testing.T) {
	r, documents := open(t)
	known, err := r.KnownWords()
	if err != nil {
		t.Fatal(err)
	}
	_, foreign, _ := strings.Cut(read(t, "testdata/foreign-names.txt"), "\n")
	for _, name := range strings.Fields(foreign) {
		if known[name] {
			t.Errorf("%q is in the code: take it out of testdata/foreign-names.txt", name)
		}
		known[name] = true
	}
	own, err := r.OwnNames()
	if err != nil {
		t.Fatal(err)
	}
	isMetric, err := r.KubeletHasMetric(own)
	if err != nil {
		t.Fatal(err)
	}
	report(t, UnknownNames(documents, known, isMetric, dependency.AnnotationPrefix))
}

func TestKEPHasAllNamesOfTheCode(t *testing.T) {
	r, documents := open(t)
	own, err := r.OwnNames()
	if err != nil {
		t.Fatal(err)
	}
	if len(own.Reasons) == 0 || len(own.Metrics) == 0 || len(own.Gates) == 0 {
		t.Fatalf("the code's names were not found: %+v", own)
	}
	report(t, Unmentioned(document(t, documents, "KEP.md"), append(own.All(), dependency.AnnotationPrefix)))
}

func TestKEPMetadata(t *testing.T) {
	r, _ := open(t)
	var kep KEPMetadata
	if err := yaml.UnmarshalStrict([]byte(read(t, filepath.Join(r.Root, "kep.yaml"))), &kep); err != nil {
		t.Fatal(err)
	}
	own, err := r.OwnNames()
	if err != nil {
		t.Fatal(err)
	}
	var gates []string
	for _, gate := range kep.FeatureGates {
		gates = append(gates, gate.Name)
		if !slices.Contains(gate.Components, "kubelet") {
			t.Errorf("feature gate %s: the kubelet is missing from its components %q", gate.Name, gate.Components)
		}
	}
	if diff := cmp.Diff(own.Gates, gates); diff != "" {
		t.Errorf("feature gates (-code +kep.yaml):\n%s", diff)
	}
	if diff := cmp.Diff(own.Metrics, kep.Metrics); diff != "" {
		t.Errorf("metrics (-code +kep.yaml):\n%s", diff)
	}
}

func TestLinesAreShort(t *testing.T) {
	_, documents := open(t)
	for _, d := range documents {
		for _, l := range d.Lines {
			// Tables and the template's headings cannot be wrapped.
			if short := len([]rune(l.Text)) <= 120; !short && !strings.HasPrefix(l.Text, "|") && !strings.HasPrefix(l.Text, "#") &&
				!strings.HasPrefix(l.Text, "![") && !strings.Contains(l.Text, "](#") {
				t.Error(d.at(l.Line, "the line is longer than 120 characters"))
			}
		}
	}
}
