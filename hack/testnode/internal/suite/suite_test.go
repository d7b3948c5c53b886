// SPDX-License-Identifier: Apache-2.0

package suite

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestArguments(t *testing.T) {
	tests := map[string]struct {
		options Options
		want    []string
		absent  []string
	}{
		"nothing chosen": {
			options: Options{ReportDir: "/r", Timeout: time.Hour},
			want:    []string{"--report-dir=/r", "--ginkgo.timeout=1h0m0s", "--prepull-images=false", "--container-runtime-endpoint=unix:///s"},
			absent:  []string{"--ginkgo.focus", "--feature-gates", "--service-feature-gates", "--ginkgo.v", "--ginkgo.junit-report"},
		},
		"everything chosen": {
			options: Options{Focus: []string{"a", "b"}, Skip: []string{"c"}, JUnit: "/j", FeatureGates: "A=true",
				ServiceFeatureGates: "B=true", NoColor: true, Extra: []string{"--ginkgo.seed=1"}},
			want: []string{"--ginkgo.focus=a", "--ginkgo.focus=b", "--ginkgo.skip=c", "--ginkgo.junit-report=/j",
				"--feature-gates=A=true", "--service-feature-gates=B=true", "--ginkgo.no-color", "--ginkgo.seed=1"},
		},
		"several at the same time": {
			options: Options{Focus: []string{"a"}, FeatureGates: "A=true", Processes: 3, Ginkgo: "/g"},
			want:    []string{"/g", "--procs=3", "--focus=a", "--fail-on-empty", "/d/e2e_node.test", "--", "--feature-gates=A=true"},
			absent:  []string{"--ginkgo."},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := arguments("/d", "/s", test.options)
			for _, want := range test.want {
				if !slices.Contains(got, want) {
					t.Errorf("%s is missing in %q", want, got)
				}
			}
			for _, absent := range test.absent {
				if strings.Contains(strings.Join(got, " "), absent) {
					t.Errorf("unexpected %s in %q", absent, got)
				}
			}
		})
	}
}
