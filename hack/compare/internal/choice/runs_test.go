// SPDX-License-Identifier: Apache-2.0

package choice

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kubelet-ordering/hack/compare/internal/report"
)

func spec(name string, labels ...string) report.Spec {
	s := report.Spec{Name: name, Group: strings.Fields(name)[0], Labels: labels, Serial: strings.Contains(name, "[Serial]")}
	if container, _, ordered := strings.Cut(name, " ordered "); ordered {
		s.Ordered = container + " ordered"
	}
	return s
}

func TestWayOf(t *testing.T) {
	for name, tt := range map[string]struct {
		spec report.Spec
		want Way
	}{
		"an ordinary spec":            {spec("Pods work", "NodeConformance"), Way{}},
		"a serial spec":               {spec("Restart [Serial]"), Way{Serial: true}},
		"one that fills the disk":     {spec("LocalStorageSoftEviction frees"), Way{Serial: true, Disk: true}},
		"one that needs huge pages":   {spec("Memory Manager works [Serial]"), Way{Serial: true, HugePages: true}},
		"one that fills the memory":   {spec("PriorityMemoryEvictionOrdering evicts"), Way{Serial: true, Alone: true}},
		"one that fills its cgroup":   {spec("MemoryAllocatableEviction evicts [Serial]"), Way{Serial: true}},
		"a kubelet without a server":  {spec("static pods", "Feature:StandaloneMode"), Way{Standalone: true}},
		"injected failures":           {spec("a", "Feature:CriProxy"), Way{Serial: true, CRIProxy: true}},
		"injected failures, by title": {spec("Volume with CRI Proxy works"), Way{Serial: true, CRIProxy: true}},
		"a gate that is off":          {spec("a", "Feature:OffByDefault", "FeatureGate:A"), Way{Gates: true}},
		"a deprecated gate":           {spec("a", "Feature:OffByDefault", "Deprecated", "FeatureGate:A"), Way{}},
		"a gate that is on":           {spec("a", "FeatureGate:A"), Way{}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, WayOf(tt.spec)); diff != "" {
				t.Errorf("way (-want +got):\n%s", diff)
			}
		})
	}
}

func TestGates(t *testing.T) {
	got := Gates([]report.Spec{
		spec("a", "Feature:OffByDefault", "FeatureGate:B", "FeatureGate:A"), spec("b", "FeatureGate:C"),
		spec("c", "FeatureGate:A", "Feature:OffByDefault"), spec("d", "FeatureGate:D", "Feature:OffByDefault", "Deprecated"),
	})
	if want := "A=true,B=true"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRuns(t *testing.T) {
	for name, tt := range map[string]struct {
		specs []string
		want  []string
	}{
		"nothing":                      {},
		"by group":                     {[]string{"b 1", "a 1", "b 2", "a 2"}, []string{"a 1, a 2, b 1", "b 2"}},
		"exactly one run":              {[]string{"a 1", "a 2", "a 3"}, []string{"a 1, a 2, a 3"}},
		"serial specs have own runs":   {[]string{"a [Serial]", "a 1", "b [Serial]", "b 1"}, []string{"a [Serial], b [Serial]", "a 1, b 1"}},
		"what is closest to us first":  {[]string{"a 1", "b CPU", "c Containers Lifecycle"}, []string{"c Containers Lifecycle, b CPU, a 1"}},
		"what fills a disk is first":   {[]string{"a Containers Lifecycle", "b InodeEviction"}, []string{"b InodeEviction", "a Containers Lifecycle"}},
		"what runs alone comes last":   {[]string{"a PriorityPidEviction Containers Lifecycle", "b 1"}, []string{"b 1", "a PriorityPidEviction Containers Lifecycle"}},
		"a full run is not reopened":   {[]string{"a 1", "a 2", "a 3", "a 4", "a 5", "a 6", "a 7"}, []string{"a 1, a 2, a 3", "a 4, a 5, a 6", "a 7"}},
		"the order of a group is kept": {[]string{"a 2", "a 1"}, []string{"a 2, a 1"}},
		"an Ordered container is not divided": {[]string{"a 1", "a 2", "a ordered 1", "a ordered 2", "b 1"},
			[]string{"a 1, a 2, a ordered 1, a ordered 2", "b 1"}},
		"two Ordered containers": {[]string{"a ordered 1", "a ordered 2", "a ordered 3", "b ordered 1"},
			[]string{"a ordered 1, a ordered 2, a ordered 3", "b ordered 1"}},
		"an Ordered container comes as a whole": {[]string{"a 1", "b 1", "b ordered 1", "b ordered CPU"},
			[]string{"a 1, b 1, b ordered 1, b ordered CPU"}},
	} {
		t.Run(name, func(t *testing.T) {
			var specs []report.Spec
			for _, name := range tt.specs {
				specs = append(specs, spec(name))
			}
			var got []string
			for _, run := range Runs(specs, 3) {
				var names []string
				for _, s := range run.Specs {
					names = append(names, s.Name)
					if WayOf(s) != run.Way {
						t.Errorf("%s is in a run of another way", s.Name)
					}
				}
				got = append(got, strings.Join(names, ", "))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("runs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhole(t *testing.T) {
	all := []report.Spec{spec("a 1"), spec("a ordered 1"), spec("a ordered 2"), spec("b 1"), spec("b ordered 1"), spec("b ordered 2")}
	for name, tt := range map[string]struct{ chosen, want string }{
		"none":                     {"", ""},
		"one":                      {"a 1", "a 1"},
		"one of Ordered container": {"b ordered 2", "b ordered 1, b ordered 2"},
		"two":                      {"b 1, a ordered 1", "a ordered 1, a ordered 2, b 1"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, s := range Whole(all, func(s report.Spec) bool { return slices.Contains(strings.Split(tt.chosen, ", "), s.Name) }) {
				got = append(got, s.Name)
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, ", ")); diff != "" {
				t.Errorf("specs (-want +got):\n%s", diff)
			}
		})
	}
}
